"""How fast work is here: measured speeds of earlier runs, of the demo's build, or a guess."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ptlib.base.errors import PtlibError
from ptlib.results.catalogue import Catalogue
from ptlib.results.store import Store

USUAL_EVALUATION, LOAD_S = 300, 4.0
"""Examples of an evaluation split, and seconds until a model is loaded, where nothing better is known."""
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
    """Best known speed: own runs of this backbone, the demo's build, own runs of any backbone, a guess.

    work: "tune", "evaluate", or whatever sort of work runs have recorded with `Store.add_speed`.
    """
    try:
        rows = (store or Store()).query("SELECT * FROM speeds WHERE kind = ? ORDER BY created DESC LIMIT 200", (work,))
        own = [dict(row) for row in rows]
    except PtlibError:
        own = []
    demo = [row for row in Catalogue().demo_speeds() if row["kind"] == work]
    for measured, basis in (
        ([row for row in own if row["backbone"] == backbone][:5], "the last runs of this backbone here"),
        ([row for row in demo if row["backbone"] == backbone], "the build of the demo, on its machine"),
        (own[:5], "the last runs of other backbones here"),
    ):
        if measured:
            return Speed(_rate(measured), basis)
    return Speed(GUESS.get(work, min(GUESS.values())), "a guess: nothing was measured yet")


def _rate(rows: list[dict[str, Any]]) -> float:
    return sum(row["units"] for row in rows) / max(sum(row["seconds"] for row in rows), 1e-9)
