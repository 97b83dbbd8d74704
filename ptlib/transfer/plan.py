"""What a run still has to do: prompts to tune, cells to evaluate. Torch-free; used by the estimate and by the run itself."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass

from ptlib.analysis import references as analysis_plan
from ptlib.analysis.specs import ANALYSES, AnalysisSpec
from ptlib.base.errors import BadInput
from ptlib.base.identity import VERSION, digest
from ptlib.models.registry import get_backbone
from ptlib.models.spec import BackboneSpec
from ptlib.prompts.spec import TuneSpec
from ptlib.results.catalogue import Catalogue
from ptlib.tasks.registry import all_tasks, resolve_task
from ptlib.tasks.task import Task
from ptlib.transfer.spec import TransferSpec


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
    """The missing part of a run."""

    prompts: tuple[TuneSpec, ...]
    warm: tuple[TuneSpec, ...]
    """Prompts that start from one of `prompts`; tuned after them."""
    cells: tuple[Todo, ...]
    analyses: tuple[str, ...] = ()
    """Of an analysis: what is not stored yet (see `analysis_plan.missing`)."""

    @property
    def is_empty(self) -> bool:
        return not (self.prompts or self.warm or self.cells or self.analyses)


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


def check(spec: TuneSpec | TransferSpec) -> BackboneSpec:
    """Refuse what cannot run, before anything is loaded. Returns the backbone.

    Raises:
        BadInput: unknown names, a task the model family cannot run, or a prompt that leaves no room for the text.
    """
    backbone = get_backbone(spec.backbone)
    names = (spec.task,) if isinstance(spec, TuneSpec) else (*spec.sources, *spec.targets)
    for name in dict.fromkeys(names):
        if not resolve_task(name).supports(backbone.family):
            raise BadInput(f"{backbone.name} ({backbone.family}) cannot run '{name}'. Choose a T5 model or another task.")
    length, room = spec.settings.prompt_length, backbone.max_positions
    if room and length + 8 > room:
        raise BadInput(
            f"A prompt of {length} soft tokens does not fit {backbone.name}, which has {room} positions for "
            f"prompt and text. Use at most {room - 8}."
        )
    return backbone


def check_any(spec: TuneSpec | TransferSpec | AnalysisSpec) -> None:
    """The same for every kind of run."""
    if isinstance(spec, ANALYSES):
        analysis_plan.check(spec)
    else:
        check(spec)


def cells_of(spec: TransferSpec) -> Iterator[Todo]:
    """Every cell a piece of the map consists of, the targets' own prompts and reference rows included."""
    for target in spec.targets:
        for source in dict.fromkeys((*spec.sources, target)):
            for seed in spec.seeds:
                tune = TuneSpec(spec.backbone, source, seed, spec.settings, spec.data)
                yield Todo(tune.id, source, target, seed, tune)
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


def needs(spec: TuneSpec | TransferSpec, plan: Plan) -> tuple[list[Task], list[Task]]:
    """Tasks whose registered training and evaluation data a run reads; none with local data."""
    if spec.data is not None:
        return [], []
    tuned = dict.fromkeys(tune.task for tune in (*plan.prompts, *plan.warm))
    measured = dict.fromkeys(cell.target for cell in plan.cells)
    return [resolve_task(name) for name in tuned], [resolve_task(name) for name in measured]


def check_offline(spec: TuneSpec | TransferSpec | AnalysisSpec, plan: Plan) -> None:
    """With the offline switch on, refuse at once what would have to be fetched. Raises NotAvailable."""
    from ptlib.models.fetch import refuse_offline

    if isinstance(spec, (TuneSpec, TransferSpec)) and not plan.is_empty:
        refuse_offline(get_backbone(spec.backbone), *needs(spec, plan))


def missing(spec: TuneSpec | TransferSpec | AnalysisSpec, catalogue: Catalogue) -> Plan:
    """Subtract what the demo or the store already holds, undamaged."""
    if isinstance(spec, ANALYSES):
        return Plan((), (), (), analysis_plan.missing(spec, catalogue))
    known = {row.prompt_id for row in catalogue.prompt_rows(spec.backbone)}
    if isinstance(spec, TuneSpec):
        return Plan((spec,) if spec.id not in known else (), (), ())
    measured = catalogue.measured(spec.backbone, spec.limit)
    warm = tuple(dict.fromkeys(tune for tune, _ in warm_starts(spec) if tune.id not in known))
    cells = tuple(cell for cell in cells_of(spec) if (cell.prompt_id, cell.target) not in measured)
    return Plan(tuple(tune for tune in spec.prompts() if tune.id not in known), warm, cells)
