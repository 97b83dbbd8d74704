"""Published prompts keep their own layout: against the stock forward pass with the input written out by hand.

Masked LM: the published code gives the prompt's positions no position embedding, so a copy of the model whose first rows
of that table are zero must answer alike. T5: the encoder text of the published code, read at the first decoder step.
"""

from itertools import product
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import AutoModelForMaskedLM, T5ForConditionalGeneration

from ptlib.base.errors import BadInput
from ptlib.base.progress import Silent
from ptlib.models.load import load_model
from ptlib.models.published_layout import label_ids, published_t5_template
from ptlib.models.registry import get_backbone
from ptlib.prompts.evaluation import evaluate
from ptlib.prompts.record import Prompt
from ptlib.prompts.soft import SoftPrompt
from ptlib.tasks.published.registry import HUB_TASKS
from ptlib.tasks.task import Example, Task
from tests.fixtures import tiny_models

P = 6
TASKS = {task.id: task for task in HUB_TASKS}
PAIR = (Example("1", "the food was good .", "it was not very bad .", 1), Example("2", "a film", "we hated it", 0))
SINGLE = tuple(Example(item.id, item.text_a, "", item.label) for item in PAIR)


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    root, sizes = tmp_path_factory.mktemp("models"), {"roberta": 50265, "bert": 30522, "t5": 32128}
    return {kind: tiny_models.make(root / kind, kind, vocabulary=size) for kind, size in sizes.items()}


def published(task: str, backbone: str, **more: object) -> SoftPrompt:
    values = np.random.default_rng(5).normal(0, 0.5, (P, 16)).astype(np.float32)
    return SoftPrompt(values, Prompt("i1", backbone, task, 0, layout="published_v1", extra=dict(more)))


SHARED = ("sst2", "mnli", "qqp", "laptop")


@pytest.mark.parametrize(("kind", "id_"), [*product(("roberta", "bert"), SHARED), ("roberta", "ethics_justice")])
def test_masked_lm_reads_the_published_input_at_position_0(folders: dict[str, str], kind: str, id_: str) -> None:
    task, examples = TASKS[id_], PAIR if "text_b" in TASKS[id_].columns.values() else SINGLE
    frozen = load_model(get_backbone(folders[kind]))
    prompt = published("imdb", folders[kind], label_ids=[1, 2])  # another task's: the target's ids must be used
    found = evaluate(frozen, [prompt], task, examples, Silent())[0]
    model = AutoModelForMaskedLM.from_pretrained(folders[kind]).eval()
    first = 2 if kind == "roberta" else 0
    with torch.no_grad():
        model.base_model.embeddings.position_embeddings.weight[first : first + P] = 0
    ids = list(label_ids(kind, id_, len(task.labels)))
    for row, example in enumerate(examples):
        a, b = example.text_a, example.text_b
        a, b = (b, a) if id_ == "mnli" else (f"{a} {b}", "") if id_ == "laptop" else (a, b)
        text = [0, *frozen.tokenizer(a, add_special_tokens=False)["input_ids"], 2]
        text += [*frozen.tokenizer(b, add_special_tokens=False)["input_ids"], 2] if b else []
        words = model.get_input_embeddings()(torch.tensor([frozen.tokenizer.mask_token_id, *text]))
        inputs = torch.cat([words[:1], torch.tensor(prompt.values[1:]), words[1:]])[None]
        with torch.no_grad():
            logits = model(inputs_embeds=inputs, attention_mask=torch.ones(1, inputs.shape[1])).logits[0, 0, ids]
        assert np.abs(found.log_prob[row] - torch.log_softmax(logits, -1).numpy()).max() < 1e-5
    assert np.ptp(found.log_prob) > 1e-3


T5_TEXTS = {
    "imdb": ("the food was good .", False),
    "sst2": ("the food was good .", True),
    "tweeteval_sentiment": ("the food was good .", True),
    "restaurant": ("the food was good . it was not very bad .", True),
    "snli": ("hypothesis: it was not very bad . [SEP] sentence: premise: the food was good .", False),
    "qnli": ("question: the food was good . [SEP] sentence: sentence: it was not very bad .", False),
    "ethics_deontology": ("the food was good . it was not very bad .", False),
    "mrpc": ("the food was good . <extra_id_0> it was not very bad .", True),
}


@pytest.mark.parametrize("id_", T5_TEXTS)
def test_t5_reads_the_published_text_at_the_first_decoder_step(folders: dict[str, str], id_: str) -> None:
    task, (text, ended) = TASKS[id_], T5_TEXTS[id_]
    example = PAIR[0] if "text_b" in task.columns.values() else SINGLE[0]
    frozen = load_model(get_backbone(folders["t5"]))
    prompt = published(id_, folders["t5"])
    found = evaluate(frozen, [prompt], task, [example], Silent())[0]
    model = T5ForConditionalGeneration.from_pretrained(folders["t5"]).eval()
    ids = [*frozen.tokenizer(text, add_special_tokens=False)["input_ids"], *([1] if ended else [])]
    inputs = torch.cat([torch.tensor(prompt.values), model.get_input_embeddings()(torch.tensor(ids))])[None]
    with torch.no_grad():
        logits = model(inputs_embeds=inputs, decoder_input_ids=torch.tensor([[0]])).logits[0, 0]
    theirs = torch.log_softmax(logits[list(label_ids("t5", id_, len(task.labels)))], -1)
    assert np.abs(found.log_prob[0] - theirs.numpy()).max() < 1e-5


def test_generation_tasks_have_their_published_texts() -> None:
    found = {id_: published_t5_template(id_) for id_ in ("squad", "nq_open", "multi_news", "samsum")}
    assert found["squad"] == ("context: {b} SEP question:{a}", False)
    assert not any(ended for _, ended in found.values())


def test_a_task_that_nothing_was_published_for_is_answered_with_its_own_words(folders: dict[str, str]) -> None:
    frozen = load_model(get_backbone(folders["roberta"]))
    found = evaluate(frozen, [published("sst2", folders["roberta"])], tiny_models.task(0), tiny_models.examples(4), Silent())
    assert found[0].log_prob.shape == (4, 2)


def test_another_vocabulary_is_refused(tmp_path: Path) -> None:
    frozen = load_model(get_backbone(tiny_models.make(tmp_path / "small")))
    task: Task = TASKS["sst2"]
    with pytest.raises(BadInput, match="Use the backbone that the prompt was published for"):
        evaluate(frozen, [published("sst2", str(tmp_path / "small"))], task, SINGLE, Silent())


def test_a_model_without_that_layout_is_refused(tmp_path: Path) -> None:
    frozen = load_model(get_backbone(tiny_models.make(tmp_path / "modern", "modernbert", vocabulary=50265)))
    with pytest.raises(BadInput, match="Use RoBERTa, BERT or T5"):
        evaluate(frozen, [published("sst2", "x")], TASKS["sst2"], SINGLE, Silent())
