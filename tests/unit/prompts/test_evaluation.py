"""Evaluation against a slow loop, one example and prompt at a time; order, unequal prompts, reference rows, generation."""

import numpy as np
import pytest
import torch

from ptlib.base.errors import BadInput
from ptlib.base.progress import Silent
from ptlib.models.load import FrozenModel, load_model
from ptlib.models.published_layout import LAYOUT
from ptlib.models.registry import get_backbone
from ptlib.prompts import evaluation
from ptlib.prompts.evaluation import Predictions, evaluate, first_look
from ptlib.prompts.record import Prompt
from ptlib.prompts.soft import SoftPrompt
from ptlib.prompts.spec import TuneSettings
from ptlib.tasks.scoring import SCORERS
from tests.fixtures import tiny_models

SETTINGS = TuneSettings(prompt_length=4, steps=2, batch_size=4, eval_every=1, validation_size=20, max_tokens=40)


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, FrozenModel]:
    root = tmp_path_factory.mktemp("models")
    return {kind: load_model(get_backbone(tiny_models.make(root / kind, kind))) for kind in ("roberta", "t5")}


def prompt(seed: int, length: int = 4, **more: object) -> SoftPrompt:
    values = np.random.default_rng(seed).normal(0, 0.5, (length, 16)).astype(np.float32)
    return SoftPrompt(values, Prompt(f"p{seed}", "x", "toy/task0", seed, extra={"max_tokens": 40}, **more))


def by_hand(frozen: FrozenModel, item: SoftPrompt, text: str, words: list[str]) -> np.ndarray:
    """Log-probabilities [C] of one single text, through the model's own forward pass."""
    tokenizer, table = frozen.tokenizer, frozen.model.get_input_embeddings()
    ids = tokenizer(text)["input_ids"]
    if frozen.is_masked_lm:
        ids = [ids[0], tokenizer.mask_token_id, *ids[1:]]
    embeds = torch.cat([torch.tensor(item.values), table(torch.tensor(ids))])[None]
    with torch.no_grad():
        if frozen.is_masked_lm:
            logits = frozen.model(inputs_embeds=embeds).logits[0, len(item.values) + 1]
            totals = logits[[tokenizer(f" {word}", add_special_tokens=False)["input_ids"][0] for word in words]]
        else:
            targets = [torch.tensor([tokenizer(word)["input_ids"]]) for word in words]
            losses = [frozen.model(inputs_embeds=embeds, labels=target).loss * target.numel() for target in targets]
            totals = -torch.stack(losses)
    return torch.log_softmax(totals, -1).numpy()


@pytest.mark.parametrize("kind", ["roberta", "t5"])
def test_many_prompts_at_once_equal_a_slow_loop(models: dict[str, FrozenModel], kind: str) -> None:
    frozen, task = models[kind], tiny_models.task(2)
    examples = [e for e in tiny_models.examples(24, 3, labels=3) if not e.text_b]
    prompts = [prompt(0), prompt(1, 7), prompt(2), prompt(3, 1)]
    found = evaluate(frozen, prompts, task, examples, Silent())
    for item, answer in zip(prompts, found, strict=True):
        text = "{}" if frozen.is_masked_lm else "{} "  # the template of T5 ends with the empty second text
        slow = np.stack([by_hand(frozen, item, text.format(e.text_a), list(task.labels)) for e in examples])
        assert np.abs(answer.log_prob - slow).max() < 2e-5
        best = slow.argmax(1)
        assert answer.prompt_id == item.info.id and answer.example_id == tuple(e.id for e in examples)
        assert answer.predicted == tuple(task.labels[i] for i in best)
        assert answer.gold == tuple(task.labels[e.label] for e in examples)
        assert answer.score.tolist() == [float(b == e.label) for b, e in zip(best, examples, strict=True)]
        others = [max(np.delete(row, e.label)) for row, e in zip(slow, examples, strict=True)]
        assert np.allclose(answer.margin, [row[e.label] - o for row, e, o in zip(slow, examples, others, strict=True)], atol=4e-5)
    assert len({tuple(answer.log_prob.ravel().tolist()) for answer in found}) == 4


def test_order_and_company_of_examples_change_nothing(models: dict[str, FrozenModel]) -> None:
    frozen, task, examples = models["roberta"], tiny_models.task(), list(tiny_models.examples(20, 5))
    (whole,) = evaluate(frozen, [prompt(0)], task, examples, Silent())
    (turned,) = evaluate(frozen, [prompt(0)], task, examples[::-1], Silent())
    assert turned.example_id == whole.example_id[::-1] and np.allclose(turned.log_prob[::-1], whole.log_prob, atol=1e-6)
    frame = whole.to_frame()
    assert list(frame.columns) == ["example_id", "gold", "predicted", "score", "margin", "log_prob_0", "log_prob_1"]
    assert frame.example_id.tolist() == [e.id for e in examples]


def test_generated_answers_are_scored_by_the_metrics_of_the_task(models: dict[str, FrozenModel]) -> None:
    frozen, task = models["t5"], tiny_models.task(0, "summarisation")
    examples = tiny_models.examples(6, 4)
    together = evaluate(frozen, [prompt(0), prompt(1, 6)], task, examples, Silent())
    for item, answer in zip((prompt(0), prompt(1, 6)), together, strict=True):
        alone = [evaluate(frozen, [item], task, [e], Silent())[0].predicted[0] for e in examples]
        assert list(answer.predicted) == alone and answer.log_prob.shape == (6, 0) and np.isnan(answer.margin).all()
        for name, values in (("rouge_l", answer.score), ("rouge_1", answer.more["rouge_1"])):
            assert np.allclose(values, [SCORERS[name](text, e.targets) for text, e in zip(alone, examples, strict=True)])


