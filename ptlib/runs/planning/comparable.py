"""What a map lacks until all its cells rest on the same seeds, as runs; what several runs cost together."""

from collections import Counter, defaultdict
from collections.abc import Sequence

from ptlib.prompts.spec import TuneSettings
from ptlib.results.catalogue import Catalogue
from ptlib.results.kind import Estimate
from ptlib.results.speeds import SpeedOf
from ptlib.tasks.names import is_reference
from ptlib.transfer.kinds import TRANSFER
from ptlib.transfer.matrix import TransferMatrix
from ptlib.transfer.plan import Plan
from ptlib.transfer.spec import TransferSpec

Cells = dict[tuple[str, str], tuple[int, ...]]


def wanted_seeds(matrix: TransferMatrix) -> tuple[int, ...]:
    """Seeds that every cell should have: the usual ones while a cell lacks one of them, else all that any cell has."""
    found = Counter(cell.seeds for cell in matrix.cells if not is_reference(cell.source))
    if not found:
        return ()
    usual = found.most_common(1)[0][0]
    lacks = any(set(usual) - set(seeds) for seeds in found)
    return usual if lacks else tuple(sorted({seed for seeds in found for seed in seeds}))


def lacking(matrix: TransferMatrix) -> Cells:
    """(source, target) -> seeds that the cell lacks. A cell that nobody ran at all is no part of it."""
    wanted = wanted_seeds(matrix)
    cells = {(cell.source, cell.target): cell.seeds for cell in matrix.cells if not is_reference(cell.source)}
    gaps = {key: tuple(seed for seed in wanted if seed not in seeds) for key, seeds in cells.items()}
    return {key: seeds for key, seeds in gaps.items() if seeds}


def runs_for(cells: Cells, backbone: str, settings: TuneSettings, data: str | None = None) -> tuple[TransferSpec, ...]:
    """As few runs as hold exactly these cells: sources that lack the same targets and seeds share one."""
    rows: dict[tuple[str, tuple[int, ...]], list[str]] = defaultdict(list)
    for (source, target), seeds in cells.items():
        rows[source, seeds].append(target)
    blocks: dict[tuple[tuple[str, ...], tuple[int, ...]], list[str]] = defaultdict(list)
    for (source, seeds), targets in rows.items():
        blocks[tuple(targets), seeds].append(source)
    return tuple(
        TransferSpec(backbone, tuple(sources), targets, seeds, settings, data=data)
        for (targets, seeds), sources in blocks.items()
    )


def together(runs: Sequence[TransferSpec], catalogue: Catalogue, speed: SpeedOf) -> tuple[tuple[TransferSpec, ...], Estimate]:
    """The runs that have something to do, and what they cost: a prompt or a cell that several need is counted once.

    Raises BadInput for a run that cannot be carried out.
    """
    plans = {}
    for run in runs:
        TRANSFER.check(run, catalogue)
        if plan := TRANSFER.missing(run, catalogue):
            plans[run] = plan
    if not plans:
        return (), Estimate(0.0, 0, 0, "everything is there already")
    prompts = dict.fromkeys(prompt for plan in plans.values() for prompt in plan.prompts)
    cells = dict.fromkeys(cell for plan in plans.values() for cell in plan.cells)
    return tuple(plans), TRANSFER.cost(next(iter(plans)), Plan(tuple(prompts), (), tuple(cells)), speed)
