"""The loop: what is trained learns and nothing else moves; a resumed fit ends bit-identical; a prompt's curve is tuning's."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from ptlib.base.errors import Cancelled, RunFailed
from ptlib.base.progress import Silent
from ptlib.finetuning.learners import learner
from ptlib.finetuning.spec import FULL, LORA, METHODS, PROMPT
from ptlib.finetuning.training import Fit
from ptlib.prompts.spec import TuneSpec
from ptlib.prompts.tuning import TuneJob, tune
from ptlib.tasks.data import TrainingData
from tests.fixtures import tiny_models
from tests.unit.finetuning.conftest import DATA, SETTINGS, TASK, fit_of, spec_of


class Stop(Silent):
    """Asks to stop before the step after `at`."""

    def __init__(self, at: int) -> None:
        self.at, self.seen = at, 0

    def phase(self, name: str, done: int, total: int) -> None:
        self.seen = done

    def check(self) -> None:
        if self.seen >= self.at:
            raise Cancelled("stopped")


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("kind", ["roberta", "t5"])
def test_it_learns_and_the_backbone_stays_as_it_was(tiny, kind: str, method: str) -> None:
    frozen = tiny(kind)
    before = {name: weight.clone() for name, weight in frozen.model.state_dict().items()}
    fit = fit_of(frozen, method, steps=30, eval_every=10)
    fit.run()
    assert fit.curve[-1].loss < fit.curve[0].loss and [point.step for point in fit.curve] == [0, 10, 20, 30]
    for clock in ("seconds", "cpu"):
        assert [getattr(point, clock) for point in fit.curve] == sorted(getattr(point, clock) for point in fit.curve)
    assert all(torch.equal(weight, before[name]) for name, weight in frozen.model.state_dict().items())
    assert float(fit.evaluate(DATA.validation).mean()) == pytest.approx(fit.best_score)  # the best numbers are in place
    if method == LORA:
        base = {name.replace("base_layer.", ""): weight for name, weight in fit.learner.model.model.state_dict().items()}
        assert all(torch.equal(base[name], weight) for name, weight in before.items())
    if method == FULL:
        moved = [not torch.equal(weight, before[name]) for name, weight in fit.learner.model.model.state_dict().items()]
        assert sum(moved) > len(moved) / 2


@pytest.mark.parametrize("method", METHODS)
def test_a_resumed_fit_ends_bit_identical(tiny, method: str, tmp_path: Path) -> None:
    whole = fit_of(tiny(), method)
    whole.run()
    checkpoint = tmp_path / "fit.ckpt"
    with pytest.raises(Cancelled):
        fit_of(tiny(), method, Stop(4), checkpoint).run()
    rest = fit_of(tiny(), method, checkpoint=checkpoint)
    rest.run()
    assert [(p.step, p.loss, p.validation) for p in rest.curve] == [(p.step, p.loss, p.validation) for p in whole.curve]
    assert all(torch.equal(a, b) for a, b in zip(rest.learner.trained, whole.learner.trained, strict=True))
    other = fit_of(tiny(), method, checkpoint=checkpoint, steps=9)  # of another run: not used
    assert not other._restore()


def test_a_prompt_fitted_here_has_the_curve_of_tuning(tiny) -> None:
    fit = fit_of(tiny(), PROMPT)
    fit.run()
    (found,) = tune(tiny(), [TuneJob(TuneSpec(tiny().spec.id, TASK.id, 0, SETTINGS), TASK, DATA)], Silent())
    assert [p.loss for p in fit.curve] == pytest.approx([p.loss for p in found.curve], abs=1e-5)
    assert [p.validation for p in fit.curve] == [p.validation for p in found.curve]


def test_generated_answers_are_fitted_too(tiny) -> None:
    data, task = TrainingData(DATA.train, DATA.validation[:2]), tiny_models.task(0, "summarisation")
    spec = replace(spec_of(tiny("t5"), steps=2, eval_every=2), task=task.id)
    fit = Fit(learner(tiny("t5"), spec, LORA, task), spec, LORA, task, data, Silent())
    fit.run()
    assert fit.curve[-1].loss < fit.curve[0].loss and 0 <= fit.best_score <= 1


def test_a_loss_that_is_not_finite_says_which_rate_to_lower(tiny) -> None:
    fit = fit_of(tiny(), FULL)
    with torch.no_grad():
        fit.learner.trained[0].fill_(float("nan"))
    with pytest.raises(RunFailed, match=r"Full fine-tuning.*not finite at step 0. Lower its learning rate"):
        fit.run()


def test_patience_stops_early(tiny, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ptlib.prompts.spec.LEARNED", -1.0)  # this model is too small to learn
    fit = fit_of(tiny(), PROMPT, steps=60, eval_every=1, patience=2)
    fit.run()
    assert fit.step < 60 and fit.waited == 2
