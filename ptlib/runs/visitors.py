"""What the queue grants a visitor of the app beyond what it grants its owner: less. Torch-free.

A visitor is whoever a page says launches a run (an address). Which runs a visitor launched is kept in the app's process.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from ptlib.base import exposure
from ptlib.base.errors import BadInput
from ptlib.prompts.start import TEXT, Start
from ptlib.results.catalogue import Catalogue

_LAUNCHED: dict[str, str] = {}
"""Visitor by run id."""


def check_places(spec: Any) -> None:
    """Refuse a spec that names a place on this machine outside the owner's folders. Raises BadInput.

    Called before anything looks at the place. A hand-made request may put any text into a choice, so all names are looked at.
    """
    for name in _names(asdict(spec)):
        if (exposure.looks_like_path(name) or name.endswith(".json")) and name not in Catalogue().backbones():
            exposure.check_place(name.partition("#")[0])


def _names(value: object) -> Iterator[str]:
    """Every text in a spec but the words a prompt may start from."""
    if isinstance(value, str):
        start = Start.of(value)
        if start.kind != TEXT:
            yield start.value or value
    elif isinstance(value, (Mapping, list, tuple)):
        for item in value.values() if isinstance(value, Mapping) else value:
            yield from _names(item)


def check_waiting(visitor: str, waiting: Sequence[str]) -> None:
    """Refuse one more run to a visitor who has as many waiting as the owner allows. Raises BadInput.

    waiting: ids of all queued runs.
    """
    most = exposure.most_waiting()
    mine = [run_id for run_id in waiting if _LAUNCHED.get(run_id) == visitor]
    if len(mine) >= most or len(waiting) >= 10 * most:
        whose = f"{len(mine)} of your runs" if len(mine) >= most else f"{len(waiting)} runs"
        raise BadInput(
            f"{whose} wait already, which is as many as this app accepts. Wait for one to end or cancel one; "
            f"its owner sets the number with {exposure.MOST_WAITING}."
        )


def remember(visitor: str, run_id: str) -> None:
    """Count a run as this visitor's."""
    _LAUNCHED[run_id] = visitor
