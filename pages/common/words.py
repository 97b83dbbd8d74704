"""Numbers and sentences: how values are written, and one-line readings that are generated from the data.

Scores are fractions inside and percent at this edge; `relative` is percent already. Missing is never a number.
"""

import math
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Literal, TypeGuard

from ptlib.tasks.names import COMMONEST, REFERENCE_ROWS
from ptlib.tasks.task import FAMILY_NAMES
from ptlib.transfer.matrix import Cell
from ptlib.transfer.patterns import Blocks

SURE = 0.05
"""A p-value below it is called clear."""
WELL, POORLY = 0.5, 0.25
"""Shares of the gain: travelling well keeps at least the first, poorly at most the second, with the whole interval."""
MISSING = "–"
_MARKS = re.compile(r"[\\`*_\[\]<>$~:&|]|^[#+-]|(?<=^\d)[.)]")
_JOINED = re.compile(r"(?<=:)(?=//|material)|(?<=www)(?=\.)|(?<=@)(?=\S)|(?<=[<>~-])(?=[->=])", re.IGNORECASE)
REFERENCE_NAMES = {
    "untrained": "Untrained prompt",
    "untrained_uniform": "Untrained, uniform",
    "hand_written": "Hand-written prompt",
    COMMONEST: "Commonest class",
}


_COLUMNS = {
    "fraction, 0 to 1": "score low high validation share unmasked random_score random_low random_high probability overlap chance "
    "sd zeroed",
    "fraction, 0 to 1; the score that is lost": "random_loss more",
    "fraction of what tuning on the target gains: 0 untrained, 1 own prompt": "gain_kept gain_low gain_high asymmetry gain",
    "percent of the own prompt's score": "relative relative_low relative_high transfer",
    "percent": "first second",
    "points: percent minus percent": "difference regret_1 regret_2 regret_3",
    "number of tuning steps": "step",
    "seconds": "seconds",
    "nats": "loss",
    "log-probability, natural": "margin own_margin reused_margin change",
    "number": "n n_seeds n_examples planned neurons count expected degree draws permutations examples shared only_a only_b "
    "trained",
    "times as many as independent sets": "times",
    "which one": "seed held_out_seed layer neuron token place",
    "1 if activated": "activated",
    "1, a coordinate of the picture": "x y z",
    "1, a correlation, share or silhouette": "value top1 pooled per_target per_source pooled_with_diagonal "
    "per_target_with_diagonal per_source_with_diagonal",
    "probability": "p p_corrected p_pooled p_per_target p_per_source",
}
UNITS = MappingProxyType({name: unit for unit, names in _COLUMNS.items() for name in names.split()})
"""Column of a saved table -> unit of its numbers, where a chart does not say otherwise."""


@dataclass(frozen=True, slots=True)
class State:
    """How a state of a run is told."""

    word: str
    colour: Literal["gray", "blue", "green", "red", "orange"]
    icon: str
    again: str = "is in the queue: launching opens it"
    """What launching the same run once more would do."""


STATES = {
    "queued": State("waiting", "gray", ":material/schedule:"),
    "starting": State("starting", "blue", ":material/hourglass_top:"),
    "running": State("running", "blue", ":material/play_circle:"),
    "done": State("finished", "green", ":material/check_circle:", "is finished: launching opens its result"),
    "failed": State("failed", "red", ":material/error:", "failed: launching resumes it"),
    "cancelled": State("cancelled", "gray", ":material/cancel:", "was cancelled: launching resumes it"),
    "lost": State("lost", "orange", ":material/help:", "was lost: launching resumes it"),
}


def known(value: float | None) -> TypeGuard[float]:
    """Whether a number is there at all."""
    return value is not None and math.isfinite(value)


def number(value: float | None, digits: int = 2) -> str:
    """`−0.31`, with a real minus, and no minus before what is rounded to 0; a dash when missing."""
    if not known(value):
        return MISSING
    text = f"{value:.{digits}f}"
    return text.replace("-", "−") if float(text) != 0 else f"{0:.{digits}f}"


def p_text(value: float | None) -> str:
    """A p-value with as many digits as it deserves."""
    if not known(value):
        return MISSING
    return "< 0.001" if value < 0.001 else f"{value:.3f}" if value < 0.1 else f"{value:.2f}"


def p_says(value: float | None) -> str:
    """`p = 0.03`, `p < 0.001`."""
    told = p_text(value)
    return f"p {told}" if told.startswith("<") else f"p = {told}"


def percent(value: float | None, digits: int = 0) -> str:
    """`71 %` from the fraction 0.71; a dash when missing."""
    return f"{number(value * 100, digits)} %" if known(value) else MISSING


def points(value: float | None, digits: int = 0) -> str:
    """`93 %` from a number that is percent already."""
    return f"{number(value, digits)} %" if known(value) else MISSING


def interval(low: float | None, high: float | None, scale: float = 100, digits: int = 0) -> str:
    """`[63, 78]`; empty when there is no interval."""
    if not (known(low) and known(high)):
        return ""
    return f"[{number(low * scale, digits)}, {number(high * scale, digits)}]"


def literal(text: str) -> str:
    """A text from outside for a place that reads Markdown: shown letter by letter, no links, pictures, colours or formulas.

    Addresses and arrows are found after escapes were resolved, so they are broken by a joiner that has no width. A text with
    letters written from right to left stands in an isolate of its own direction, so that its marks stay on their side.
    """
    shown = _MARKS.sub(r"\\\g<0>", _JOINED.sub("\u2060", " ".join(text.split())))
    return f"\u2068{shown}\u2069" if any(unicodedata.bidirectional(letter) in ("R", "AL") for letter in text) else shown


