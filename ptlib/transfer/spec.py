"""What a transfer run is: sources x targets x seeds of one backbone and one recipe, with reference rows."""

from dataclasses import asdict, dataclass

from ptlib.base.bounds import check_number, check_seeds
from ptlib.base.errors import BadInput
from ptlib.base.identity import VERSION, digest
from ptlib.prompts.spec import TuneSettings, TuneSpec
from ptlib.tasks.names import REFERENCE_ROWS


@dataclass(frozen=True, slots=True)
class TransferSpec:
    """A piece of the transfer map: tune what is missing, evaluate every source on every target."""

    backbone: str
    sources: tuple[str, ...]
    targets: tuple[str, ...]
    seeds: tuple[int, ...]
    settings: TuneSettings
    references: tuple[str, ...] = REFERENCE_ROWS
    warm_start: bool = False
    """Also tune each target starting from each source's prompt (transfer as initialisation)."""
    limit: int | None = None
    """Evaluate at most so many examples of the evaluation split; None = all."""
    data: str | None = None
    within: float | None = None
    """Stop at the first look where its interval ends within so many points of the score; None = measure all cells whole."""

    def __post_init__(self) -> None:
        if not self.sources or not self.targets or not self.seeds:
            raise BadInput("A transfer run needs at least one source, one target and one seed. Pick them and launch again.")
        check_seeds(self.seeds)
        if self.limit is not None:
            check_number("limit", self.limit, above=True)
        if self.within is not None:
            check_number("within", self.within, above=True, whole=False)

    @property
    def id(self) -> str:
        """Run id of the whole piece."""
        return "t" + digest({"kind": "transfer", "v": VERSION, **asdict(self)})

    def prompts(self) -> tuple[TuneSpec, ...]:
        """Every prompt the piece needs: the sources' and, for the relative score, the targets' own."""
        tasks = dict.fromkeys((*self.sources, *self.targets))
        return tuple(TuneSpec(self.backbone, task, seed, self.settings, self.data) for task in tasks for seed in self.seeds)
