"""What a matrix says: gains of own, other families' and random prompts with paired intervals, and a verdict. Torch-free.

gain = (score - untrained) / (own - untrained), means over seeds, on the same examples of the target.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ptlib.base import stats
from ptlib.base.stats import Interval

OWN, UNTRAINED = "own", "untrained"
"""Groups of rows without a projector: the target's own prompts, and its untrained ones."""
CARRIES, PART = "carries the task", "carries a part of the task"
ONE_PROMPT, NOTHING = "one good prompt for everything", "carries nothing"
TRAINED, UNSEEN, OTHERS = "trained", "unseen of the family", "other families"
CLEAR, LEAST = 0.5, 0.3
"""Gain that own must lead by; gain below which a row does nothing."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One row on one target, all held-out seeds."""

    group: str
    name: str
    target: str
    seeds: tuple[int, ...]
    scores: np.ndarray
    """[S, N] in {0, 1}."""

    @property
    def score(self) -> float:
        return float(self.scores.mean())


@dataclass(frozen=True, slots=True)
class Matrix:
    """All cells of one projection, with the target's own and untrained rows."""

    cells: Mapping[tuple[str, str, str], Cell]
    """By (group, name, target)."""
    families: Mapping[str, str]
    """Task -> family."""
    targets: tuple[str, ...]

    def get(self, group: str, name: str, target: str) -> Cell | None:
        """A cell; None when it was not measured."""
        return self.cells.get((group, name, target))

    def rows(self, group: str, target: str) -> list[Cell]:
        """All cells of a group on a target."""
        return [cell for (kind, _, column), cell in self.cells.items() if (kind, column) == (group, target)]

    def gain(self, cells: Sequence[Cell]) -> Interval:
        """Mean gain over cells, with its 95 % interval over seeds and examples; None where own does not beat untrained."""
        parts = self._gain_draws(cells)
        if not parts:
            return Interval(None, None, None)
        low, high = stats.percentiles(np.mean([draws for _, draws in parts], axis=0))
        return Interval(float(np.mean([value for value, _ in parts])), low, high, stats.over(cells[0].seeds))

    def difference(self, first: Sequence[Cell], second: Sequence[Cell]) -> Interval:
        """Mean gain of `first` minus that of `second`, paired over seeds and examples."""
        sides = [self._gain_draws(cells) for cells in (first, second)]
        if not all(sides):
            return Interval(None, None, None)
        means = [np.mean([draws for _, draws in side], axis=0) for side in sides]
        values = [float(np.mean([value for value, _ in side])) for side in sides]
        low, high = stats.percentiles(means[0] - means[1])
        return Interval(values[0] - values[1], low, high, stats.over(first[0].seeds))

    def square(self, value: str) -> pd.DataFrame:
        """Projected prompts of tasks on targets [sources, targets] in percent; NaN = not known.

        value: score, relative (to the target's own prompt) or gain_kept.
        """
        ends = {target: self._ends(target) for target in self.targets} if value == "gain_kept" else {}

        def percent(cell: Cell) -> float:
            own, end = self.get(OWN, cell.target, cell.target), ends.get(cell.target)
            if value == "score":
                return 100 * cell.score
            if value == "relative":
                return 100 * cell.score / own.score if own is not None and own.score > 0 else np.nan
            return np.nan if end is None else 100 * (cell.score - end.untrained) / (end.own - end.untrained)

        cells = [cell for cell in self.cells.values() if cell.group == "task"]
        table = pd.Series({(cell.name, cell.target): percent(cell) for cell in cells}, dtype=float).unstack()
        return table.reindex(index=list(dict.fromkeys(cell.name for cell in cells)), columns=list(self.targets))

    def gain_by_seed(self, cells: Sequence[Cell]) -> dict[int, float]:
        """Mean gain over cells of every held-out seed; own and untrained are means over all seeds."""
        out: dict[int, list[float]] = {}
        for cell, ends in self._with_ends(cells):
            for seed, score in zip(cell.seeds, cell.scores.mean(1), strict=True):
                out.setdefault(seed, []).append((float(score) - ends.untrained) / (ends.own - ends.untrained))
        return {seed: float(np.mean(values)) for seed, values in sorted(out.items())}

    def _gain_draws(self, cells: Sequence[Cell]) -> list[tuple[float, np.ndarray]]:
        """Gain and its bootstrap draws of every cell whose target can be learned."""
        return [
            ((cell.score - ends.untrained) / (ends.own - ends.untrained), (_draws(cell) - ends.base) / ends.room)
            for cell, ends in self._with_ends(cells)
        ]

    def _with_ends(self, cells: Sequence[Cell]) -> list[tuple[Cell, "_Ends"]]:
        """Cells with the ends of their targets' gains, looked up once a target; cells of the others are left out."""
        known = {target: self._ends(target) for target in dict.fromkeys(cell.target for cell in cells)}
        return [(cell, ends) for cell in cells if (ends := known[cell.target]) is not None]

    def _ends(self, target: str) -> "_Ends | None":
        """Untrained and own of a target; None where the second does not clearly beat the first."""
        own, untrained = self.get(OWN, target, target), self.get(UNTRAINED, UNTRAINED, target)
        if own is None or untrained is None:
            return None
        base = _draws(untrained)
        room = _draws(own) - base
        low = stats.percentiles(room)[0]
        return _Ends(untrained.score, own.score, base, np.maximum(room, 1e-3)) if low is not None and low > 0 else None


