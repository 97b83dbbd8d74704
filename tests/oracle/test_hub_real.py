"""Against real files: real rows of nine tasks, and the label words against real vocabularies (skipped without them)."""

import json
import os
from collections import Counter
from pathlib import Path

import pytest

from ptlib.tasks.published.registry import HUB_TASKS, HUB_VARIANTS
from ptlib.tasks.rows import convert
from ptlib.tasks.task import MASKED_LM, Task

_GIVEN = os.environ.get("PTLIB_REFERENCE_DATA", "")
ROOT = Path(_GIVEN)
pytestmark = pytest.mark.skipif(not _GIVEN, reason="PTLIB_REFERENCE_DATA is not set")
TASKS = {task.id: task for task in HUB_TASKS}
WORDY = [task for task in (*HUB_TASKS, *HUB_VARIANTS) if task.is_classification]
REAL = ("ethics_deontology", "ethics_justice", "mnli", "qnli", "rotten_tomatoes", "snli", "squad", "sst2")


@pytest.mark.parametrize("id_", REAL)
@pytest.mark.parametrize("split", ["train", "validation"])
def test_real_rows_are_read_without_loss(id_: str, split: str) -> None:
    with (ROOT / "tasks" / id_ / f"{split}.jsonl").open(encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    found = convert(TASKS[id_], rows, split)
    assert len(found.examples) + sum(found.left_out.values()) == len(rows) and sum(found.left_out.values()) <= len(rows) // 500
    if TASKS[id_].labels:
        counts = Counter(item.label for item in found.examples)
        assert set(counts) == set(range(len(TASKS[id_].labels)))
        assert min(counts.values()) > 0.2 * len(rows) / len(counts)
    else:
        assert all(any(target in item.text_b for target in item.targets) for item in found.examples)


def test_a_contradiction_reads_like_one() -> None:
    """Label numbers of the Hub and names agree: the hypothesis of a contradicted premise more often says no."""
    with (ROOT / "tasks" / "snli" / "train.jsonl").open(encoding="utf-8") as lines:
        examples = convert(TASKS["snli"], [json.loads(line) for line in lines]).examples
    rate = {
        name: sum(" sleeping" in item.text_b for item in examples if TASKS["snli"].labels[item.label or 0] == name)
        for name in TASKS["snli"].labels
    }
    assert rate["contradiction"] > 2 * rate["entailment"]


@pytest.mark.parametrize("folder", ["weights/roberta-tokenizer", "weights/minilm-mlm"])
@pytest.mark.parametrize(
    "task", [task for task in (*HUB_TASKS, *HUB_VARIANTS) if task.is_classification], ids=lambda task: task.id
)
def test_every_masked_lm_label_word_is_one_token(folder: str, task: Task) -> None:
    path = ROOT.parent / folder if not (ROOT / folder).exists() else ROOT / folder
    if not path.exists():
        pytest.skip("no such tokenizer")
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(path)
    start = tokenizer("x", add_special_tokens=False)["input_ids"]
    ids = [tokenizer(f"x {word}", add_special_tokens=False)["input_ids"][len(start) :] for word in task.words[MASKED_LM]]
    assert all(len(pieces) == 1 and pieces[0] != tokenizer.unk_token_id for pieces in ids)
    assert len({pieces[0] for pieces in ids}) == len(ids)


def test_published_prompts_answer_in_their_own_layout(tmp_path: Path) -> None:
    """All of the checkout, imported from disk and evaluated on one-layer models of the right width and vocabulary."""
    import numpy as np
    import torch
    from transformers import AutoTokenizer, RobertaConfig, RobertaForMaskedLM

    from ptlib.base.progress import Silent
    from ptlib.models.load import load_model
    from ptlib.models.registry import get_backbone
    from ptlib.prompts.evaluation import evaluate
    from ptlib.prompts.importing import import_prompts
    from ptlib.prompts.soft import SoftPrompt

    tokenizer = ROOT.parent / "weights" / "roberta-tokenizer"
    if not tokenizer.exists():
        pytest.skip("no such tokenizer")
    torch.manual_seed(0)
    shape = {"hidden_size": 768, "num_hidden_layers": 1, "num_attention_heads": 12, "intermediate_size": 64}
    config = RobertaConfig(vocab_size=50265, max_position_embeddings=514, type_vocab_size=1, pad_token_id=1, **shape)
    RobertaForMaskedLM(config).save_pretrained(tmp_path / "model")
    AutoTokenizer.from_pretrained(tokenizer).save_pretrained(tmp_path / "model")
    frozen = load_model(get_backbone(str(tmp_path / "model")))
    folders, found = import_prompts(ROOT / "published_checkout", tmp_path / "out")
    assert not found.refused
    prompts = [prompt for folder in folders if (prompt := SoftPrompt.load(folder)).info.backbone == "FacebookAI/roberta-base"]
    assert len(prompts) == 14 and {prompt.info.layout for prompt in prompts} == {"published_v1"}
    for id_ in ("sst2", "snli"):
        with (ROOT / "tasks" / id_ / "validation.jsonl").open(encoding="utf-8") as lines:
            examples = convert(TASKS[id_], [json.loads(line) for _, line in zip(range(4), lines, strict=False)]).examples
        answers = evaluate(frozen, prompts, TASKS[id_], examples, Silent())
        assert all(answer.log_prob.shape == (len(examples), len(TASKS[id_].labels)) for answer in answers)
        assert all(np.isfinite(answer.log_prob).all() for answer in answers)
        assert np.ptp([answer.log_prob[0, 0] for answer in answers]) > 0  # different prompts, different answers
