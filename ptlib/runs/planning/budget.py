"""What to run next in a given time: cells in an order of merit, as many as fit. Torch-free.

A run crosses all of its sources with all of its targets. So a cell brings its two tasks, their own prompts and reference rows
with it, and further cells between tasks that are there already cost next to nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ptlib.base.stats import ranks
from ptlib.prompts.spec import TuneSpec
from ptlib.results.catalogue import Catalogue
from ptlib.results.speeds import LOAD_S, USUAL_EVALUATION, SpeedOf
from ptlib.tasks.names import REFERENCE_ROWS
from ptlib.transfer.matrix import TransferMatrix
from ptlib.transfer.plan import reference_id
from ptlib.transfer.spec import TransferSpec

Pair = tuple[str, str]
"""Source and target."""


@dataclass(frozen=True, slots=True)
class Needed:
    """What neither demo nor store holds of a map with some seeds, and what it costs."""

    prompts: Mapping[str, int]
    """Task -> prompts to tune."""
    cells: Mapping[Pair, int]
    """Source (or reference row) and target -> results to measure."""
    tune_s: float
    """Seconds for a prompt."""
    cell_s: float
    """Seconds for a result."""

    @classmethod
    def of(cls, spec: TransferSpec, catalogue: Catalogue, speed: SpeedOf) -> "Needed":
        """Ask the catalogue once for the largest run in question: all tasks crossed with each other."""
        backbone, settings, tasks, seeds = spec.backbone, spec.settings, spec.sources, spec.seeds
        known, measured = {row.id for row in catalogue.prompt_rows(backbone)}, catalogue.measured(backbone)
        ids = {task: [TuneSpec(backbone, task, seed, settings).id for seed in seeds] for task in tasks}
        cells = {(s, t): sum((id, t) not in measured for id in ids[s]) for s in tasks for t in tasks}
        for row in REFERENCE_ROWS:
            for target in tasks:
                own = (reference_id(spec, row, target, seed) for seed in ((0,) if row == "hand_written" else seeds))
                cells[row, target] = sum((id, target) not in measured for id in own)
        tune, evaluate = speed(backbone, "tune").rate, speed(backbone, "evaluate").rate
        lacking = {task: sum(id not in known for id in own) for task, own in ids.items()}
        return cls(lacking, cells, settings.steps * settings.batch_size / tune, USUAL_EVALUATION / evaluate)

    def seconds(self, sources: Iterable[str], targets: Iterable[str]) -> float:
        """Of one run of these sources on these targets; 0 when nothing is missing."""
        sources, targets = set(sources), set(targets)
        prompts = sum(self.prompts[task] for task in sources | targets)
        rows = (sources | {target} | set(REFERENCE_ROWS) for target in targets)
        cells = sum(self.cells[row, target] for target, names in zip(targets, rows, strict=True) for row in names)
        return LOAD_S + prompts * self.tune_s + cells * self.cell_s if prompts or cells else 0.0


def within(order: Sequence[Pair], seconds: float, needed: Needed) -> tuple[Pair, ...]:
    """The cells of an order that one run can measure in so many seconds; what is too dear is passed over, others may fit."""
    chosen: list[Pair] = []
    sources, targets = set[str](), set[str]()
    for source, target in order:
        if needed.seconds(sources | {source}, targets | {target}) <= seconds:
            chosen.append((source, target))
            sources.add(source)
            targets.add(target)
    return tuple(chosen)


def widest(matrix: TransferMatrix, tasks: Iterable[str]) -> list[Pair]:
    """Cells between these tasks, off the diagonal, the widest interval of gain kept first; those without one last, by score."""
    known = set(tasks)
    widths = {}
    for cell in matrix.cells:
        if not cell.is_own and {cell.source, cell.target} <= known:
            gain = None if cell.gain_high is None or cell.gain_low is None else cell.gain_high - cell.gain_low
            score = 0.0 if cell.high is None or cell.low is None else cell.high - cell.low
            widths[cell.source, cell.target] = (gain is not None, gain or score)
    return sorted(widths, key=lambda pair: widths[pair], reverse=True)


def not_run(matrix: TransferMatrix, tasks: Sequence[str]) -> list[Pair]:
    """Cells between these tasks that nobody ran."""
    return [(source, target) for source in tasks for target in tasks if matrix.get(source, target) is None]


def disagreement(first: pd.DataFrame, second: pd.DataFrame, tasks: Sequence[str]) -> list[Pair]:
    """Cells between tasks that both indicators know, off the diagonal, the largest difference of their ranks first.

    first, second: indicators [tasks, tasks]; high means alike.
    """
    here = [name for name in tasks if all(name in table.index and name in table.columns for table in (first, second))]
    pairs = [(source, target) for source in here for target in here if source != target]
    if not pairs:
        return []
    values = [np.array([table.at[pair] for pair in pairs], float) for table in (first, second)]
    finite = np.isfinite(values[0]) & np.isfinite(values[1])
    gaps = np.full(len(pairs), -1.0)
    gaps[finite] = np.abs(ranks(values[0][finite]) - ranks(values[1][finite]))
    return [pairs[place] for place in np.argsort(-gaps, kind="stable") if gaps[place] >= 0]
