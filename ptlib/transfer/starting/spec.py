"""What a comparison of starts is: one task and seed of a model, tuned from an untrained prompt and from every named one."""

from dataclasses import asdict, dataclass

from ptlib.base.bounds import check_number
from ptlib.base.errors import BadInput
from ptlib.base.identity import VERSION, digest
from ptlib.prompts.spec import TuneSettings, TuneSpec

OWN = ""
"""The untrained start, which the others are compared with."""


@dataclass(frozen=True, slots=True)
class StartSpec:
    """Everything that changes a number of the comparison."""

    backbone: str
    task: str
    seed: int
    settings: TuneSettings
    """Of all runs; its start is the untrained one."""
    starts: tuple[str, ...]
    """Prompts of this model by id; prompts of another one as `FIT:ID`, carried over by a stored projector."""

    def __post_init__(self) -> None:
        if not self.starts or len(set(self.starts)) != len(self.starts) or OWN in self.starts:
            raise BadInput(f"The starts are {list(self.starts)}, but each must name a prompt, once. See `python -m ptlib runs`.")
        check_number("seed", self.seed)
        if self.settings.start.is_warm:
            raise BadInput("The start to compare with is an untrained prompt. Name other prompts with --start, not --init.")

    @property
    def id(self) -> str:
        """Run id, and the id of its result."""
        return "s" + digest({"kind": "start", "v": VERSION, **asdict(self)})

    def tunes(self) -> dict[str, TuneSpec]:
        """What is tuned, by start; the untrained one first."""
        own = TuneSpec(self.backbone, self.task, self.seed, self.settings)
        return {OWN: own} | {name: own.started_from(name) for name in self.starts}


def title(spec: StartSpec) -> str:
    """The run in words, for lists of runs."""
    count = len(spec.starts)
    return f"{spec.task} on {spec.backbone} from {count} other prompt{'s' * (count > 1)} and untrained, seed {spec.seed}"
