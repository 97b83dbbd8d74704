"""The transfer map as data for a picture: order, gaps and the state of every cell. No drawing, no Streamlit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from pages.common.words import interval, known, percent, points
from ptlib.tasks.names import COMMONEST, REFERENCE_ROWS
from ptlib.transfer import patterns
from ptlib.transfer.matrix import Cell, TransferMatrix

FAMILY_GAP, REFERENCE_GAP = 0.3, 0.55
"""Widths of the gaps between blocks, in cells."""


@dataclass(frozen=True, slots=True)
class Metric:
    """One way to read a cell."""

    key: str
    name: str
    ends: tuple[str, str]
    """Fields of a cell with the ends of its interval."""
    scale: float
    """Factor to percent."""
    domain: tuple[float, float]
    """Fixed colour domain, in the metric's own unit; the same on every page and in exports."""
    meaning: str

    @property
    def signed(self) -> bool:
        """Whether 0 is the middle."""
        return self.domain[0] < 0

    def text(self, cell: Cell, digits: int = 0) -> str:
        """Value with its interval, in percent."""
        value = getattr(cell, self.key)
        shown = points(value, digits) if self.scale == 1 else percent(value, digits)
        return f"{shown} {interval(*self.interval(cell), self.scale, digits)}".strip()

    def interval(self, cell: Cell) -> tuple[float | None, float | None]:
        """Ends of its interval, in the metric's own unit."""
        return getattr(cell, self.ends[0]), getattr(cell, self.ends[1])


_GAIN_KEPT = (
    "(transfer − untrained) / (own − untrained). 0 % is no better than an untrained prompt, "
    "100 % is as good as tuning on the target."
)
_RELATIVE = "100 × transfer / own, the paper's ratio. An untrained prompt is not at 0 here."
_SCORE = "What the reused prompt scores on the target: share of right answers, or ROUGE-L for summaries."


_METRICS = (
    Metric("gain_kept", "Gain kept", ("gain_low", "gain_high"), 100, (-1.0, 1.0), _GAIN_KEPT),
    Metric("relative", "Relative (paper)", ("relative_low", "relative_high"), 1, (0.0, 100.0), _RELATIVE),
    Metric("score", "Raw score", ("low", "high"), 100, (0.0, 1.0), _SCORE),
)
METRICS = {metric.key: metric for metric in _METRICS}
BELOW = (*REFERENCE_ROWS, COMMONEST)
"""Rows below the tasks."""
ORDERS = {"family": "Family", "value": "Strength"}


@dataclass(frozen=True, slots=True)
class MapView:
    """Everything the picture needs. Positions are in cell widths, from the left and from the top."""

    matrix: TransferMatrix
    metric: Metric
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    row_at: Mapping[str, float]
    column_at: Mapping[str, float]
    row_blocks: tuple[tuple[str, float, float], ...]
    """(family, from, to) for the family labels; empty when the order is by value."""
    column_blocks: tuple[tuple[str, float, float], ...]
    broken: frozenset[tuple[str, str]]
    """Cells (source, target) that break the pattern of the families."""

    @property
    def height(self) -> float:
        return max(self.row_at.values()) + 0.5

    @property
    def width(self) -> float:
        return max(self.column_at.values()) + 0.5

    def value(self, source: str, target: str) -> float | None:
        """Value of the metric, None when it is missing or undefined."""
        cell = self.matrix.get(source, target)
        value = getattr(cell, self.metric.key) if cell else None
        return value if known(value) else None

    def state(self, source: str, target: str) -> str:
        """value, undefined (run, but the metric has no meaning here) or missing (not run)."""
        if self.matrix.get(source, target) is None:
            return "undefined" if source == COMMONEST else "missing"
        return "undefined" if self.value(source, target) is None else "value"

    def unsure(self, source: str, target: str) -> bool:
        """Whether the interval includes the untrained level."""
        cell, base = self.matrix.get(source, target), self.matrix.get("untrained", target)
        if cell is None or source == target or source in BELOW or self.value(source, target) is None:
            return False
        level = 0.0 if self.metric.key == "gain_kept" else getattr(base, self.metric.key) if base else None
        low, high = self.metric.interval(cell)
        return known(level) and known(low) and known(high) and low <= level <= high

    def few_seeds(self, source: str, target: str) -> bool:
        """Whether the cell rests on fewer than three seeds (what is not tuned has none)."""
        cell = self.matrix.get(source, target)
        return cell is not None and cell.source not in ("hand_written", COMMONEST) and cell.n_seeds < 3


def _means(matrix: TransferMatrix, key: str, names: Sequence[str], others: Sequence[str], by_row: bool) -> dict[str, float]:
    """Mean of every row or column without its own prompt; names without a value are absent."""
    found = {}
    for name in names:
        cells = (matrix.get(name, other) if by_row else matrix.get(other, name) for other in others if other != name)
        values = [getattr(cell, key) for cell in cells if cell is not None and known(getattr(cell, key))]
        if values:
            found[name] = fmean(values)
    return found


def _positions(
    names: Sequence[str], families: Mapping[str, str], gaps: bool
) -> tuple[dict[str, float], list[tuple[str, float, float]]]:
    at, blocks, position, previous = {}, [], 0.0, None
    for name in names:
        family = families.get(name, "own")
        if gaps and previous is not None and family != previous:
            position += FAMILY_GAP
        if gaps:
            if family == previous:
                blocks[-1] = (family, blocks[-1][1], position + 1)
            else:
                blocks.append((family, position, position + 1))
        at[name] = position + 0.5
        position, previous = position + 1, family
    return at, blocks


def build_view(
    matrix: TransferMatrix,
    families: Mapping[str, str],
    metric: str = "gain_kept",
    order: str = "family",
    family_order: Sequence[str] = (),
) -> MapView:
    """Lay out the map: rows are sources (references below, set apart), columns are targets."""
    chosen = METRICS[metric]
    sources = [name for name in matrix.sources if name not in REFERENCE_ROWS]
    references = [name for name in REFERENCE_ROWS if name in matrix.sources] + [COMMONEST] * bool(matrix.commonest)
    targets = list(matrix.targets)
    if order == "value":
        gives = _means(matrix, metric, sources, targets, by_row=True)
        receives = _means(matrix, metric, targets, sources, by_row=False)
        sources.sort(key=lambda name: -gives.get(name, -9e9))
        targets.sort(key=lambda name: -receives.get(name, -9e9))
    else:
        ranks = {family: rank for rank, family in enumerate(family_order)}
        sources.sort(key=lambda name: ranks.get(families.get(name, "own"), 99))
        targets.sort(key=lambda name: ranks.get(families.get(name, "own"), 99))
    row_at, row_blocks = _positions(sources, families, order == "family")
    column_at, column_blocks = _positions(targets, families, order == "family")
    below = (max(row_at.values()) + 0.5 if row_at else 0.0) + REFERENCE_GAP
    row_at.update({name: below + index + 0.5 for index, name in enumerate(references)})
    return MapView(
        matrix,
        chosen,
        (*sources, *references),
        tuple(targets),
        row_at,
        column_at,
        tuple(row_blocks),
        tuple(column_blocks),
        frozenset((cell.source, cell.target) for cell in matrix.cells if patterns.breaks_rule(cell, families)),
    )
