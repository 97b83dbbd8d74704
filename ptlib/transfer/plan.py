"""What a piece of the map still has to do: prompts to tune, cells to evaluate. Torch-free."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass

from ptlib.base import stats
from ptlib.base.errors import BadInput
from ptlib.base.identity import VERSION, digest
from ptlib.base.progress import EVALUATING, TUNING
from ptlib.models.spec import BackboneSpec
from ptlib.prompts.spec import TuneSpec
from ptlib.results.catalogue import Catalogue
from ptlib.results.kind import Part, cell_name
from ptlib.results.rows import look_of
from ptlib.tasks.registry import all_tasks
from ptlib.transfer.spec import TransferSpec

STACK = 8
"""Prompts tuned at once."""
Stack = tuple[TuneSpec, ...]


@dataclass(frozen=True, slots=True)
class Todo:
    """One prompt on one target that was not measured yet."""

    prompt_id: str
    source: str
    """Task id, or the name of a reference row."""
    target: str
    seed: int
    tune: TuneSpec | None = None
    """How the prompt is tuned; None for reference rows."""

    @property
    def is_reference(self) -> bool:
        return self.tune is None


@dataclass(frozen=True, slots=True)
class Plan:
    """The missing part of a run; false when nothing is missing."""

    prompts: tuple[TuneSpec, ...] = ()
    warm: tuple[TuneSpec, ...] = ()
    """Prompts that start from one of `prompts`; tuned after them."""
    cells: tuple[Todo, ...] = ()
    stacks: tuple[Stack, ...] = ()
    """What is tuned together, see `stacks_of`."""

    def __bool__(self) -> bool:
        return bool(self.prompts or self.warm or self.cells)


def reference_id(spec: TransferSpec, kind: str, target: str, seed: int) -> str:
    """Id of a reference prompt: the same on every machine, like the ids of tuned prompts."""
    return "r" + digest(
        {
            "kind": kind,
            "v": VERSION,
            "backbone": spec.backbone,
            "task": target,
            "seed": seed,
            "settings": asdict(spec.settings),
            "data": spec.data,
        }
    )


def available_tasks(backbone: BackboneSpec) -> tuple[str, ...]:
    """Tasks a map of a backbone has when nobody names any: of the same origin, and within the family's reach.

    Raises:
        BadInput: a backbone from elsewhere, whose tasks must be named.
    """
    if not backbone.is_demo:
        raise BadInput(
            f"Name the tasks for '{backbone.id}'; only the embedded backbones have a default set. See `python -m ptlib tasks`."
        )
    return tuple(task.id for task in all_tasks() if task.source == "embedded" and task.supports(backbone.family))


def cells_of(spec: TransferSpec) -> Iterator[Todo]:
    """Every cell a piece of the map consists of, the targets' own prompts and reference rows included."""
    own = {(tune.task, tune.seed): (tune.id, tune) for tune in spec.prompts()}  # an id is a digest: once a prompt, not a cell
    for target in spec.targets:
        for source in dict.fromkeys((*spec.sources, target)):
            for seed in spec.seeds:
                id, tune = own[source, seed]
                yield Todo(id, source, target, seed, tune)
        for kind in spec.references:
            for seed in (0,) if kind == "hand_written" else spec.seeds:
                yield Todo(reference_id(spec, kind, target, seed), kind, target, seed)
    for tune, source in warm_starts(spec):
        yield Todo(tune.id, source, tune.task, tune.seed, tune)


def warm_starts(spec: TransferSpec) -> Iterator[tuple[TuneSpec, str]]:
    """Prompts of every target that start from another task's prompt, with that task."""
    for target in spec.targets if spec.warm_start else ():
        for source in spec.sources:
            for seed in spec.seeds:
                if source != target:
                    start = TuneSpec(spec.backbone, source, seed, spec.settings, spec.data)
                    yield TuneSpec(spec.backbone, target, seed, spec.settings, spec.data).started_from(start.id), source


def stacks_of(every: Sequence[TuneSpec], missing: Sequence[TuneSpec]) -> tuple[Stack, ...]:
    """The stacks that hold a missing prompt, of a fixed partition of all prompts of a run.

    A prompt's last bits depend on its company. So its company is the same whatever was there before: what a kill between two
    saves left over is tuned (mostly: read from the checkpoint) together with what was saved.
    """
    wanted = set(missing)
    stacks = (tuple(every[start : start + STACK]) for start in range(0, len(every), STACK))
    return tuple(stack for stack in stacks if wanted.intersection(stack))


