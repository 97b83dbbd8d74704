"""Several prompts in shared passes: each has the loss, the gradient and the scores it has alone."""

from dataclasses import replace

import pytest
import torch

from ptlib.base.progress import Silent
from ptlib.models.forward import label_log_probs
from ptlib.models.load import FrozenModel, load_model
from ptlib.models.positions import lay_out
from ptlib.models.registry import get_backbone
from ptlib.prompts import stacked
from ptlib.prompts.spec import TuneSettings, TuneSpec
from ptlib.prompts.tuning import TuneJob, tune
from ptlib.tasks.data import TrainingData
from tests.fixtures import tiny_models

SETTINGS = TuneSettings(prompt_length=4, steps=12, batch_size=8, lr=0.1, eval_every=4, validation_size=20, max_tokens=40)


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, FrozenModel]:
    root = tmp_path_factory.mktemp("models")
    return {kind: load_model(get_backbone(tiny_models.make(root / kind, kind))) for kind in ("roberta", "t5")}


def job(
    frozen: FrozenModel, number: int = 0, seed: int = 0, settings: TuneSettings = SETTINGS, kind: str = "classification"
) -> TuneJob:
    task = tiny_models.task(number, kind)
    labels = len(task.labels) or 2
    data = TrainingData(tiny_models.examples(40, 1, labels), tiny_models.examples(20, 2, labels))
    return TuneJob(TuneSpec(frozen.spec.id, task.id, seed, settings), task, data)


def test_first_step_gradients_of_a_stack_equal_those_alone(
    models: dict[str, FrozenModel], monkeypatch: pytest.MonkeyPatch
) -> None:
    frozen, seen = models["roberta"], []
    step = torch.optim.AdamW.step

    def spy(self: torch.optim.AdamW, *given: object) -> object:
        seen.append([value.grad.clone() for value in self.param_groups[0]["params"]])
        return step(self, *given)

    monkeypatch.setattr(torch.optim.AdamW, "step", spy)
    one = replace(SETTINGS, steps=1, eval_every=1)
    jobs = [job(frozen, 0, 0, one), job(frozen, 1, 0, one), job(frozen, 2, 1, one)]
    tune(frozen, jobs, Silent())
    for item in jobs:
        tune(frozen, [item], Silent())
    for together, alone in zip(seen[0], seen[1:], strict=True):
        assert (together - alone[0]).abs().max() < 1e-6 and together.abs().max() > 1e-4


@pytest.mark.parametrize("kind", ["roberta", "t5"])
def test_losses_and_gradients_are_those_of_a_slow_loop(models: dict[str, FrozenModel], kind: str) -> None:
    frozen, draw = models[kind], torch.Generator().manual_seed(0)
    task = tiny_models.task()
    batches = [lay_out(frozen, task, tiny_models.examples(count, seed), 4, 40) for seed, count in enumerate((3, 7))]
    prompts = [torch.randn(4, 16, generator=draw).requires_grad_() for _ in batches]
    losses = stacked.batch_losses(frozen, prompts, batches)
    for prompt, rows, loss in zip(prompts, batches, losses, strict=True):
        answers = [label_log_probs(frozen, prompt[None], [row])[0, row.gold] for row in rows]
        slow = -torch.stack(answers).mean()
        (gradient,) = torch.autograd.grad(slow, prompt)
        assert abs((loss.detach() - slow.detach()).item()) < 1e-5 and prompt.grad is not None
        assert (prompt.grad - gradient).abs().max() < 1e-5 * (1 + gradient.abs().max())


def test_every_question_is_scored_once_whatever_its_kind(models: dict[str, FrozenModel]) -> None:
    frozen, values = models["t5"], torch.randn(2, 4, 16, generator=torch.Generator().manual_seed(1))
    asked = []
    for place, kind in enumerate(("classification", "open_qa")):
        task, examples = tiny_models.task(place, kind), tiny_models.examples(6, place)
        asked += [(place, row, task, item) for row, item in zip(lay_out(frozen, task, examples, 4, 40), examples, strict=True)]
    found: dict[int, float] = {}
    for group, scores in stacked.scores(frozen, values, asked):
        assert not set(group) & set(found)
        found |= dict(zip(group, scores.tolist(), strict=True))
    assert set(found) == set(range(12)) and all(0 <= score <= 1 for score in found.values())
    for index, (place, row, _, item) in enumerate(asked[:6]):
        best = label_log_probs(frozen, values[place][None], [row]).argmax().item()
        assert found[index] == float(best == item.label)
