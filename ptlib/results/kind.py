"""A kind of run as one object: all that the queue, the estimate, the worker, the command line and the pages ask of it.

A package that brings a kind defines a spec, a `Kind` for it and the function that carries it out; `ptlib.runs.kinds`
lists the kinds. Light: nothing here loads torch.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Protocol, TypeVar, cast

from ptlib.base.errors import BadInput
from ptlib.base.identity import path_of
from ptlib.base.progress import WORKING, Progress
from ptlib.models.registry import get_backbone
from ptlib.models.spec import BackboneSpec
from ptlib.prompts.spec import TuneSettings, TuneSpec, changed_settings, default_settings, settings_from
from ptlib.prompts.start import PROMPT
from ptlib.results.catalogue import Catalogue
from ptlib.results.speeds import SpeedOf
from ptlib.results.store import Store
from ptlib.tasks.task import Example, Task

if TYPE_CHECKING:
    from ptlib.models.load import FrozenModel
    from ptlib.prompts.evaluation import Answer, Predictions
    from ptlib.prompts.soft import SoftPrompt
    from ptlib.prompts.tuning import TuneResult


class Spec(Protocol):
    """Everything that changes a number of a run and nothing else: a frozen dataclass of JSON values and tuples."""

    @property
    def id(self) -> str:
        """Run id: a letter and the digest of kind, version and fields."""

    @property
    def backbone(self) -> str:
        """The frozen model that the run is about."""


@dataclass(frozen=True, slots=True)
class Needs:
    """What must be on disk before a run begins."""

    backbones: tuple[BackboneSpec, ...] = ()
    training: tuple[Task, ...] = ()
    """Tasks whose registered training split is read."""
    evaluation: tuple[Task, ...] = ()


@dataclass(frozen=True, slots=True)
class Estimate:
    """Cost of a run before it is launched."""

    seconds: float
    prompts_to_tune: int
    cells_to_evaluate: int
    basis: str
    """What the estimate rests on, in words."""
    notes: tuple[str, ...] = ()
    """What should be known before the launch: texts that will be cut, answers that will be lost."""


@dataclass(frozen=True, slots=True)
class Piece:
    """The piece of the transfer map that a run fills."""

    sources: tuple[str, ...]
    targets: tuple[str, ...]
    seeds: tuple[int, ...]
    recipe: str
    limit: int | None = None
    """Examples a target; None = all."""

    @property
    def cell(self) -> tuple[str, str]:
        """Source and target of the cell to look at first."""
        return self.sources[0], self.targets[-1]


class Work(Protocol):
    """What a run is given to work with; tests hand in a stand-in without torch."""

    progress: Progress
    device: str
    """Resolved: cpu, cuda, cuda:1, mps."""
    store: Store
    catalogue: Catalogue

    def model(self, backbone: str, dtype: str = "fp32") -> "FrozenModel":
        """The frozen model: loaded, or the one that is held already."""

    def prompt(self, name: str) -> "SoftPrompt":
        """A prompt by id or folder; `FIT:ID`: one of another model, carried over by a stored projector."""

    def reference(self, model: "FrozenModel", row: str, task: Task, settings: TuneSettings, seed: int) -> "SoftPrompt":
        """The prompt of a reference row for a task."""

    def tune(
        self, model: "FrozenModel", specs: Sequence[TuneSpec], checkpoint: Path, progress: Progress
    ) -> "Sequence[TuneResult]":
        """Tune a stack of prompts; goes on from `checkpoint` when there is one."""

    def evaluate(
        self,
        model: "FrozenModel",
        prompts: "Sequence[SoftPrompt]",
        task: Task,
        examples: Sequence[Example],
        progress: Progress,
        *,
        first: bool = False,
        known: "Sequence[Mapping[int, Answer]]" = (),
    ) -> "Sequence[Predictions]":
        """What every prompt predicts on the examples; `first` and `known` as in `ptlib.prompts.evaluation.evaluate`."""


S = TypeVar("S", bound=Spec)
T = TypeVar("T")
"""What a run still has to do: any value that is false when nothing is left."""


def spec_from(kind: type[S], values: Mapping[str, Any]) -> S:
    """Rebuild a spec from the JSON of `asdict`. Raises BadInput for what another version wrote."""
    plain: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}
    if "settings" in plain:
        plain["settings"] = settings_from(plain["settings"])
    try:
        return kind(**plain)
    except TypeError as error:
        raise BadInput(f"This run does not fit this version of the tool: {error}. Start a new run.") from None


@dataclass(frozen=True, slots=True, kw_only=True)
class Part(Generic[T]):
    """A piece of a run that one device does without a break; done anywhere, it gives the bits that one worker gives.

    Results have names: a prompt its id, a cell `cell_name`, anything else its kind and id (`neurons p0123456789`).
    """

    name: str
    """In words, beside the run's title: which stack, which target."""
    todo: T
    """What `Kind.execute` is given."""
    makes: frozenset[str]
    """Names of results that are there when it is done."""
    reads: tuple[str, ...] = ()
    """Names of results that it is given; it waits for other parts that make them. Names of others mean nothing."""
    whole: tuple[str, ...] = ()
    """Backbones of which it is given all results."""
    phase: str = WORKING
    size: int = 1
    """Its share of the run's progress: steps, cells."""


