"""Where prompts begin: each initialisation is what its name says, each task and seed draws its own."""

import numpy as np
import pytest

from ptlib.base.errors import BadInput
from ptlib.base.progress import Silent
from ptlib.models.load import FrozenModel, load_model
from ptlib.models.registry import get_backbone
from ptlib.prompts.evaluation import evaluate
from ptlib.prompts.initial import generator, initial_values, reference_prompt
from ptlib.prompts.spec import TuneSettings, TuneSpec
from ptlib.prompts.start import Start
from ptlib.prompts.tuning import TuneJob, tune
from ptlib.tasks.data import TrainingData
from tests.fixtures import tiny_models

SETTINGS = TuneSettings(prompt_length=4, steps=2, batch_size=4, eval_every=1, validation_size=20, max_tokens=40)


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, FrozenModel]:
    root = tmp_path_factory.mktemp("models")
    return {kind: load_model(get_backbone(tiny_models.make(root / kind, kind))) for kind in ("roberta", "t5")}


def test_random_numbers_belong_to_task_and_seed() -> None:
    first, second = tiny_models.task(0), tiny_models.task(1)
    draw = lambda task, seed, *more: generator(task, seed, *more).random(4).tolist()  # noqa: E731
    assert draw(first, 0) == draw(first, 0)
    assert len({tuple(values) for values in (draw(first, 0), draw(first, 1), draw(second, 0), draw(first, 0, 1))}) == 4


def test_each_initialisation_is_what_its_name_says(models: dict[str, FrozenModel]) -> None:
    frozen, task = models["roberta"], tiny_models.task(0)
    table = frozen.model.get_input_embeddings().weight.numpy()
    vocab = initial_values(frozen, Start.of("vocab"), task, 0, 6)
    assert all((table == row).all(1).any() for row in vocab)
    assert np.array_equal(vocab, initial_values(frozen, Start.of("vocab"), task, 0, 6))
    assert not np.array_equal(vocab, initial_values(frozen, Start.of("vocab"), task, 1, 6))
    labels = initial_values(frozen, Start.of("labels"), task, 0, 3)
    assert np.array_equal(labels[0], labels[2]) and not np.array_equal(labels[0], labels[1])
    assert abs(initial_values(frozen, Start.of("random"), task, 0, 500).std() - 0.02) < 0.001
    assert np.array_equal(
        initial_values(frozen, Start.of("text:good"), task, 0, 2)[0], table[frozen.tokenizer(" good")["input_ids"][1]]
    )
    with pytest.raises(BadInput, match="gives no token"):
        initial_values(frozen, Start.of("text:"), task, 0, 2)
    with pytest.raises(BadInput, match=r"are 3 tokens, but the prompt has 2: the others would be lost"):
        initial_values(frozen, Start.of("text:good bad good"), task, 0, 2)


def test_reference_rows_are_what_tuning_starts_from(models: dict[str, FrozenModel]) -> None:
    for kind, frozen in models.items():
        task = tiny_models.task()
        untrained = reference_prompt(frozen, "untrained", task, SETTINGS, 3)
        assert np.array_equal(untrained.values, initial_values(frozen, SETTINGS.start, task, 3, 4))
        data = TrainingData(tiny_models.examples(12, 1), tiny_models.examples(20, 2))
        (tuned,) = tune(frozen, [TuneJob(TuneSpec(frozen.spec.id, task.id, 3, SETTINGS), task, data)], Silent())
        (answer,) = evaluate(frozen, [untrained], task, data.validation, Silent())
        assert tuned.curve[0].step == 0 and tuned.curve[0].validation == tuned.untrained_score == answer.score.mean(), kind
        uniform = reference_prompt(frozen, "untrained_uniform", task, SETTINGS, 3).values
        assert uniform.shape == (4, 16) and uniform.min() >= 0 and uniform.max() < 1 and uniform.std() > 0.2
        words = frozen.tokenizer("is it good", add_special_tokens=False)["input_ids"]
        hand = reference_prompt(frozen, "hand_written", task, SETTINGS, 0).values
        assert np.array_equal(hand, frozen.model.get_input_embeddings().weight[words].numpy())
        with pytest.raises(BadInput, match="Unknown reference row 'chance'"):
            reference_prompt(frozen, "chance", task, SETTINGS, 0)
