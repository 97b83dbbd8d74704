"""Frozen run specs: everything that changes a number and nothing else.

spec -> canonical JSON -> id. The same spec has the same id on every machine, so a finished result is found
again instead of being computed twice. `recipe` is the part that two cells of one map must share.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from ptlib.base.bounds import check_number
from ptlib.base.errors import BadInput
from ptlib.base.identity import VERSION, digest
from ptlib.models.spec import BackboneSpec
from ptlib.prompts.start import PROMPT, Start
from ptlib.tasks.task import MASKED_LM, Task

LEARNED = 0.1
"""Validation score above the untrained one from which a prompt counts as having learned something."""


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
    """random, vocab, labels, text:WORDS or prompt:ID, see `Start`."""
    train_size: int | None = None
    """At most so many training examples (after the validation slice was cut off); None = all."""
    validation_size: int = 100
    """Examples cut from `train` for early stopping and the validation curve."""
    eval_every: int = 20
    patience: int = 0
    """Stop after so many evaluations without a better validation score, from when on see `is_over`; 0 = never."""
    max_tokens: int = 128
    """Longest text in tokens, prompt and special tokens not counted."""
    dtype: str = "fp32"
    """fp32 or bf16 for the frozen model; the prompt itself is always fp32."""
    fitted: float | None = None
    """Patience begins once the training loss is below this share of the untrained one; None = once something was learned."""

    def __post_init__(self) -> None:
        for name in ("prompt_length", "steps", "batch_size", "eval_every", "validation_size", "max_tokens"):
            check_number(name, getattr(self, name), above=True)
        check_number("lr", self.lr, above=True, whole=False)
        check_number("patience", self.patience)
        if self.train_size is not None:
            check_number("train_size", self.train_size, above=True)
        if self.fitted is not None:
            check_number("fitted", self.fitted, above=True, whole=False)
        Start.parse(self.init)
        if self.dtype not in ("fp32", "bf16"):
            raise BadInput(f"Unknown number format '{self.dtype}'. Use fp32 or bf16.")
        for name, most in (("warmup", 1.0), ("weight_decay", 1e6)):
            check_number(name, value := getattr(self, name), whole=False)
            if value >= most:
                raise BadInput(f"{name.replace('_', ' ')} is {value}, but it must be below {most:g}.")

    def is_over(self, waited: int, untrained: float, best: float, fit: float = 1.0) -> bool:
        """Whether patience is used up, after `waited` evaluations without a better one than `best`.

        A prompt that is not clearly above its untrained level has not begun to learn: a plateau there says nothing. Nor does
        one in between while the training loss is still high. fit: that loss as a share of the untrained prompt's.
        """
        begun = best > untrained + LEARNED if self.fitted is None else fit < self.fitted
        return bool(self.patience) and waited >= self.patience and begun

    @property
    def start(self) -> Start:
        """What a prompt is before its first step."""
        return Start.of(self.init)

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
        check_number("seed", self.seed)

    @property
    def id(self) -> str:
        """Prompt id: also the run id that the command line and the pages show."""
        return "p" + digest({"kind": "tune", "v": VERSION, **asdict(self)})

    def started_from(self, prompt_id: str) -> "TuneSpec":
        """The same run, initialised from another prompt (transfer as initialisation)."""
        return replace(self, settings=replace(self.settings, init=str(Start(PROMPT, prompt_id))))


def settings_from(values: Mapping[str, Any]) -> TuneSettings:
    """Rebuild settings from JSON. Raises BadInput for unknown names."""
    try:
        return TuneSettings(**values)
    except TypeError as error:
        raise BadInput(f"These settings do not fit this version of the tool: {error}. Start a new run.") from None


def changed_settings(settings: TuneSettings, defaults: TuneSettings) -> list[tuple[str, object]]:
    """Settings that differ from the defaults, as (name, value)."""
    names = (field.name for field in fields(TuneSettings))
    return [(name, value) for name in names if (value := getattr(settings, name)) != getattr(defaults, name)]


def default_settings(spec: BackboneSpec, tasks: Iterable[Task] = ()) -> TuneSettings:
    """Settings that work without thought: 20 soft tokens on the demo, 100 elsewhere (the paper's length).

    tasks: what is tuned and measured; the longest text that one of them needs decides for all, so that one map has one recipe.
    """
    found = _usual(spec)
    return replace(found, max_tokens=max((found.max_tokens, *(task.text_tokens for task in tasks))))


QUICK_EXAMPLES = 100
"""Examples a cell that go with a quick recipe."""


def quick(settings: TuneSettings) -> TuneSettings:
    """The same recipe cut short: stopped after two validations without gain, once the training loss is below .3 of its start.

    A recipe of its own: its results never share a map with those of the full one, nor with earlier quick ones.
    """
    return replace(settings, patience=2, fitted=0.3)


def _usual(spec: BackboneSpec) -> TuneSettings:
    if spec.is_demo:
        # A prompt is learned in a few dozen steps here: seldom evaluated curves would hide what a warm start saves.
        return TuneSettings(lr=0.05 if spec.family == MASKED_LM else 0.2, eval_every=10)
    return TuneSettings(
        prompt_length=100, steps=1000, lr=0.03 if spec.family == MASKED_LM else 0.3, eval_every=50, validation_size=200
    )


def recipe_of(settings: TuneSettings, data: str | None) -> str:
    """Recipe id of a run; local data make results another recipe, so that they never share a map with others."""
    return settings.recipe if data is None else f"{settings.recipe}-{digest({'data': data}, 6)}"