def cell_name(prompt_id: str, target: str, limit: int | None = None) -> str:
    """The name of a cell."""
    return f"{prompt_id} on {target}" + (f", first {limit}" if limit else "")


def texts_of(spec: Spec) -> tuple[str, ...]:
    """All texts in a spec, those that name prompts among them."""

    def texts(value: Any) -> Iterator[str]:
        if isinstance(value, str):
            yield value.removeprefix(f"{PROMPT}:")
        elif isinstance(value, Mapping | tuple | list):
            for one in value.values() if isinstance(value, Mapping) else value:
                yield from texts(one)

    return tuple(dict.fromkeys(texts(asdict(cast(Any, spec)))))


class Kind(ABC, Generic[S, T]):
    """One kind of run. `name` is stored and part of every id: it never changes."""

    name: ClassVar[str]
    spec: type[S]
    result: ClassVar[str] = "Its result is stored."
    """What to say of a finished run that is no piece of the map."""

    @abstractmethod
    def check(self, spec: S, catalogue: Catalogue) -> None:
        """Refuse what cannot run, before anything is loaded. Raises BadInput."""

    @abstractmethod
    def missing(self, spec: S, catalogue: Catalogue) -> T:
        """What neither the demo nor the store holds, undamaged."""

    @abstractmethod
    def cost(self, spec: S, todo: T, speed: SpeedOf) -> Estimate:
        """Seconds and work for what is left; it is not empty."""

    @abstractmethod
    def title(self, spec: S) -> str:
        """A short title of a run."""

    @abstractmethod
    def execute(self, spec: S, todo: T, work: Work) -> None:
        """Do what is left and store it.

        Raises:
            BadInput, RunFailed, Damaged: with a message for the user; what was finished before is saved.
            Cancelled: somebody asked to stop.
        """

    def needs(self, spec: S, todo: T) -> Needs:
        """What is fetched before `execute`, and refused at once while the offline switch is on."""
        return Needs((get_backbone(spec.backbone),))

    def parts(self, spec: S, todo: T, catalogue: Catalogue) -> tuple[Part[T], ...]:
        """What is left, cut for several devices; default: in one piece, with the prompts and projectors that the spec names."""
        made = frozenset({f"{self.name} {spec.id}"})
        return (Part(name="all of it", todo=todo, makes=made, reads=texts_of(spec)),)

    def read(self, values: Mapping[str, Any]) -> S:
        """A spec from its JSON, see `spec_from`."""
        return spec_from(self.spec, values)

    def command(self, spec: S) -> tuple[str, ...]:
        """Words of the command, after the program's name, that does the same; none when there is no such command."""
        return ()

    def piece(self, spec: S) -> Piece | None:
        """The piece of the map that a run fills; None when it is none."""
        return None

    def prompts(self, spec: S) -> tuple[TuneSpec, ...]:
        """The prompts that a run tunes: the series of its live curves."""
        return ()

    def series(self, spec: S) -> Mapping[str, str]:
        """Live curves that are no prompts': the names of their points, with what to call them."""
        return {}


def setting_words(backbone: str, settings: TuneSettings, data: str | None) -> list[str]:
    """How a command says settings and data: options for what differs from the backbone's defaults."""
    try:
        defaults = default_settings(get_backbone(backbone))
    except BadInput:  # its folder is gone
        defaults = TuneSettings()
    changed = changed_settings(settings, defaults)
    words = [word for name, value in changed for word in (f"--{name.replace('_', '-')}", str(value))]
    return words if data is None else [*words, "--data", path_of(data)]