def counted(number: int, noun: str, plural: str | None = None) -> str:
    """`1 seed`, `3 seeds`."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def examples(cell: Cell) -> str:
    """`300 examples`, or `61 of 300 examples so far`."""
    if cell.planned:
        return f"{cell.n_examples:,} of {counted(cell.planned, 'example')} so far"
    return counted(cell.n_examples, "example")


def basis(cell: Cell) -> str:
    """What a number rests on, with the reach of its interval."""
    where = f"{examples(cell)}, {counted(cell.n_seeds, 'seed')}"
    return f"{where}; interval over {cell.over}"


def duration(seconds: float | None) -> str:
    """`40 s`, `3 min`, `1 h 20 min`; a dash when unknown."""
    if not known(seconds):
        return MISSING
    if seconds < 90:
        return f"{max(round(seconds), 1)} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60:02d} min"


def listing(names: Iterable[str], limit: int = 4) -> str:
    """`a, b and c`; long lists end in `and 5 more`."""
    names = list(names)
    if len(names) > limit:
        names = [*names[: limit - 1], f"{len(names) - limit + 1} more"]
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]])) if names else ""


def prompt(task_name: str, seed: int) -> str:
    """How a prompt is called: by what it was tuned on, and the seed."""
    return f"{task_name}, seed {seed}"


def family(name: str) -> str:
    """Shown name of a family; tasks that are not registered have none."""
    return FAMILY_NAMES.get(name, "No known family")


def owner(name: str) -> str:
    """Possessive: `Tweets'`, `Film reviews'`, `MNLI's`."""
    return f"{name}'" if name.endswith("s") else f"{name}'s"


def cell_reading(
    cell: Cell | None, source: str, target: str, untrained: Cell | None = None, commonest: Cell | None = None
) -> str:
    """One sentence on a cell, for somebody who sees the map for the first time; level and interval decide what it says."""
    if cell is None:
        return f"{source} → {target} has not been run yet."
    score = f"{percent(cell.score, 1)} {interval(cell.low, cell.high, digits=1)}".strip()
    if cell.source == cell.target:
        return f"The prompt that was tuned on {target} itself reaches {score}{_beside_commonest(cell, commonest)}."
    if cell.source in REFERENCE_ROWS:
        return f"{source} reaches {score} on {target}, without any tuning."
    if not known(cell.gain_kept):
        base = f" (untrained: {percent(untrained.score, 1)})" if untrained else ""
        return (
            f"{owner(source)} prompt reaches {score} on {target}{base}. Gain kept is undefined: "
            f"{owner(target)} own prompt is missing or not clearly better than an untrained one."
        )
    kept = f"{percent(cell.gain_kept)} {interval(cell.gain_low, cell.gain_high)}".strip()
    who, low, high = f"{owner(source)} prompt, reused as it is,", cell.gain_low, cell.gain_high
    if known(low) and known(high) and low <= 0 <= high:
        return f"{who} cannot be told from an untrained prompt on {target}: gain kept {kept}."
    if known(high) and high < 0:
        return f"{who} does worse than an untrained prompt on {target}: gain kept {kept}."
    close = ": almost as good as tuning on the target" if known(low) and low > 0.8 else ""
    return f"{who} keeps {kept} of {owner(target)} gain{close}{_beside_commonest(cell, commonest)}."


def _beside_commonest(cell: Cell, commonest: Cell | None) -> str:
    """What to add where a score is not clearly above that of always answering the commonest class."""
    low, high = (cell.score if end is None else end for end in (cell.low, cell.high))
    if commonest is None or low > commonest.score:
        return ""
    verdict = "less than" if high < commonest.score else "not clearly more than"
    return f", {verdict} always answering the commonest class ({percent(commonest.score, 1)})"


def first_reading(within: Sequence[float], across: Sequence[float]) -> str:
    """The map for somebody who has never seen one; empty where it says nothing yet."""
    if not within or not across:
        return ""
    inside, outside = (percent(sum(values) / len(values)) for values in (within, across))
    return (
        "Tasks come in families, such as telling good reviews from bad ones. Of what tuning a new prompt would gain, one that is "
        f"reused on a task of its own family keeps {inside}, one from another family {outside} (means over all pairs)."
    )


def blocks_reading(found: Blocks | None) -> str:
    """The map in one line: how much of the gain is kept within and across families, with intervals over targets."""
    if found is None:
        return "Too few cells were run to compare within and across families."
    within, across = (
        f"{percent(part.value)} {interval(part.low, part.high)}".strip() + f" ({counted(cells, 'cell')})"
        for part, cells in ((found.within, found.cells_within), (found.across, found.cells_across))
    )
    return (
        f"Within a family a reused prompt keeps {within.replace(' (', ' of the gain on average (')}, "
        f"across families {across}: {_blocks_verdict(found)}."
    )


def _blocks_verdict(found: Blocks) -> str:
    """Said only as far as levels and intervals carry it."""
    low, high, gap = found.within.low, found.across.high, found.gap
    if not (known(gap.low) and known(gap.high)):
        return "too few tasks to tell whether the family matters"
    if gap.high < 0:
        return "clearly more between families than within them"
    if gap.low <= 0:
        return "whether the family matters cannot be told from these cells"
    if not (known(low) and low >= WELL):
        return "clearly more within a family than between families"
    poorly = " and poorly between families" if known(high) and high <= POORLY else ""
    return f"prompts travel well within a family{poorly}"


def clock(seconds: float) -> str:
    """Local time of day, with the date when it is not today."""
    moment, now = datetime.fromtimestamp(seconds), datetime.now()
    return f"{moment:%H:%M}" if moment.date() == now.date() else f"{moment:%d %b %H:%M}"