@dataclass(frozen=True, slots=True)
class _Ends:
    """Where a target's gains begin and end."""

    untrained: float
    own: float
    base: np.ndarray
    """Bootstrap draws of untrained."""
    room: np.ndarray
    """Of own minus untrained, above 0."""


def _draws(cell: Cell) -> np.ndarray:
    return stats.score_draws(cell.scores, cell.seeds)


def split_targets(matrix: Matrix, trained: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Targets in three parts: trained, unseen ones of the trained families, those of other families; empty parts left out."""
    trained = set(trained)
    seen = {matrix.families[name] for name in trained if name in matrix.families}
    parts = {
        TRAINED: tuple(name for name in matrix.targets if name in trained),
        UNSEEN: tuple(name for name in matrix.targets if name not in trained and matrix.families[name] in seen),
        OTHERS: tuple(name for name in matrix.targets if matrix.families[name] not in seen),
    }
    return {name: targets for name, targets in parts.items() if targets}


@dataclass(frozen=True, slots=True)
class Reading:
    """What a projector does on some columns."""

    own: Interval
    """The tasks' own prompts (source task = target)."""
    family: Interval
    """All prompts of the target's family."""
    other: Interval
    """Prompts of other families."""
    random: Interval
    tuned_norm: Interval
    verdict: str
    by_seed: Mapping[int, float]
    """Own, by held-out seed."""
    targets: tuple[str, ...]


def read(matrix: Matrix, targets: Iterable[str]) -> Reading:
    """Judge a projector by own, other and random on some targets; output variance plays no part (it hides a collapse)."""
    targets = tuple(targets)
    groups = ("task", "random", "random_tuned_norm")
    task, *untrained = ([cell for target in targets for cell in matrix.rows(group, target)] for group in groups)
    own = [cell for cell in task if cell.name == cell.target]
    kin: list[Cell] = []
    strangers: list[Cell] = []
    for cell in task:
        (kin if matrix.families.get(cell.name) == matrix.families[cell.target] else strangers).append(cell)
    mine, family, other, random, scaled = map(matrix.gain, (own, kin, strangers, *untrained))
    told = verdict(mine.value, [other.value, random.value, scaled.value])
    return Reading(mine, family, other, random, scaled, told, matrix.gain_by_seed(own), targets)


def verdict(own: float | None, wrong: Sequence[float | None]) -> str:
    """The words for gains of own and of wrong prompts; "" when they are not known."""
    known = [value for value in wrong if value is not None]
    if own is None or not known:
        return ""
    worst = max(known)
    if own - worst >= CLEAR:
        return CARRIES
    if max(own, worst) < LEAST:
        return NOTHING
    return ONE_PROMPT if worst >= own / 2 else PART


def best_sources(matrix: Matrix) -> dict[str, tuple[str, ...]]:
    """Target -> the source tasks whose prompts score best through the projector; several where they tie."""
    out = {}
    for target in matrix.targets:
        cells = matrix.rows("task", target)
        if cells:
            best = max(cell.score for cell in cells)
            out[target] = tuple(cell.name for cell in cells if cell.score == best)
    return out


def own_family_best(matrix: Matrix) -> float:
    """Share of targets whose best source is of their own family; tied sources share the target (where all tie, chance)."""
    shares = [
        np.mean([matrix.families.get(name) == matrix.families[target] for name in names])
        for target, names in best_sources(matrix).items()
    ]
    return float(np.mean(shares))
