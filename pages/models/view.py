"""A projection as data for pictures and sentences: gains of its rows, the grid of its cells, the verdict. No Streamlit."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from pages.common import words
from pages.common.words import interval, known, percent
from ptlib.base.stats import Interval
from ptlib.projection import table
from ptlib.projection.stored import Projection
from ptlib.projection.table import Cell, Matrix, Reading
from ptlib.tasks.task import FAMILIES

GAP = 0.35
"""Width of a gap between blocks, in cells."""
ROWS = {
    "random": ("Untrained", "An untrained prompt, carried over,"),
    "random_tuned_norm": ("Tuned length", "An untrained prompt at tuned length, carried over,"),
    "shuffled": ("Columns shuffled", "The task's own prompt with its columns shuffled, carried over,"),
    "random_projector": ("Random projector", "The task's own prompt through a random projector"),
    "vocabulary": ("Vocabulary map", "The task's own prompt through the vocabulary map"),
    "relative": ("Relative space", "The task's own prompt through relative space"),
    "anchors": ("Anchors", "The task's own prompt through anchors"),
}
"""Groups of rows below the source tasks, in their order: name, and beginning of a sentence."""
COUNTED = ("random", "random_tuned_norm")
SETS = {
    table.TRAINED: "Trained task",
    table.UNSEEN: "Unseen tasks of the family",
    table.OTHERS: "Other families",
}
LINES = {
    "own": "Own prompt",
    "family": "Its family",
    "other": "Other families",
    "random": "Untrained",
    "tuned_norm": "Untrained, tuned length",
}
"""What stands in the three pictures; their names as short as a telephone needs."""
SAYS = {
    table.CARRIES: "Carries the task",
    table.PART: "Carries a part of the task",
    table.ONE_PROMPT: "One good prompt for everything",
    table.NOTHING: "Carries nothing",
    "": "Cannot be judged",
}
MEANS = {
    table.CARRIES: "the task's own prompts work on the other model, and wrong prompts do not.",
    table.PART: "the task's own prompts work in part, and better than wrong ones.",
    table.ONE_PROMPT: "whatever goes in, a prompt for the trained task comes out; it only looks as if something were carried.",
    table.NOTHING: "no prompt gains anything worth speaking of on the other model.",
    "": "the target's own and untrained prompts, or wrong prompts, were not measured.",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a picture: a gain with its interval and the gain of every held-out seed."""

    name: str
    key: str
    gain: Interval
    seeds: Mapping[int, float]


@dataclass(frozen=True, slots=True)
class Part:
    """One set of targets: what it is called, its lines, what they say."""

    key: str
    name: str
    targets: tuple[str, ...]
    reading: Reading
    lines: tuple[Line, ...]


def parts_of(projection: Projection) -> list[Part]:
    """Trained, unseen and other targets, as far as there are any; all of them together where nothing was trained on."""
    matrix, tasks = projection.matrix, projection.spec.tasks
    found = []
    for key, targets in table.split_targets(matrix, tasks).items():
        reading = table.read(matrix, targets)
        name = SETS[key] if tasks else "All tasks"
        name = "Trained tasks" if key == table.TRAINED and len(targets) > 1 else name
        found.append(Part(key, name, targets, reading, _lines(matrix, targets, reading)))
    return found


def _lines(matrix: Matrix, targets: Sequence[str], reading: Reading) -> tuple[Line, ...]:
    kin: Callable[[Cell], bool] = lambda cell: matrix.families.get(cell.name) == matrix.families[cell.target]  # noqa: E731
    tasks = [cell for target in targets for cell in matrix.rows("task", target)]
    cells = {
        "own": [cell for cell in tasks if cell.name == cell.target],
        "family": [cell for cell in tasks if kin(cell)],
        "other": [cell for cell in tasks if not kin(cell)],
        "random": [cell for target in targets for cell in matrix.rows("random", target)],
        "tuned_norm": [cell for target in targets for cell in matrix.rows("random_tuned_norm", target)],
    }
    return tuple(
        Line(name, key, getattr(reading, key), matrix.gain_by_seed(cells[key])) for key, name in LINES.items() if cells[key]
    )


def part_title(part: Part) -> str:
    """A set of targets with its size."""
    return f"{part.name} ({words.counted(len(part.targets), 'task')})"


def main_part(parts: Sequence[Part]) -> Part:
    """The set that decides what is said first: unseen tasks of the family, else the trained ones."""
    order = (table.UNSEEN, table.TRAINED, table.OTHERS)
    return min(parts, key=lambda part: order.index(part.key))


def gain_words(gain: Interval) -> str:
    """`97 % [91, 100]`, or a dash."""
    return f"{percent(gain.value)} {interval(gain.low, gain.high)}".strip()


