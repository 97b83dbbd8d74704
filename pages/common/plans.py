"""From what the reader wants to a run spec: presets of the Lab, its command line, its title. Pure; no Streamlit."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from pages.common import words
from ptlib.models.spec import BackboneSpec
from ptlib.prompts.spec import changed_settings
from ptlib.tasks.task import Task
from ptlib.transfer.matrix import TransferMatrix
from ptlib.transfer.spec import TransferSpec

ONE_CELL, ONE_ROW, FILL, DECK = "One cell", "One row", "Fill the map", "Two film tasks, as in the slides"
PRESETS = {
    ONE_CELL: "Tune the source's and the target's prompt once more with a new seed, and reuse one on the other.",
    ONE_ROW: "One more seed for a row: tune the source's prompt and, to compare with, each target's own; reuse the first on all.",
    FILL: "Tune and evaluate what the map still lacks; when it is complete, one more seed for as much of it as you want.",
    DECK: "Tune on one film-review task, reuse the prompt on another, and tune there for comparison.",
}
DECK_NUMBERS = (
    ("Tuned on SST-2, tested on SST-2", 77.17),
    ("Reused on rotten_tomatoes, zero-shot", 72.13),
    ("Tuned on rotten_tomatoes, tested there", 74.10),
)
"""Accuracy in percent, as the slide deck reports its own RoBERTa-base run; 72.13 is 97.3 % of 74.10."""
_DECK_PAIRS = (("sst2", "rotten_tomatoes"), ("demo/film_snippet", "demo/film_review"))


FEW = 3
"""So many tasks are named in a difference."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a preset proposes; every part can be changed in the form."""

    sources: tuple[str, ...]
    targets: tuple[str, ...]
    seeds: tuple[int, ...]
    note: str = ""
    asked: tuple[tuple[str, str], ...] = ()
    """Cells that it is for, where others come along."""


def next_seed(taken: Iterable[int]) -> int:
    """The smallest seed that nobody has used."""
    used = set(taken)
    return next(seed for seed in range(len(used) + 1) if seed not in used)


def seeds_of(matrix: TransferMatrix | None) -> dict[str, set[int]]:
    """Task -> seeds of its prompts behind a map."""
    found: dict[str, set[int]] = {}
    for cell in matrix.cells if matrix else ():
        found.setdefault(cell.source, set()).update(cell.seeds)
    return found


def _free(taken: Mapping[str, Collection[int]], tasks: Iterable[str]) -> tuple[int]:
    """The first seed that none of the tasks has."""
    return (next_seed(seed for task in tasks for seed in taken.get(task, ())),)


def deck_pair(tasks: Mapping[str, Task], family: str, demo: bool) -> tuple[str, str] | None:
    """SST-2 and rotten_tomatoes, or the pair of the demo that stands for them."""
    usable = [t for t in tasks.values() if t.supports(family) and (t.source == "embedded") == demo]
    for first, second in _DECK_PAIRS:
        ids = [task.id for name in (first, second) for task in usable if task.id == name or task.id.endswith(f"/{name}")]
        if len(ids) == 2:
            return ids[0], ids[1]
    sentiment = [t.id for t in usable if t.family == "sentiment"]
    return (sentiment[0], sentiment[1]) if len(sentiment) > 1 else None


def propose(
    preset: str,
    matrix: TransferMatrix | None,
    source: str | None,
    target: str | None,
    usable: Sequence[str],
    *,
    pair: tuple[str, str] | None,
    taken: Mapping[str, Collection[int]] | None = None,
) -> Plan:
    """What a preset would run, given the map and the chosen cell.

    taken: seeds that tasks have, also where the map leaves them out; None = those of the map.
    """
    taken = seeds_of(matrix) if taken is None else taken
    first, second = pair or (next(iter(usable), ""),) * 2
    there = [task for task in (target, source) if task is not None and task in usable]
    target = there[0] if there else second
    source = source if source is not None and source in usable else first
    if preset == DECK and pair:
        return Plan((pair[0],), (pair[0], pair[1]), _free(taken, pair))
    if preset == ONE_ROW:
        targets = tuple(t for t in (matrix.targets if matrix else ()) if t in usable) or tuple(usable)
        return Plan((source,), targets, _free(taken, (source, *targets)))
    if preset == FILL:
        return _fill(matrix, usable, taken)
    return Plan((source,), (target,), _free(taken, (source, target)))


def _fill(matrix: TransferMatrix | None, usable: Sequence[str], taken: Mapping[str, Collection[int]]) -> Plan:
    names = tuple(t for t in (matrix.targets if matrix else ()) if t in usable) or tuple(usable)
    known = sorted({seed for task, seeds in seeds_of(matrix).items() if task in names for seed in seeds})
    missing = [(s, t) for s in names for t in names if matrix is None or matrix.get(s, t) is None]
    if missing and known:
        sources, targets = (tuple(dict.fromkeys(pair[i] for pair in missing)) for i in (0, 1))
        return Plan(sources, targets, tuple(known), f"{len(missing)} cells of the map were not run.")
    return Plan(names, names, _free(taken, names), "Every cell was run: this adds one seed to all of them." if matrix else "")


def usable_tasks(tasks: Mapping[str, Task], spec: BackboneSpec | None) -> list[str]:
    """Tasks a backbone can run: generated ones for the demo, published and own ones elsewhere."""
    if spec is None:
        return []
    return [
        t.id
        for t in tasks.values()
        if t.supports(spec.family) and (t.source == "own" or (t.source == "embedded") == spec.is_demo)
    ]


def title(spec: TransferSpec, names: Mapping[str, str]) -> str:
    """Short name of a run."""
    if len(spec.sources) == len(spec.targets) == 1:
        return f"{names[spec.sources[0]]} → {names[spec.targets[0]]}"
    if len(spec.sources) == 1:
        return f"{names[spec.sources[0]]} → {len(spec.targets)} tasks"
    return f"{len(spec.sources)} × {len(spec.targets)} tasks"


def _change(label: str, before: Sequence[str], after: Sequence[str], names: Mapping[str, str]) -> str:
    """Few tasks by name, `source A → B`; of many only those that are new and those that are gone, `targets without A`."""
    one, other = ([names.get(task, task) for task in side] for side in (before, after))
    if len(one) <= FEW and len(other) <= FEW:
        return f"{label} {', '.join(one)} → {', '.join(other)}"
    gone, new = [name for name in one if name not in other], [name for name in other if name not in one]
    parts = [f"{word} {words.listing(side)}" for word, side in (("with", new), ("without", gone)) if side]
    return f"{label}s {' and '.join(parts)}" if parts else f"{label}s in another order"


def difference(first: TransferSpec, second: TransferSpec, names: Mapping[str, str]) -> list[str]:
    """What distinguishes two runs, in words: `seed 1 → 2`."""
    found = []
    for label, key in (("source", "sources"), ("target", "targets")):
        before, after = getattr(first, key), getattr(second, key)
        found += [_change(label, before, after, names)] if before != after else []
    if first.seeds != second.seeds:
        found.append(f"seed {', '.join(map(str, first.seeds))} → {', '.join(map(str, second.seeds))}")
    for name, value in changed_settings(second.settings, first.settings):
        found.append(f"{name.replace('_', ' ')} {getattr(first.settings, name)} → {value}")
    if first.warm_start != second.warm_start:
        found.append("starts from the source's prompt " + ("off → on" if second.warm_start else "on → off"))
    return found
