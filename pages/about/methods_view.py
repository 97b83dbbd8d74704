"""The methods paragraph of a map, true of every cell: which seeds stand where, where tasks and results come from. Pure."""

from collections.abc import Callable, Mapping, Sequence

from pages.common import words
from ptlib.prompts.spec import TuneSettings
from ptlib.tasks.names import is_reference
from ptlib.tasks.task import Task
from ptlib.transfer.matrix import Cell, TransferMatrix

_SOURCES = {"embedded": "generated", "hub": "published", "own": "our own"}
MOST_NAMED = 3
"""Cells that are named where they differ from the usual; more are counted."""


def methods(
    matrix: TransferMatrix, backbone: str, settings: TuneSettings | None, tasks: Mapping[str, Task], name: Callable[[str], str]
) -> str:
    """The paragraph. backbone, name: shown name of the backbone, and of a task."""
    cells = [cell for cell in matrix.cells if cell.seeds and not is_reference(cell.source)]
    how = (
        f"{settings.prompt_length} soft tokens, {settings.steps} steps of AdamW with batches of {settings.batch_size} and a "
        f"peak learning rate of {settings.lr:g}, initialised from {settings.init}"
        if settings
        else "settings unknown"
    )
    sizes = sorted({cell.n_examples for cell in cells})
    span = f"{sizes[0]}" if len(sizes) == 1 else f"{sizes[0]} to {sizes[-1]}" if sizes else "no"
    single = any(len(cell.seeds) == 1 for cell in cells)
    over = "seeds, then examples (2,000 draws)" + (", for cells with one seed over examples only" if single else "")
    targets = words.counted(len(matrix.targets), "target task")
    sentences = (
        f"We tuned soft prompts on {backbone} ({matrix.backbone}; {how}) with {_seeds(cells, name)} and reused each prompt "
        f"unchanged on {targets} with the target's template and label words, on {span} evaluation examples a task.",
        _tasks([tasks[task] for task in matrix.targets if task in tasks]),
        _origin(matrix, cells),
        "Gain kept is (transfer - untrained) / (own - untrained), relative performance 100 x transfer / own (Su et al., 2022).",
        f"Intervals are 95 % bootstrap intervals over {over}. Recipe {matrix.recipe}.",
    )
    return " ".join(filter(None, sentences))


def _seeds(cells: Sequence[Cell], name: Callable[[str], str]) -> str:
    """`seeds 0, 1, 2`, and which cells have others."""
    groups: dict[tuple[int, ...], list[Cell]] = {}
    for cell in cells:
        groups.setdefault(cell.seeds, []).append(cell)
    ordered = sorted(groups.items(), key=lambda item: -len(item[1]))
    if not ordered:
        return "no seed"
    if len(ordered) == 1:
        return _listed(ordered[0][0])
    told = [f"{_listed(seeds)} ({_where(here, name)})" for seeds, here in ordered[1:]]
    return f"{_listed(ordered[0][0])} ({words.counted(len(ordered[0][1]), 'cell')} of {len(cells)}), " + ", ".join(told)


def _listed(seeds: Sequence[int]) -> str:
    return f"{'seed' if len(seeds) == 1 else 'seeds'} {', '.join(map(str, seeds))}"


def _where(cells: Sequence[Cell], name: Callable[[str], str]) -> str:
    count = words.counted(len(cells), "cell")
    if len(cells) > MOST_NAMED:
        return count
    return f"{count}: {', '.join(f'{name(cell.source)} on {name(cell.target)}' for cell in cells)}"


def _tasks(tasks: Sequence[Task]) -> str:
    counts = [(sum(task.source == source for task in tasks), what) for source, what in _SOURCES.items()]
    if tasks and counts[0][0] == len(tasks):
        return "All tasks are generated from word lists and sentence frames, and the backbone was pretrained on such sentences."
    told = [f"{count} {'is' if count == 1 else 'are'} {what}" for count, what in counts if count]
    return f"Of the tasks, {words.listing(told)}." if told else ""


def _origin(matrix: TransferMatrix, cells: Sequence[Cell]) -> str:
    """How many results came with the repository, how many were measured here, how many are left out."""
    behind = [matrix.behind.get((prompt, cell.target)) for cell in cells for prompt in cell.run_ids]
    own = sum(entry is not None and entry.origin == "own" for entry in behind)
    came = len(behind) - own
    parts = [f"{came:,} came with the repository" if came else "", f"{own:,} were measured here" if own else ""]
    told = f"Of {len(behind):,} results, one a cell and seed, {' and '.join(filter(None, parts))}." if behind else ""
    gone = sum(matrix.left_out.values())
    return told + (f" {words.counted(gone, 'result')} of {words.counted(len(matrix.left_out), 'run')} left out." if gone else "")