def part_reading(part: Part) -> str:
    """One sentence on a set of targets."""
    one = part.reading
    told = f"own prompts keep {gain_words(one.own)} of the gain, other families' {gain_words(one.other)}"
    wrong = f"untrained ones {gain_words(one.random)}, at tuned length {gain_words(one.tuned_norm)}"
    return f"{part_title(part)}: {SAYS[one.verdict].lower()}. In numbers, {told}, {wrong}."


def depends(reading: Reading) -> float | None:
    """Share of own's gain that hangs on the prompt: 1 - (best wrong gain) / (own gain); None where own gains nothing."""
    wrong = [gain.value for gain in (reading.other, reading.random, reading.tuned_norm) if gain.value is not None]
    own = reading.own.value
    return 1 - max(*wrong, 0.0) / own if known(own) and own > table.LEAST and wrong else None


def headline(parts: Sequence[Part]) -> str:
    """The verdict in words, first thing on the page."""
    part = main_part(parts)
    share = depends(part.reading)
    tail = f" {percent(max(share, 0.0))} of the gain hangs on which prompt goes in." if share is not None else ""
    where = part.name.lower() if part.name != "All tasks" else f"all {len(part.targets)} tasks"
    return f"**{SAYS[part.reading.verdict]}** ({where}): {MEANS[part.reading.verdict]}{tail}"


def best_reading(matrix: Matrix, names: Mapping[str, str]) -> str:
    """On how many targets a relative alone is the best source, where it is tied with others, and where not."""
    best = table.best_sources(matrix)
    kin = {t: [matrix.families.get(name) == matrix.families[t] for name in tied] for t, tied in best.items()}
    wrong = [f"{names[target]} ({names[best[target][0]]})" for target, own in kin.items() if not any(own)]
    tied = sum(any(own) and not all(own) for own in kin.values())
    alone = f"{sum(map(all, kin.values()))} of {words.counted(len(best), 'target')}"
    told = f"The best source is of the target's own family on {alone}"
    told += f", tied with another family's on {tied}" if tied else ""
    return f"{told}, not on {words.listing(wrong, 4)}." if wrong else f"{told}."


Key = tuple[str, str]
"""Group and name of a row; the name is empty for rows that only hold each task's own prompt."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A row or a column: its key, its name, its block, where it lies (in cells)."""

    key: Key
    name: str
    block: str
    at: float


@dataclass(frozen=True, slots=True)
class Grid:
    """A matrix as it is drawn."""

    rows: tuple[Slot, ...]
    columns: tuple[Slot, ...]
    values: Mapping[tuple[Key, str], float | None] = field(default_factory=dict)
    """Gain kept by row and target; None = measured, but the target cannot be learned here; absent = not measured."""
    told: Mapping[tuple[Key, str], str] = field(default_factory=dict)
    """What a cell says when pointed at."""
    seeds: Mapping[tuple[Key, str], Mapping[int, float]] = field(default_factory=dict)
    """Gain kept by held-out seed."""


def cell_at(matrix: Matrix, row: Key, target: str) -> Cell | None:
    """The cell of a drawn row on a target."""
    return matrix.get(row[0], row[1] or target, target)


def grid(matrix: Matrix, names: Mapping[str, str]) -> Grid:
    """The matrix through one projector: source tasks by family, then what must do nothing, then other maps."""
    sources = list(dict.fromkeys(name for group, name, _ in matrix.cells if group == "task"))
    keys = [(("task", name), names[name], matrix.families[name]) for name in by_family(sources, matrix.families)]
    for group, (title, _) in ROWS.items():
        there = sorted({name for kind, name, _ in matrix.cells if kind == group})
        if group in COUNTED:
            keys += [((group, name), f"{title} {int(name) + 1}", "wrong") for name in there]
        elif there:
            keys.append(((group, ""), title, "wrong" if group in ("shuffled", "random_projector") else "other maps"))
    rows = _slots(keys)
    targets = by_family(matrix.targets, matrix.families)
    columns = _slots([(("task", name), names[name], matrix.families[name]) for name in targets])
    cells = {(row, target): cell for row in rows for target in targets if (cell := cell_at(matrix, row.key, target)) is not None}
    seeds = {(row.key, target): gains for target in targets for row, gains in _gains(matrix, cells, target).items()}
    told = {(row.key, target): _hover(row.name, names[target], cell, seeds[row.key, target])
            for (row, target), cell in cells.items()}  # fmt: skip
    values = {key: float(np.mean(list(gains.values()))) if gains else None for key, gains in seeds.items()}
    return Grid(rows, columns, values, told, seeds)


def _gains(matrix: Matrix, cells: Mapping[tuple[Slot, str], Cell], target: str) -> dict[Slot, dict[int, float]]:
    """Gain by held-out seed of every measured row on a target; empty where the target cannot be learned."""
    own, base = matrix.get(table.OWN, target, target), matrix.get(table.UNTRAINED, table.UNTRAINED, target)
    mine = {row: cell for (row, name), cell in cells.items() if name == target}
    if own is None or base is None or not matrix.gain_by_seed([own]):
        return {row: {} for row in mine}
    room = own.score - base.score
    return {
        row: {seed: (float(score) - base.score) / room for seed, score in zip(cell.seeds, cell.scores.mean(1), strict=True)}
        for row, cell in mine.items()
    }


