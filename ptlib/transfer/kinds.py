"""Two kinds of runs: tuning one prompt, and a piece of the transfer map."""

from collections.abc import Iterable
from math import ceil
from typing import TypeVar

from ptlib.models.registry import get_backbone
from ptlib.models.words import cut_note
from ptlib.prompts.spec import TuneSpec, recipe_of
from ptlib.results.catalogue import Catalogue
from ptlib.results.kind import Estimate, Kind, Needs, Part, Piece, Work, setting_words
from ptlib.results.speeds import LOAD_S, USUAL_EVALUATION, SpeedOf
from ptlib.tasks.names import REFERENCE_ROWS
from ptlib.tasks.registry import resolve_task
from ptlib.transfer import run
from ptlib.transfer.plan import Plan, parts_of, plan_of
from ptlib.transfer.spec import TransferSpec

S = TypeVar("S", bound=TuneSpec | TransferSpec)


class _OnMap(Kind[S, Plan]):
    """What both kinds have in common."""

    def needs(self, spec: S, todo: Plan) -> Needs:
        """The model, and the registered data that is read; none with local data."""
        backbones = (get_backbone(spec.backbone),)
        if spec.data is not None:
            return Needs(backbones)
        tuned = dict.fromkeys(tune.task for tune in (*todo.prompts, *todo.warm))
        measured = dict.fromkeys(cell.target for cell in todo.cells)
        return Needs(backbones, tuple(map(resolve_task, tuned)), tuple(map(resolve_task, measured)))

    def parts(self, spec: S, todo: Plan, catalogue: Catalogue) -> tuple[Part[Plan], ...]:
        """By stack and by target."""
        return parts_of(todo, getattr(spec, "limit", None), getattr(spec, "within", None) is not None)

    def cost(self, spec: S, todo: Plan, speed: SpeedOf) -> Estimate:
        """Seconds of tuning and evaluating; what will be cut of the tasks' texts."""
        missing = (*todo.prompts, *todo.warm)
        tune, evaluate = speed(spec.backbone, "tune"), speed(spec.backbone, "evaluate")
        stacked = tuple(prompt for stack in todo.stacks for prompt in stack)  # what is there of a stack is tuned with it again
        examples = sum(prompt.settings.steps * prompt.settings.batch_size for prompt in stacked or missing)
        predictions = len(todo.cells) * (getattr(spec, "limit", None) or USUAL_EVALUATION)
        seconds = LOAD_S + examples / tune.rate + predictions / evaluate.rate
        tasks = dict.fromkeys((*(prompt.task for prompt in missing), *(cell.target for cell in todo.cells)))
        backbone, length, tokens = get_backbone(spec.backbone), spec.settings.prompt_length, spec.settings.max_tokens
        notes = tuple(filter(None, (cut_note(backbone, task, spec.data, length, tokens) for task in tasks)))
        return Estimate(float(ceil(seconds)), len(missing), len(todo.cells), (tune if missing else evaluate).basis, notes)


class Tune(_OnMap[TuneSpec]):
    """Tune one prompt."""

    name = "tune"
    spec = TuneSpec

    def check(self, spec: TuneSpec, catalogue: Catalogue) -> None:
        """Refuse unknown names, a task out of the model's reach, or a prompt that leaves no room for text."""
        check(spec, (spec.task,))

    def missing(self, spec: TuneSpec, catalogue: Catalogue) -> Plan:
        """The prompt, unless it is there."""
        known = {row.id for row in catalogue.prompt_rows(spec.backbone)}
        return Plan() if spec.id in known else Plan((spec,), stacks=((spec,),))

    def title(self, spec: TuneSpec) -> str:
        """Task, model, seed."""
        return f"Tune {spec.task} on {spec.backbone}, seed {spec.seed}"

    def execute(self, spec: TuneSpec, todo: Plan, work: Work) -> None:
        """Tune it."""
        run.tune(spec, todo, work)

    def command(self, spec: TuneSpec) -> tuple[str, ...]:
        """`tune` with its options."""
        return (
            "tune",
            spec.backbone,
            spec.task,
            "--seed",
            str(spec.seed),
            *setting_words(spec.backbone, spec.settings, spec.data),
        )

    def piece(self, spec: TuneSpec) -> Piece:
        """The prompt on its own task."""
        return Piece((spec.task,), (spec.task,), (spec.seed,), recipe_of(spec.settings, spec.data))

    def prompts(self, spec: TuneSpec) -> tuple[TuneSpec, ...]:
        """The one prompt."""
        return (spec,)


class Transfer(_OnMap[TransferSpec]):
    """Tune what is missing, and evaluate every source on every target."""

    name = "transfer"
    spec = TransferSpec

    def check(self, spec: TransferSpec, catalogue: Catalogue) -> None:
        """Refuse unknown names, a task out of the model's reach, or a prompt that leaves no room for text."""
        check(spec, (*spec.sources, *spec.targets))

    def missing(self, spec: TransferSpec, catalogue: Catalogue) -> Plan:
        """Prompts to tune and cells to evaluate."""
        return plan_of(spec, catalogue)

    def title(self, spec: TransferSpec) -> str:
        """From where to where, model, seeds."""
        source, target = (side[0] if len(side) == 1 else f"{len(side)} tasks" for side in (spec.sources, spec.targets))
        seeds = f"seed {spec.seeds[0]}" if len(spec.seeds) == 1 else f"{len(spec.seeds)} seeds"
        return f"{source} → {target} on {spec.backbone}, {seeds}"

    def execute(self, spec: TransferSpec, todo: Plan, work: Work) -> None:
        """Tune, then evaluate."""
        run.transfer(spec, todo, work)

    def command(self, spec: TransferSpec) -> tuple[str, ...]:
        """`transfer` with its options."""
        words = ["transfer", spec.backbone, *spec.sources]
        if spec.targets != spec.sources:
            words += ["--targets", ",".join(spec.targets)]
        words += ["--seeds", ",".join(map(str, spec.seeds))]
        if spec.references != REFERENCE_ROWS:
            words += ["--references", ",".join(spec.references)]
        if spec.warm_start:
            words.append("--warm-start")
        if spec.limit is not None:
            words += ["--limit", str(spec.limit)]
        if spec.within is not None:
            words += ["--within", f"{spec.within:g}"]
        return (*words, *setting_words(spec.backbone, spec.settings, spec.data))

    def piece(self, spec: TransferSpec) -> Piece:
        """Itself."""
        return Piece(spec.sources, spec.targets, spec.seeds, recipe_of(spec.settings, spec.data), spec.limit)

    def prompts(self, spec: TransferSpec) -> tuple[TuneSpec, ...]:
        """The sources' prompts and the targets' own."""
        return spec.prompts()


TUNE, TRANSFER = Tune(), Transfer()


def check(spec: TuneSpec | TransferSpec, tasks: Iterable[str]) -> None:
    """Refuse what cannot run, before anything is loaded.

    Raises:
        BadInput: unknown names, a task the model family cannot run, or a prompt that leaves no room for the text.
    """
    backbone = get_backbone(spec.backbone)
    for name in dict.fromkeys(tasks):
        backbone.check_runs(resolve_task(name))
    backbone.check_room(spec.settings.prompt_length)