def test_published_prompts_keep_their_layout_and_label_ids(models: dict[str, FrozenModel]) -> None:
    frozen, task, examples = models["roberta"], tiny_models.task(), tiny_models.examples(6, 6)
    theirs = prompt(0, layout=LAYOUT)
    theirs = SoftPrompt(theirs.values, Prompt("v1", "x", "mnli", 0, layout=LAYOUT, extra={"label_ids": [300, 17]}))
    mixed = evaluate(frozen, [prompt(0), theirs], task, examples, Silent())
    assert np.abs(mixed[0].log_prob - mixed[1].log_prob).max() > 1e-3
    changed = SoftPrompt(np.concatenate([theirs.values[:1] + 9, theirs.values[1:]]), theirs.info)
    assert np.array_equal(evaluate(frozen, [changed], task, examples, Silent())[0].log_prob, mixed[1].log_prob)


def test_a_prompt_that_does_not_fit_is_refused_with_both_shapes(models: dict[str, FrozenModel]) -> None:
    wide = SoftPrompt(np.zeros((4, 12), np.float32), Prompt("w", "another", "toy/task0", 0))
    with pytest.raises(BadInput, match=r"'w' has shape \[4, 12\] \(tuned on another\).*\[P, 16\]"):
        evaluate(models["roberta"], [prompt(0), wide], tiny_models.task(), tiny_models.examples(2), Silent())
    with pytest.raises(BadInput, match="80 soft tokens does not fit"):
        evaluate(models["roberta"], [prompt(0, 80)], tiny_models.task(), tiny_models.examples(2), Silent())
    (answer,) = evaluate(models["t5"], [prompt(0, 80)], tiny_models.task(), tiny_models.examples(2), Silent())  # no limit there
    assert isinstance(answer, Predictions)


@pytest.mark.parametrize("kind", ["roberta", "t5"])
def test_passes_side_by_side_answer_what_one_after_another_do(
    models: dict[str, FrozenModel], kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    frozen, task, examples = models[kind], tiny_models.task(2), tiny_models.examples(24, 3, labels=3)
    monkeypatch.setattr("ptlib.models.forward.CPU_TOKENS_A_PASS", 100)
    before, found = torch.get_num_threads(), []
    for threads in (1, 2):
        torch.set_num_threads(threads)
        try:
            found.append(evaluate(frozen, [prompt(1), prompt(2)], task, examples, Silent()))
            assert torch.get_num_threads() == threads
        finally:
            torch.set_num_threads(before)
    for alone, together in zip(*found, strict=True):
        assert alone.example_id == together.example_id
        np.testing.assert_allclose(alone.log_prob, together.log_prob, atol=1e-5)


def test_answers_that_are_no_numbers_are_no_score(models: dict[str, FrozenModel]) -> None:
    frozen = models["roberta"]
    huge = SoftPrompt(np.full((3, frozen.spec.width), 1e30, np.float32), Prompt("p1", frozen.spec.id, "toy", 0))
    with pytest.raises(BadInput, match=r"'p1' makes the model's answers on .* no numbers"):
        evaluate(frozen, [huge], tiny_models.task(), list(tiny_models.examples(2, 5)), Silent())


@pytest.mark.parametrize("kind", ["roberta", "t5"])
def test_a_first_look_and_the_rest_are_the_whole_to_the_bit(
    models: dict[str, FrozenModel], kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    frozen, task, examples = models[kind], tiny_models.task(2), tiny_models.examples(40, 3, labels=3)
    prompts = [prompt(0), prompt(1, 7)]
    monkeypatch.setattr("ptlib.models.forward.CPU_TOKENS_A_PASS", 100)
    whole = evaluate(frozen, prompts, task, examples, Silent())
    look = evaluate(frozen, prompts, task, examples, Silent(), first=True)
    assert all(one.places and 0 < len(one.places) < 20 and len(one.score) == len(one.places) for one in look)
    for some, every in zip(look, whole, strict=True):
        assert np.array_equal(some.log_prob, every.log_prob[list(some.places)])
        assert some.example_id == tuple(examples[place].id for place in some.places)
    asked = []
    same = evaluation.label_log_probs
    monkeypatch.setattr(evaluation, "label_log_probs", lambda *given: asked.append(len(given[2])) or same(*given))
    known = [dict(zip(one.places, one.log_prob, strict=True)) for one in look]
    found = evaluate(frozen, prompts, task, examples, Silent(), known=known)
    assert sum(asked) == 2 * len(examples) - sum(map(len, known))
    for one, every in zip(found, whole, strict=True):
        assert one.places is None and one.to_frame().equals(every.to_frame())


def test_a_first_look_is_of_whole_passes_and_about_a_fifth() -> None:
    groups = [list(range(start, start + size)) for start, size in ((0, 40), (40, 35), (75, 60), (135, 3), (138, 30), (168, 132))]
    chosen = first_look(groups)
    assert all(group in groups for group in chosen) and abs(sum(map(len, chosen)) - 60) <= 30
    assert first_look(groups) == chosen and first_look(groups[:1]) == groups[:1]
