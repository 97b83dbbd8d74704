"""Tiny models, data and a spec for the tests of fine-tuning."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from ptlib.base.progress import Silent
from ptlib.finetuning.learners import learner
from ptlib.finetuning.spec import METHODS, FineTuneSpec
from ptlib.finetuning.training import Fit
from ptlib.models.load import FrozenModel, load_model
from ptlib.models.registry import get_backbone
from ptlib.prompts.spec import TuneSettings
from ptlib.tasks.data import TrainingData
from tests.fixtures import tiny_models

SETTINGS = TuneSettings(prompt_length=4, steps=6, batch_size=8, lr=0.1, eval_every=3, validation_size=20, max_tokens=40)
DATA = TrainingData(tiny_models.examples(40, 1), tiny_models.examples(20, 2))
TASK = tiny_models.task(0)
Fits = Callable[..., Fit]


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], FrozenModel]:
    """A tiny model by its type, made once."""
    root, made = tmp_path_factory.mktemp("models"), {}

    def model(kind: str = "roberta") -> FrozenModel:
        if kind not in made:
            made[kind] = load_model(get_backbone(tiny_models.make(root / kind, kind)))
        return made[kind]

    return model


def spec_of(frozen: FrozenModel, **more: object) -> FineTuneSpec:
    """All methods of the toy task."""
    return FineTuneSpec(
        frozen.spec.id, TASK.id, 0, replace(SETTINGS, **more), METHODS, rank=2, alpha=4, lora_lr=0.05, full_lr=0.01
    )


def fit_of(frozen: FrozenModel, method: str, progress: object = None, checkpoint: object = None, **more: object) -> Fit:
    """A fit that was not begun."""
    spec = spec_of(frozen, **more)
    return Fit(learner(frozen, spec, method, TASK), spec, method, TASK, DATA, progress or Silent(), checkpoint)