def by_family(tasks: Sequence[str], families: Mapping[str, str]) -> list[str]:
    """Tasks in the order of the families."""
    return sorted(tasks, key=lambda name: FAMILIES.index(families[name]) if families[name] in FAMILIES else len(FAMILIES))


def _slots(keys: Sequence[tuple[Key, str, str]]) -> tuple[Slot, ...]:
    slots, at, previous = [], 0.0, None
    for key, name, block in keys:
        at += GAP if previous not in (None, block) else 0.0
        slots.append(Slot(key, name, block, at + 0.5))
        at, previous = at + 1, block
    return tuple(slots)


def _hover(row: str, target: str, cell: Cell, seeds: Mapping[int, float]) -> str:
    lines = [f"<b>{row} → {target}</b>"]
    if seeds:
        lines.append(f"Gain kept {percent(float(np.mean(list(seeds.values()))))}")
        lines.append("Seeds " + " · ".join(f"{seed}: {percent(value)}" for seed, value in seeds.items()))
    else:
        lines.append("Gain kept undefined: no own prompt that is clearly better than an untrained one")
    return "<br>".join([*lines, f"Score {percent(cell.score, 1)}, {cell.scores.shape[1]} examples a seed"])


def own_grid(values: pd.DataFrame, families: Mapping[str, str], names: Mapping[str, str], like: Grid) -> Grid:
    """The target's own map with the rows and columns of another grid. values: gain kept, [sources, targets], NaN = unknown."""
    rows = tuple(row for row in like.rows if row.key[0] == "task")
    cells, told = {}, {}
    for row in rows:
        for column in like.columns:
            source, target = row.key[1], column.key[1]
            if source in values.index and target in values.columns:
                value = float(values.loc[source, target])
                cells[row.key, target] = value if np.isfinite(value) else None
                told[row.key, target] = f"<b>{names[source]} → {names[target]}</b><br>Gain kept {percent(cells[row.key, target])}"
    return Grid(rows, like.columns, cells, told)


def cells_table(projection: Projection, drawn: Grid) -> pd.DataFrame:
    """Everything in the grid as a table: one row a cell and seed, scores and gains as fractions."""
    rows = []
    for row in drawn.rows:
        for column in drawn.columns:
            cell = cell_at(projection.matrix, row.key, column.key[1])
            gains = drawn.seeds.get((row.key, column.key[1]), {})
            for place, seed in enumerate(cell.seeds if cell else ()):
                score = float(cell.scores[place].mean()) if cell else np.nan
                rows.append((row.key[0], row.name, column.name, seed, score, gains.get(seed), cell and cell.scores.shape[1]))
    told = ["group", "row", "target", "held_out_seed", "score", "gain_kept", "examples"]
    return pd.DataFrame(rows, columns=told).assign(projection=projection.spec.id)


def ladder_reading(gains: Mapping[str, Mapping[str, Interval]], names: Mapping[str, str]) -> str:
    """What happens to wrong prompts between the first and the last step that are stored."""
    steps = [step for step in names if step in gains]
    first, last = gains[steps[0]], gains[steps[-1]]
    told = [
        f"{who} {percent(first[key].value)} → {percent(last[key].value)}"
        for key, who in (("own", "own prompts"), ("other", "other families' prompts"), ("random", "untrained prompts"))
        if key in first and key in last
    ]
    return f"From *{names[steps[0]]}* to *{names[steps[-1]]}*, gain kept: {', '.join(told)}."


def cell_reading(look_names: Mapping[str, str], row: Slot, matrix: Matrix, target: str) -> str:
    """One sentence on a cell, with the scores behind it."""
    cell = cell_at(matrix, row.key, target)
    if cell is None:
        return f"{row.name} was not measured on {look_names[target]}."
    gain = matrix.gain([cell])
    own, base = matrix.get(table.OWN, target, target), matrix.get(table.UNTRAINED, table.UNTRAINED, target)
    ends = [f"{what} {percent(side.score, 1)}" for what, side in (("own", own), ("untrained", base)) if side is not None]
    score = f"score {percent(cell.score, 1)}" + (f" ({', '.join(ends)})" if ends else "")
    _, who = ROWS.get(row.key[0], ("", f"{words.owner(row.name)} prompt, carried over,"))
    kept = f"gain kept {gain_words(gain)}" if known(gain.value) else "gain kept is undefined here"
    basis = f"{words.counted(len(cell.seeds), 'seed')}, {cell.scores.shape[1]} examples each"
    return f"{who} on {look_names[target]}: {kept}, {score}; {basis}."
