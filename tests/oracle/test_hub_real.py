"""Against real files: real rows of nine tasks, and the label words against real vocabularies (skipped without them)."""

import json
import os
from collections import Counter
from pathlib import Path

import pytest

from ptlib.hub.registry import HUB_TASKS, HUB_VARIANTS
from ptlib.hub.rows import convert
from ptlib.tasks import MASKED_LM, Task

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
