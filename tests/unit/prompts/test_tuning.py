"""Tuning real (tiny) models: stacking, resuming, early stopping, what is never opened and never changed."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from ptlib.base.errors import BadInput, Cancelled, RunFailed
from ptlib.base.progress import Silent
from ptlib.models.load import FrozenModel, load_model
from ptlib.models.registry import get_backbone
from ptlib.models.room import Room
from ptlib.prompts import stacked as passes
from ptlib.prompts.initial import initial_values
from ptlib.prompts.spec import TuneSettings, TuneSpec
from ptlib.prompts.trails import kept_steps
from ptlib.prompts.tuning import TuneJob, learning_rate, tune
from ptlib.tasks import data as data_module
from ptlib.tasks.data import TrainingData, load_training
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


class Stop(Silent):
    """Asks to stop at a step."""

    def __init__(self, at: int) -> None:
        self.at, self.seen = at, 0

    def phase(self, name: str, done: int, total: int) -> None:
        self.seen = done

    def check(self) -> None:
        if self.seen >= self.at:
            raise Cancelled("stopped")


@pytest.mark.parametrize("family", ["roberta", "t5"])
def test_a_prompt_learns_and_the_backbone_stays_as_it_was(models: dict[str, FrozenModel], family: str) -> None:
    frozen = models[family]
    before = {name: weight.clone() for name, weight in frozen.model.state_dict().items()}
    settings = replace(SETTINGS, steps=60, eval_every=20, lr=0.1 if family == "roberta" else 0.4)
    (found,) = tune(frozen, [job(frozen, settings=settings)], Silent())
    assert found.curve[-1].loss < 0.9 * found.curve[0].loss
    assert found.validation_score > found.untrained_score and found.prompt.values.shape == (4, 16)
    assert all(torch.equal(weight, before[name]) for name, weight in frozen.model.state_dict().items())
    assert not any(weight.requires_grad for weight in frozen.model.parameters())


@pytest.mark.parametrize("family", ["roberta", "t5"])
def test_a_stack_gives_what_each_prompt_gives_alone(models: dict[str, FrozenModel], family: str) -> None:
    frozen = models[family]
    one = replace(SETTINGS, steps=1, eval_every=1)
    jobs = [job(frozen, 0, 0, one), job(frozen, 1, 0, one), job(frozen, 2, 1, one)]
    together = tune(frozen, jobs, Silent())
    for alone, stacked in zip([tune(frozen, [item], Silent())[0] for item in jobs], together, strict=True):
        assert alone.curve[0].loss == pytest.approx(stacked.curve[0].loss, abs=1e-6)
        assert np.abs(alone.prompt.values - stacked.prompt.values).max() < 2e-3 * one.lr + 1e-6


def test_a_resumed_run_ends_bit_identical(models: dict[str, FrozenModel], tmp_path: Path) -> None:
    frozen = models["roberta"]
    jobs = [job(frozen, 0), job(frozen, 2, 1)]
    whole = tune(frozen, jobs, Silent())
    with pytest.raises(Cancelled):
        tune(frozen, jobs, Stop(9), tmp_path / "c")
    assert (tmp_path / "c").exists()
    resumed = tune(frozen, jobs, Silent(), tmp_path / "c")
    for first, second in zip(whole, resumed, strict=True):
        assert np.array_equal(first.prompt.values, second.prompt.values)
        assert [(p.step, p.loss, p.validation) for p in first.curve] == [(p.step, p.loss, p.validation) for p in second.curve]


def test_the_way_of_a_prompt_is_kept_from_its_start_to_before_its_end(models: dict[str, FrozenModel], tmp_path: Path) -> None:
    frozen, item = models["roberta"], job(models["roberta"])
    (found,) = tune(frozen, [item], Silent())
    start = initial_values(frozen, SETTINGS.start, item.task, item.spec.seed, SETTINGS.prompt_length)
    assert np.array_equal(found.trail[0], start)
    assert set(found.trail) == {0} | {s for s in kept_steps(SETTINGS.steps, SETTINGS.eval_every) if s < found.best_step}
    with pytest.raises(Cancelled):
        tune(frozen, [item], Stop(9), tmp_path / "c")
    (resumed,) = tune(frozen, [item], Silent(), tmp_path / "c")
    assert all(np.array_equal(resumed.trail[step], values) for step, values in found.trail.items())


def test_passes_side_by_side_change_no_bit_and_stop_when_asked(models: dict[str, FrozenModel], monkeypatch) -> None:
    frozen, jobs = models["roberta"], [job(models["roberta"], 0), job(models["roberta"], 2, 1)]
    monkeypatch.setattr("ptlib.models.forward.CPU_TOKENS_A_PASS", 100)
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        first, second = (tune(frozen, jobs, Silent()) for _ in range(2))
        assert torch.get_num_threads() == 2
        with pytest.raises(Cancelled):
            tune(frozen, jobs, Stop(9))
    finally:
        torch.set_num_threads(before)
    for one, other in zip(first, second, strict=True):
        assert np.array_equal(one.prompt.values, other.prompt.values) and one.curve[-1].loss == other.curve[-1].loss


def test_a_foreign_or_broken_checkpoint_is_not_used(models: dict[str, FrozenModel], tmp_path: Path) -> None:
    frozen = models["roberta"]
    expected = tune(frozen, [job(frozen)], Silent())[0].prompt.values
    tune(frozen, [job(frozen, 1)], Silent(), tmp_path / "other")
    (tmp_path / "broken").write_bytes((tmp_path / "other").read_bytes()[:500])
    for name, why in (("other", "other data or other settings"), ("broken", "damaged")):
        watcher = Notes()
        assert np.array_equal(tune(frozen, [job(frozen)], watcher, tmp_path / name)[0].prompt.values, expected)
        assert [why in note and "starts anew" in note for note in watcher.notes if "checkpoint" in note] == [True]


class Notes(Silent):
    """Remembers what it was told."""

    def __init__(self) -> None:
        self.notes: list[str] = []

    def note(self, message: str) -> None:
        self.notes.append(message)


def test_early_stopping_of_one_changes_nothing_for_the_others(
    models: dict[str, FrozenModel], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ptlib.prompts.spec.LEARNED", -1.0)  # these models are too small to learn
    frozen = models["roberta"]
    patient = replace(SETTINGS, steps=24, patience=2)
    lazy = job(frozen, 0, 0, patient)
    lazy = replace(lazy, data=replace(lazy.data, validation=tuple(replace(e, label=0) for e in lazy.data.validation)))
    other = job(frozen, 2, 1, patient)
    stopped, stacked = tune(frozen, [lazy, other], Silent())
    (alone,) = tune(frozen, [other], Silent())
    assert stopped.steps < 24
    assert [p.step for p in stacked.curve] == [p.step for p in alone.curve]
    assert np.allclose([p.loss for p in stacked.curve], [p.loss for p in alone.curve], atol=1e-4)


def test_a_loss_that_is_not_finite_stops_with_a_message(models: dict[str, FrozenModel], monkeypatch: pytest.MonkeyPatch) -> None:
    frozen = models["roberta"]
    start = np.full((4, 16), np.nan, np.float32)
    with pytest.raises(RunFailed, match="not finite at step 0"):
        tune(frozen, [replace(job(frozen), start=start)], Silent())
    monkeypatch.setattr("ptlib.prompts.tuning.learning_rate", lambda settings, step: 1e30)
    with pytest.raises(RunFailed, match=r"toy/task2.*not finite at step 1\b"):  # found out at step 4, when losses are read
        tune(frozen, [job(frozen, 2)], Silent())


def test_a_run_goes_on_with_smaller_passes_when_memory_is_short(
    models: dict[str, FrozenModel], monkeypatch: pytest.MonkeyPatch
) -> None:
    frozen, jobs, tried = replace(models["roberta"], room=Room()), [job(models["roberta"], 0), job(models["roberta"], 2, 1)], []
    whole = tune(frozen, jobs, Silent())
    losses = passes.row_losses

    def short_of_memory(model: FrozenModel, soft: torch.Tensor, rows: list) -> torch.Tensor:
        tried.append(len(rows))
        if len(rows) > 5:
            raise torch.OutOfMemoryError("simulated")
        return losses(model, soft, rows)

    monkeypatch.setattr(passes, "row_losses", short_of_memory)
    small = tune(frozen, jobs, Silent())
    assert max(tried[-6:]) <= 5 and frozen.tokens_a_pass(True) < 8192  # learned: later passes are not tried in vain
    for first, second in zip(whole, small, strict=True):
        assert first.curve[0].loss == pytest.approx(second.curve[0].loss, abs=1e-5)
        assert np.abs(first.prompt.values - second.prompt.values).max() < 0.05
    monkeypatch.setattr(passes, "row_losses", lambda *_: (_ for _ in ()).throw(torch.OutOfMemoryError("simulated")))
    with pytest.raises(RunFailed, match="ran out of memory at step 0"):
        tune(frozen, jobs, Silent())


def test_prompts_of_unequal_settings_are_not_stacked(models: dict[str, FrozenModel]) -> None:
    frozen = models["roberta"]
    with pytest.raises(BadInput, match="equal settings"):
        tune(frozen, [job(frozen), job(frozen, settings=replace(SETTINGS, lr=0.3))], Silent())


def test_generation_and_labels_are_tuned_in_one_stack(models: dict[str, FrozenModel]) -> None:
    frozen = models["t5"]
    settings = replace(SETTINGS, steps=30, eval_every=15)
    text, labels = tune(frozen, [job(frozen, 0, 0, settings, "summarisation"), job(frozen, 0, 0, settings)], Silent())
    assert text.curve[-1].loss < text.curve[0].loss and labels.curve[-1].loss < labels.curve[0].loss
    assert 0 <= text.validation_score <= 1


def test_tuning_never_opens_the_evaluation_split(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = []
    split = data_module._split
    monkeypatch.setattr(data_module, "_split", lambda task, name, *more: opened.append(name) or split(task, name, *more))
    folder = tmp_path / "toy" / "task0"
    folder.mkdir(parents=True)
    rows = [f'{{"id": "{e.id}", "text_a": "{e.text_a}", "label": {e.label}}}' for e in tiny_models.examples(50)]
    (folder / "train.jsonl").write_text("\n".join(rows))  # there is no validation file at all
    found = load_training(tiny_models.task(0), str(tmp_path))
    assert opened == ["train"] and (len(found.train), len(found.validation)) == (35, 15)
    assert not {e.id for e in found.train} & {e.id for e in found.validation}
    with pytest.raises(BadInput, match=r"No validation\.parquet"):
        data_module.load_evaluation(tiny_models.task(0), None, str(tmp_path))


def test_the_learning_rate_warms_up_and_falls_to_nothing() -> None:
    settings = TuneSettings(steps=100, lr=1.0, warmup=0.1)
    rates = [learning_rate(settings, step) for step in range(100)]
    assert rates[0] == pytest.approx(0.1) and max(rates) == rates[9] == 1.0 and rates[-1] == pytest.approx(1 / 90)
