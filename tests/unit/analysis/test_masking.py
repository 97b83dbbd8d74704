"""Dose-responses on tiny models: every dose, its random twins, and nothing left behind."""

import numpy as np
import pytest
import torch

from ptlib.analysis.masking import DOSE_COLUMNS, dose_response
from ptlib.analysis.neurons import capture_all
from ptlib.base.errors import BadInput, Cancelled
from ptlib.base.progress import Silent
from ptlib.models.load import FrozenModel
from ptlib.prompts.record import Prompt
from ptlib.prompts.soft import SoftPrompt
from tests.fixtures import tiny_models

P = 4


def prompts(frozen: FrozenModel, count: int = 2) -> list[SoftPrompt]:
    values = np.random.default_rng(0).normal(0, 0.6, (count, P, frozen.spec.width)).astype(np.float32)
    return [SoftPrompt(value, Prompt(f"p{place}", frozen.spec.id, "toy/task0", place)) for place, value in enumerate(values)]


def test_a_dose_response_has_every_dose_matched_by_random_ones(models: dict[str, FrozenModel]) -> None:
    frozen = models["roberta"]
    first, second = prompts(frozen)
    frame = dose_response(
        frozen, first, {"p1": second}, tiny_models.task(0), tiny_models.examples(10), ratios=(0.5, 1.0), draws=3
    )
    assert list(frame.columns) == list(DOSE_COLUMNS) and len(frame) == 1 + 3 * 2 * 4
    assert frame.iloc[0]["condition"] == "none" and frame.iloc[0]["neurons"] == 0
    sets = [found > 0 for found in capture_all(frozen, [first, second])]
    whole = frame[(frame["ratio"] == 1) & ~frame["random"]].set_index("condition")["neurons"].to_dict()
    assert whole == {"own": sets[0].sum(), "shared": (sets[0] & sets[1]).sum(), "other": (~sets[0] & sets[1]).sum()}
    assert (frame.groupby(["condition", "ratio"])["neurons"].nunique() == 1).all()
    assert frame["low"].isna().equals(frame["random"])


def test_masking_without_examples_is_refused(models: dict[str, FrozenModel]) -> None:
    with pytest.raises(BadInput, match="no evaluation examples"):
        dose_response(models["t5"], prompts(models["t5"])[0], {}, tiny_models.task(0), [])


def test_masking_can_be_stopped_and_leaves_nothing_behind(models: dict[str, FrozenModel]) -> None:
    class Stop(Silent):
        left = 8

        def check(self) -> None:
            self.left -= 1
            if not self.left:
                raise Cancelled("stopped")

    frozen = models["t5"]
    soft = torch.as_tensor(prompts(frozen)[0].values)[None]

    def bits() -> torch.Tensor:
        with torch.no_grad():
            return frozen.model(inputs_embeds=soft, decoder_input_ids=torch.tensor([[0, 5, 7]])).logits

    before = bits()
    with pytest.raises(Cancelled):
        dose_response(frozen, prompts(frozen)[0], {}, tiny_models.task(0), tiny_models.examples(6), progress=Stop())
    assert torch.equal(bits(), before)
