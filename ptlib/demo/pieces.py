"""What the demo measures of a backbone: the whole map, and warm starts from a relative and from a stranger of every task."""

from collections.abc import Iterator
from dataclasses import replace

from ptlib.prompts.spec import TuneSpec
from ptlib.tasks.registry import resolve_task
from ptlib.tasks.task import Task
from ptlib.transfer.plan import Todo, cells_of, warm_starts
from ptlib.transfer.spec import TransferSpec


def pieces(spec: TransferSpec) -> Iterator[TransferSpec]:
    """The map first, then the warm starts."""
    yield spec
    for target, source in warm_pairs(spec):
        yield replace(spec, sources=(source,), targets=(target,), references=(), warm_start=True)


def warm_pairs(spec: TransferSpec) -> Iterator[tuple[str, str]]:
    """(target, source): of every classification task the next one of its family, and one of the next family."""
    tasks = [task for task in map(resolve_task, spec.targets) if task.is_classification]
    families: dict[str, list[Task]] = {}
    for task in tasks:
        families.setdefault(task.family, []).append(task)
    names = list(families)
    for task in tasks:
        mine = families[task.family]
        place = mine.index(task)
        other = families[names[(names.index(task.family) + 1) % len(names)]]
        for source in dict.fromkeys((mine[(place + 1) % len(mine)].id, other[place % len(other)].id)):
            if source != task.id:
                yield task.id, source


def prompts(spec: TransferSpec) -> list[TuneSpec]:
    """Every prompt of all pieces, those of the map first."""
    return list(dict.fromkeys(tune for piece in pieces(spec) for tune in (*piece.prompts(), *(w for w, _ in warm_starts(piece)))))


def cells(spec: TransferSpec) -> list[Todo]:
    """Every cell of all pieces."""
    return list(dict.fromkeys(cell for piece in pieces(spec) for cell in cells_of(piece)))
