"""What is trained on a backbone: a soft prompt, LoRA's matrices (stock PEFT), or all weights. Loads torch.

LoRA and full fine-tuning work on a copy: the frozen backbone, which other runs use, is never touched.
"""

import copy
import json
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from peft import LoraConfig, get_peft_model, get_peft_model_state_dict
from peft.utils.constants import TRANSFORMERS_MODELS_TO_LORA_TARGET_MODULES_MAPPING as KNOWN

from ptlib.finetuning.spec import FULL, LORA, PROMPT, FineTuneSpec
from ptlib.models.load import FrozenModel
from ptlib.models.room import Room
from ptlib.prompts.initial import generator, initial_values
from ptlib.prompts.soft import TENSOR
from ptlib.tasks.task import Task


@dataclass(frozen=True, slots=True)
class Learner:
    """A model of which some numbers are trained."""

    model: FrozenModel
    """For a prompt the frozen one, else a copy."""
    trained: tuple[torch.nn.Parameter, ...]
    """All that takes gradients."""
    soft: torch.Tensor
    """[P, D], trained; [0, D] without a prompt."""
    total: int
    """Numbers of the whole model, the trained ones among them."""
    peft: Any = None
    config: Mapping[str, Any] = field(default_factory=dict)
    """LoRA: PEFT's configuration."""

    @property
    def count(self) -> int:
        """Numbers that are trained."""
        return sum(weight.numel() for weight in self.trained)

    def weights(self) -> dict[str, torch.Tensor]:
        """What a fit leaves behind, by the names that the libraries give: a stock adapter, or the model's own weights."""
        if self.peft is not None:
            return get_peft_model_state_dict(self.peft)
        if len(self.soft):
            return {TENSOR: self.soft}
        return dict(self.model.model.state_dict())


def learner(frozen: FrozenModel, spec: FineTuneSpec, method: str, task: Task) -> Learner:
    """Make ready what a method trains; the same (task, seed) begins with the same numbers."""
    return {PROMPT: _prompt, LORA: _lora, FULL: _full}[method](frozen, spec, task)


def _prompt(frozen: FrozenModel, spec: FineTuneSpec, task: Task) -> Learner:
    start = initial_values(frozen, spec.settings.start, task, spec.seed, spec.settings.prompt_length)
    soft = torch.nn.Parameter(torch.tensor(start, dtype=torch.float32, device=frozen.device))
    return Learner(frozen, (soft,), soft, _size(frozen) + soft.numel())


def _lora(frozen: FrozenModel, spec: FineTuneSpec, task: Task) -> Learner:
    copied = _copied(frozen)
    config = lora_config(spec, copied)
    with torch.random.fork_rng(devices=[]), warnings.catch_warnings():
        torch.manual_seed(lora_seed(task, spec.seed))
        warnings.simplefilter("ignore", FutureWarning)  # of transformers, at a call of PEFT's own
        peft = get_peft_model(copied.model, config)
    trained = tuple(weight for weight in peft.parameters() if weight.requires_grad)
    plain = json.dumps(config.to_dict(), default=lambda value: sorted(value) if isinstance(value, set) else str(value))
    told = json.loads(plain) | {"base_model_name_or_path": spec.backbone, "inference_mode": True}
    return Learner(copied, trained, _no_prompt(frozen), _size(copied), peft.eval(), told)


def lora_config(spec: FineTuneSpec, frozen: FrozenModel) -> LoraConfig:
    """Stock LoRA without dropout on what PEFT adapts in this type of model; on all linear layers where it names none."""
    return LoraConfig(
        task_type="FEATURE_EXTRACTION" if frozen.is_masked_lm else "SEQ_2_SEQ_LM",
        r=spec.rank,
        lora_alpha=spec.alpha,
        lora_dropout=0.0,
        target_modules=None if frozen.model.config.model_type in KNOWN else "all-linear",
    )


def lora_seed(task: Task, seed: int) -> int:
    """The seed of torch's generator from which PEFT draws LoRA's matrices."""
    return int(generator(task, seed, 3).integers(2**31))


def _full(frozen: FrozenModel, spec: FineTuneSpec, task: Task) -> Learner:
    copied = _copied(frozen)
    trained = tuple(copied.model.requires_grad_(True).parameters())
    return Learner(copied, trained, _no_prompt(frozen), _size(copied))


def _copied(frozen: FrozenModel) -> FrozenModel:
    return replace(frozen, model=copy.deepcopy(frozen.model), room=Room())


def _no_prompt(frozen: FrozenModel) -> torch.Tensor:
    return torch.zeros(0, int(frozen.model.get_input_embeddings().weight.shape[1]), device=frozen.device)


def _size(frozen: FrozenModel) -> int:
    return sum(weight.numel() for weight in frozen.model.parameters())
