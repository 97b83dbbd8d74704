"""Frozen specs of the analyses: activated neurons, masking, clusters. Same rules as `ptlib.prompts.spec`.

A prompt is named by its id, or by `/folder#digest` (see `ptlib.analysis.stored.reference`), so that a folder whose content
changes makes another spec.
"""

from dataclasses import asdict, dataclass
from typing import ClassVar

from ptlib.base.bounds import check_number
from ptlib.base.errors import BadInput
from ptlib.base.identity import VERSION, digest

METHODS = ("pca", "tsne", "umap")
REPRESENTATIONS = ("mean", "flat", "neurons")
METRICS = ("cosine", "euclidean")
RATIOS = (0.1, 0.25, 0.5, 1.0)
DRAWS = 20
ENOUGH_DRAWS = 200
"""Random sets that a p-value must rest on before it is called clear: with 20, .048 is the least there is."""
MOST_PROMPTS = 2000


def _check_prompts(prompts: tuple[str, ...], least: int, what: str) -> None:
    if len(prompts) < least:
        raise BadInput(f"{what} needs at least {least} prompt{'s' if least > 1 else ''}, got {len(prompts)}. Name another one.")
    if len(prompts) > MOST_PROMPTS:
        raise BadInput(f"{what} takes at most {MOST_PROMPTS} prompts, got {len(prompts)}. Name fewer.")
    twice = next((name for place, name in enumerate(prompts) if name in prompts[:place]), None)
    if twice is not None:
        raise BadInput(f"The prompt '{twice}' is named twice. Give every prompt once.")


def _check_choice(what: str, value: object, known: tuple[object, ...]) -> None:
    if value not in known:
        raise BadInput(f"Unknown {what} '{value}'. Use one of: {', '.join(map(str, known))}.")


@dataclass(frozen=True, slots=True)
class NeuronSpec:
    """Which feed-forward units these prompts activate; one pass a prompt, no text."""

    kind: ClassVar[str] = "neurons"
    backbone: str
    prompts: tuple[str, ...]
    dtype: str = "fp32"

    def __post_init__(self) -> None:
        _check_prompts(self.prompts, 1, "Reading neurons")
        _check_choice("number format", self.dtype, ("fp32", "bf16"))

    @property
    def id(self) -> str:
        """Run id."""
        return "n" + digest({"kind": self.kind, "v": VERSION, **asdict(self)})


@dataclass(frozen=True, slots=True)
class MaskSpec:
    """Dose-response of masking: zero neurons at every position, score `prompt` on `task` again."""

    kind: ClassVar[str] = "mask"
    backbone: str
    prompt: str
    task: str
    others: tuple[str, ...] = ()
    """Prompts to compare with: shared and other-only neurons are measured for each."""
    ratios: tuple[float, ...] = RATIOS
    """Shares of a set that are zeroed, the most active first; each in (0, 1]."""
    draws: int = DRAWS
    """Random sets of the same size per layer, for every set that is not random."""
    seed: int = 0
    """Of the random draws."""
    limit: int | None = None
    """Score on at most so many evaluation examples; None = all."""
    data: str | None = None
    dtype: str = "fp32"

    def __post_init__(self) -> None:
        _check_prompts((self.prompt, *self.others), 1, "Masking")
        _check_choice("number format", self.dtype, ("fp32", "bf16"))
        wrong = [ratio for ratio in self.ratios if not 0 < ratio <= 1]
        if wrong or not self.ratios or len(set(self.ratios)) != len(self.ratios):
            shown = ", ".join(map(str, self.ratios)) or "none"
            raise BadInput(f"The ratios to mask are {shown}, but each must be above 0, at most 1, and given once.")
        check_number("draws", self.draws, above=True)  # masking is only judged beside random sets
        check_number("seed", self.seed)
        if self.limit is not None:
            check_number("limit", self.limit, above=True)

    @property
    def id(self) -> str:
        """Run id, and id of the stored result."""
        return "m" + digest({"kind": self.kind, "v": VERSION, **asdict(self)})

    @property
    def doses(self) -> int:
        """How many times the task is evaluated with neurons zeroed."""
        return (1 + 2 * len(self.others)) * len(self.ratios) * (1 + self.draws)


@dataclass(frozen=True, slots=True)
class ClusterSpec:
    """A picture of the space of prompts, with its statistics."""

    kind: ClassVar[str] = "cluster"
    backbone: str
    prompts: tuple[str, ...]
    method: str = "pca"
    """pca, tsne or umap."""
    dimensions: int = 2
    on: str = "mean"
    """mean = mean soft token [D]; flat = all tokens [P * D]; neurons = the activated set [L * F]."""
    metric: str = "cosine"
    """cosine = prompts are scaled to length 1 first, so that norms do not matter; euclidean = as they are."""
    seed: int = 0
    neighbours: int = 15
    """UMAP's n_neighbors; t-SNE uses twice as much as perplexity; both are cut to what the number of prompts allows."""
    trails: bool = False
    """Also place where each tuned prompt was on its way, from step 0 on; statistics leave these points out."""
    dtype: str = "fp32"

    def __post_init__(self) -> None:
        _check_prompts(self.prompts, 2, "A picture of prompts")
        _check_choice("method", self.method, METHODS)
        _check_choice("representation", self.on, REPRESENTATIONS)
        _check_choice("metric", self.metric, METRICS)
        _check_choice("number of dimensions", self.dimensions, (2, 3))
        _check_choice("number format", self.dtype, ("fp32", "bf16"))
        check_number("seed", self.seed)
        check_number("neighbours", self.neighbours, 2)

    @property
    def id(self) -> str:
        """Run id, and id of the stored result."""
        return "c" + digest({"kind": self.kind, "v": VERSION, **asdict(self)})


AnalysisSpec = NeuronSpec | MaskSpec | ClusterSpec
