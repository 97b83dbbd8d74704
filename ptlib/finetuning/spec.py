"""What a reference run is: one task and seed of a backbone, fitted by several methods one after another in one process."""

from dataclasses import asdict, dataclass, replace

from ptlib.base.bounds import check_number
from ptlib.base.errors import BadInput, unknown
from ptlib.base.identity import VERSION, digest
from ptlib.models.spec import BackboneSpec
from ptlib.prompts.spec import TuneSettings, default_settings
from ptlib.tasks.task import Task

PROMPT, LORA, FULL = "prompt", "lora", "full"
METHODS = (PROMPT, LORA, FULL)
NAMES = {PROMPT: "Prompt tuning", LORA: "LoRA", FULL: "Full fine-tuning"}
RATES = {True: (5e-3, 5e-4), False: (5e-4, 2e-5)}
"""Is it a demo backbone -> peak learning rates of LoRA and of full fine-tuning. Elsewhere those of the papers on RoBERTa-base
(Hu et al. 2021, table 9; Liu et al. 2019, table 10); full fine-tuning of a demo backbone takes its pre-training's rate."""


@dataclass(frozen=True, slots=True)
class FineTuneSpec:
    """Everything that changes a number of the curves."""

    backbone: str
    task: str
    seed: int
    settings: TuneSettings
    """What all methods share: data, steps, batch size, schedule. Its prompt length, start and learning rate are the prompt's."""
    methods: tuple[str, ...] = METHODS
    """In the order in which they are fitted."""
    rank: int = 8
    """Of LoRA's two matrices beside each adapted weight."""
    alpha: int = 16
    """LoRA's update is scaled by alpha / rank."""
    lora_lr: float = RATES[True][0]
    full_lr: float = RATES[True][1]
    data: str | None = None
    """Fingerprint or folder of local data used instead of the registered source."""

    def __post_init__(self) -> None:
        if not self.methods or len(set(self.methods)) != len(self.methods):
            raise BadInput(f"The methods are {list(self.methods)}, but each must be given once. Choose of: {', '.join(METHODS)}.")
        for method in self.methods:
            if method not in METHODS:
                raise unknown("method", method, METHODS)
        check_number("seed", self.seed)
        for name in ("rank", "alpha"):
            check_number(name, getattr(self, name), above=True)
        for name in ("lora_lr", "full_lr"):
            check_number(name, getattr(self, name), above=True, whole=False)
        if self.settings.start.is_warm:
            raise BadInput("Reference curves begin with an untrained prompt. Tune from another prompt with `tune --init`.")
        if self.settings.dtype != "fp32":
            raise BadInput("LoRA and full fine-tuning are computed in fp32 here. Leave --dtype out.")

    @property
    def id(self) -> str:
        """Run id; with `-<method>` behind it the id of one fit, of its curve and of its results."""
        return "f" + digest({"kind": "finetune", "v": VERSION, **asdict(self)})

    def rated(self, method: str) -> TuneSettings:
        """The settings with a method's peak learning rate."""
        return replace(self.settings, lr={PROMPT: self.settings.lr, LORA: self.lora_lr, FULL: self.full_lr}[method])


def default_spec(backbone: BackboneSpec, task: Task, seed: int = 0) -> FineTuneSpec:
    """All methods with the settings that prompts of this backbone have by default."""
    lora, full = RATES[backbone.is_demo]
    return FineTuneSpec(backbone.id, task.id, seed, default_settings(backbone, (task,)), lora_lr=lora, full_lr=full)


def fit_id(spec: FineTuneSpec, method: str) -> str:
    """Id of one method's fit."""
    return f"{spec.id}-{method}"


def title(spec: FineTuneSpec) -> str:
    """The run in words, for lists of runs."""
    return f"{', '.join(NAMES[method] for method in spec.methods)} of {spec.backbone} on {spec.task}, seed {spec.seed}"
