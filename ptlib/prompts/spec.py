"""Frozen run specs: everything that changes a number and nothing else.

spec -> canonical JSON -> id. The same spec has the same id on every machine, so a finished result is found
again instead of being computed twice. `recipe` is the part that two cells of one map must share.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from ptlib.base.errors import BadInput

if TYPE_CHECKING:
    from ptlib.analysis.specs import AnalysisSpec

INITS = ("random", "vocab", "labels", "text:...", "prompt:...")
REFERENCE_ROWS = ("untrained", "untrained_uniform", "hand_written")
VERSION = 1
"""Raised when the meaning of a setting changes, so that old results are not mistaken for new ones."""


def canonical(value: Mapping[str, Any]) -> str:
    """Canonical JSON: sorted keys, no spaces, no NaN."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False, ensure_ascii=True)


def digest(value: Mapping[str, Any], length: int = 10) -> str:
    """First hex digits of the SHA-256 of the canonical JSON."""
    return hashlib.sha256(canonical(value).encode()).hexdigest()[:length]


def _positive(**values: float) -> None:
    for name, value in values.items():
        if not value > 0:
            raise BadInput(f"{name.replace('_', ' ')} is {value}, but it must be above zero. Give a positive value.")


@dataclass(frozen=True, slots=True)
class TuneSettings:
    """How a prompt is tuned; two prompts with equal settings belong in one map."""

    prompt_length: int = 20
    """P, soft tokens."""
    steps: int = 200
    batch_size: int = 16
    lr: float = 0.05
    """Peak learning rate of AdamW; linear warm-up over `warmup` of the steps, then linear decay to 0."""
    warmup: float = 0.06
    weight_decay: float = 0.0
    init: str = "vocab"
    """random = N(0, 0.02); vocab = sampled vocabulary rows; labels; text:WORDS; prompt:ID."""
    train_size: int | None = None
    """At most so many training examples (after the validation slice was cut off); None = all."""
    validation_size: int = 100
    """Examples cut from `train` for early stopping and the validation curve."""
    eval_every: int = 20
    patience: int = 0
    """Stop after so many evaluations without a better validation score; 0 = never."""
    max_tokens: int = 128
    """Longest text in tokens, prompt and special tokens not counted."""
    dtype: str = "fp32"
    """fp32 or bf16 for the frozen model; the prompt itself is always fp32."""

    def __post_init__(self) -> None:
        _positive(
            prompt_length=self.prompt_length,
            steps=self.steps,
            batch_size=self.batch_size,
            lr=self.lr,
            eval_every=self.eval_every,
            validation_size=self.validation_size,
            max_tokens=self.max_tokens,
        )
        if self.train_size is not None:
            _positive(train_size=self.train_size)
        if self.init not in ("random", "vocab", "labels") and not self.init.startswith(("text:", "prompt:")):
            raise BadInput(f"Unknown initialisation '{self.init}'. Use one of: {', '.join(INITS)}.")
        if self.dtype not in ("fp32", "bf16"):
            raise BadInput(f"Unknown number format '{self.dtype}'. Use fp32 or bf16.")
        if not 0 <= self.warmup < 1 or self.weight_decay < 0 or self.patience < 0:
            raise BadInput("warmup must be in [0, 1), weight decay and patience must not be negative.")

    @property
    def recipe(self) -> str:
        """Id of these settings, shared by all cells that may be compared."""
        return digest({"v": VERSION, **asdict(self)}, 8)


@dataclass(frozen=True, slots=True)
class TuneSpec:
    """One soft prompt: which model, which task, which seed, how."""

    backbone: str
    task: str
    seed: int
    settings: TuneSettings
    data: str | None = None
    """Fingerprint or folder of local data used instead of the registered source."""

    def __post_init__(self) -> None:
        if self.seed < 0:
            raise BadInput(f"seed is {self.seed}, but it must be zero or above. Give a non-negative seed.")

    @property
    def id(self) -> str:
        """Prompt id: also the run id that the command line and the pages show."""
        return "p" + digest({"kind": "tune", "v": VERSION, **asdict(self)})

    def started_from(self, prompt_id: str) -> "TuneSpec":
        """The same run, initialised from another prompt (transfer as initialisation)."""
        return replace(self, settings=replace(self.settings, init=f"prompt:{prompt_id}"))


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

    def __post_init__(self) -> None:
        if not self.sources or not self.targets or not self.seeds:
            raise BadInput("A transfer run needs at least one source, one target and one seed. Pick them and launch again.")
        if self.limit is not None:
            _positive(limit=self.limit)

    @property
    def id(self) -> str:
        """Run id of the whole piece."""
        return "t" + digest({"kind": "transfer", "v": VERSION, **asdict(self)})

    def prompts(self) -> tuple[TuneSpec, ...]:
        """Every prompt the piece needs: the sources' and, for the relative score, the targets' own."""
        tasks = dict.fromkeys((*self.sources, *self.targets))
        return tuple(TuneSpec(self.backbone, task, seed, self.settings, self.data) for task in tasks for seed in self.seeds)


def settings_from(values: Mapping[str, Any]) -> TuneSettings:
    """Rebuild settings from JSON. Raises BadInput for unknown names."""
    try:
        return TuneSettings(**values)
    except TypeError as error:
        raise BadInput(f"These settings do not fit this version of the tool: {error}. Start a new run.") from None


def spec_from(values: Mapping[str, Any]) -> "TuneSpec | TransferSpec | AnalysisSpec":
    """Rebuild a spec from the JSON of `asdict`."""
    if "settings" not in values:
        from ptlib.analysis.specs import analysis_from

        return analysis_from(values)
    values = dict(values)
    values["settings"] = settings_from(values["settings"])
    if "sources" in values:
        for name in ("sources", "targets", "seeds", "references"):
            values[name] = tuple(values[name])
        return TransferSpec(**values)
    return TuneSpec(**values)