def plan_of(spec: TransferSpec, catalogue: Catalogue) -> Plan:
    """Subtract what the demo or the store already holds, undamaged."""
    known = {row.id for row in catalogue.prompt_rows(spec.backbone)}
    measured = catalogue.measured(spec.backbone, spec.limit) | _narrow(spec, catalogue)
    own, warm = spec.prompts(), tuple(dict.fromkeys(tune for tune, _ in warm_starts(spec)))
    lacking, lacking_warm = (tuple(tune for tune in every if tune.id not in known) for every in (own, warm))
    cells = tuple(cell for cell in cells_of(spec) if (cell.prompt_id, cell.target) not in measured)
    return Plan(lacking, lacking_warm, cells, (*stacks_of(own, lacking), *stacks_of(warm, lacking_warm)))


def parts_of(plan: Plan, limit: int | None = None, looks: bool = False) -> tuple[Part[Plan], ...]:
    """What is missing, cut by stack and target: a stack is one piece, for its prompts' bits depend on each other.

    looks: a cell may end as a first look.
    """
    return (*_stack_parts(plan), *_cell_parts(plan, (limit, look_of(limit)) if looks else (limit,)))


def _stack_parts(plan: Plan) -> Iterator[Part[Plan]]:
    for number, stack in enumerate(plan.stacks, 1):
        own, warm = (tuple(tune for tune in lacking if tune in stack) for lacking in (plan.prompts, plan.warm))
        tasks = ", ".join(dict.fromkeys(tune.task for tune in stack))
        yield Part(
            name=f"stack {number} of {len(plan.stacks)}: {tasks}",
            todo=Plan(own, warm, stacks=(stack,)),
            makes=frozenset(tune.id for tune in (*own, *warm)),
            reads=tuple(dict.fromkeys(tune.settings.start.value for tune in stack if tune.settings.start.is_warm)),
            phase=TUNING,
            size=stack[0].settings.steps,
        )


def _cell_parts(plan: Plan, limits: Sequence[int | None]) -> Iterator[Part[Plan]]:
    stack_of = {tune.id: number for number, stack in enumerate(plan.stacks) for tune in stack}
    by_target: dict[str, list[Todo]] = {}
    for cell in plan.cells:
        by_target.setdefault(cell.target, []).append(cell)
    for target, cells in by_target.items():
        groups = _groups(sorted(cells, key=lambda cell: stack_of.get(cell.prompt_id, -1)), stack_of)
        for number, group in enumerate(groups, 1):
            yield Part(
                name=target + (f", {number} of {len(groups)}" if len(groups) > 1 else ""),
                todo=Plan(cells=group),
                makes=frozenset(cell_name(cell.prompt_id, target, limit) for cell in group for limit in limits),
                reads=tuple(cell.prompt_id for cell in group if not cell.is_reference),
                phase=EVALUATING,
                size=len(group),
            )


def _groups(cells: Sequence[Todo], stack_of: Mapping[str, int]) -> list[tuple[Todo, ...]]:
    """Cells that can be measured when the same stacks are tuned.

    At least `STACK` of them, if there are so many: a few passes alone would be shared out among a processor's threads in
    another way, which shows in the last bits.
    """
    groups: list[list[Todo]] = [[]]
    for cell, before in zip(cells, (None, *cells), strict=False):
        new = before is not None and stack_of.get(cell.prompt_id) != stack_of.get(before.prompt_id)
        if new and len(groups[-1]) >= STACK:
            groups.append([])
        groups[-1].append(cell)
    if len(groups) > 1 and len(groups[-1]) < STACK:
        groups[-2:] = [groups[-2] + groups[-1]]
    return [tuple(group) for group in groups]


def _narrow(spec: TransferSpec, catalogue: Catalogue) -> set[tuple[str, str]]:
    """(prompt id, target) of first looks that a run stops at."""
    if spec.within is None:
        return set()
    entries = catalogue.entries(spec.backbone, limit=spec.limit, warm=True, looks=True)
    looks = [entry for entry in entries if entry.limited == look_of(spec.limit)]
    ends = {(look.prompt_id, look.target): (look.score, *stats.look_bounds(look.score, look.n)) for look in looks}
    return {key for key, (score, low, high) in ends.items() if 100 * max(score - low, high - score) <= spec.within}
