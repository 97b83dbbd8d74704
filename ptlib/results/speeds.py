"""How fast work is here: measured speeds of earlier runs, of the demo's build, or a guess."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ptlib.base.errors import PtlibError
from ptlib.models.registry import get_backbone
from ptlib.prompts.spec import default_settings
from ptlib.results.catalogue import Catalogue
from ptlib.results.store import Store

USUAL_EVALUATION, LOAD_S = 300, 4.0
"""Examples of an evaluation split, and seconds until a model is loaded, where nothing better is known."""
TEXT = 40
"""Tokens of a text, to compare two backbones' work on an example."""
GUESS = {"tune": 100.0, "evaluate": 400.0}
"""Examples a second on two cores when nothing was measured: a deliberately slow guess for a demo backbone."""


@dataclass(frozen=True, slots=True)
class Speed:
    """Units of one sort of work a second (tune: training examples; evaluate: predictions)."""

    rate: float
    basis: str
    """What the figure rests on, in words."""


SpeedOf = Callable[[str, str], Speed]
"""(backbone, sort of work) -> its speed."""


def speed(backbone: str, work: str, store: Store | None = None) -> Speed:
    """Best known speed: own runs of this backbone, the demo's build; both of other backbones, by their sizes; a guess.

    work: "tune", "evaluate", or whatever sort of work runs have recorded with `Store.add_speed`.
    """
    try:
        own = (store or Store()).intact("SELECT * FROM speeds WHERE kind = ? ORDER BY created DESC LIMIT 200", (work,))
    except PtlibError:
        own = []
    demo: list[dict[str, Any]] = [dict(row) for row in Catalogue().demo_speeds() if row["kind"] == work]
    for measured, basis in (
        ([row for row in own if row["backbone"] == backbone][:5], "the last runs of this backbone here"),
        ([row for row in demo if row["backbone"] == backbone], "the build of the demo, on its machine"),
    ):
        if measured:
            return Speed(_rate(measured), basis)
    size = _size(backbone) if work in GUESS else None
    for others, basis in ((own[:5], "the last runs of other backbones here"), (demo, "the build of the demo")):
        if size and (sized := [row for row in others if _size(row["backbone"])]):
            longer = [row["seconds"] * size / (_size(row["backbone"]) or 1) for row in sized]
            rate = sum(row["units"] for row in sized) / sum(longer)
            return Speed(rate, f"{basis}, compared by size")
    if own:
        return Speed(_rate(own[:5]), "the last runs of other backbones here")
    return Speed(GUESS.get(work, min(GUESS.values())), "a guess: nothing was measured yet")


def _size(backbone: str) -> int | None:
    """Products of the layers for an example of `TEXT` tokens, up to a factor; None where a backbone's sizes are unknown."""
    try:
        spec = get_backbone(backbone)
    except PtlibError:
        return None
    layer = 4 * spec.width**2 + 2 * spec.width * spec.ffn
    return spec.layers * layer * (default_settings(spec).prompt_length + TEXT) or None


def _rate(rows: list[dict[str, Any]]) -> float:
    return sum(row["units"] for row in rows) / max(sum(row["seconds"] for row in rows), 1e-9)
