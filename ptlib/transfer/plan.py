"""What a piece of the map still has to do: prompts to tune, cells to evaluate. Torch-free."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass

from ptlib.base.errors import BadInput
from ptlib.base.identity import VERSION, digest
from ptlib.models.spec import BackboneSpec
from ptlib.prompts.spec import TuneSpec
from ptlib.results.catalogue import Catalogue
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
    measured = catalogue.measured(spec.backbone, spec.limit)
    own, warm = spec.prompts(), tuple(dict.fromkeys(tune for tune, _ in warm_starts(spec)))
    lacking, lacking_warm = (tuple(tune for tune in every if tune.id not in known) for every in (own, warm))
    cells = tuple(cell for cell in cells_of(spec) if (cell.prompt_id, cell.target) not in measured)
    return Plan(lacking, lacking_warm, cells, (*stacks_of(own, lacking), *stacks_of(warm, lacking_warm)))
