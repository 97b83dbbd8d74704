"""Every registered task, from a fixture in the Hub's own layout and columns: found, read, label by name, rendered."""
# ruff: noqa: F811  (a fixture is an argument of the same name)

import csv
import io
import json
from collections.abc import Mapping
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ptlib.tasks import fetch as task_fetch
from ptlib.tasks.published.registry import HUB_TASKS, HUB_VARIANTS, overlap
from ptlib.tasks.rows import to_examples
from ptlib.tasks.task import MASKED_LM, T5, HubFiles, Task
from tests.fixtures.hub_fixtures import HubImitation, hub  # noqa: F401

TASKS = {task.id: task for task in (*HUB_TASKS, *HUB_VARIANTS)}
IDS = [
    "imdb",
    "sst2",
    "rotten_tomatoes",
    "laptop",
    "restaurant",
    "movie_rationales",
    "tweeteval_sentiment",
    "mnli",
    "qnli",
    "snli",
    "ethics_deontology",
    "ethics_justice",
    "qqp",
    "mrpc",
    "squad",
    "nq_open",
    "multi_news",
    "samsum",
]
EVALUATION = {
    "imdb": "test",
    "rotten_tomatoes": "test",
    "laptop": "test",
    "restaurant": "test",
    "snli": "test",
    "mnli": "validation_matched",
}
_LONG = "word " * 3000

# rows as the Hub has them -> the label or targets that must come out; None = left out
ROWS: Mapping[str, list[tuple[dict[str, Any], Any]]] = {
    "imdb": [
        ({"text": "bad " + _LONG, "label": 0}, "negative"),
        ({"text": "good", "label": 1}, "positive"),
        ({"text": " ", "label": 1}, None),
    ],
    "sst2": [({"sentence": "dull ", "label": 0, "idx": 0}, "negative"), ({"sentence": "fine", "label": 1, "idx": 1}, "positive")],
    "rotten_tomatoes": [({"text": "fine", "label": 1}, "positive"), ({"text": "dull", "label": 0}, "negative")],
    "laptop": [
        ({"text": "Fast but hot.", "span": "speed", "label": "positive", "ordinal": 0}, "positive"),
        ({"text": "Fast but hot.", "span": "heat", "label": "negative", "ordinal": 0}, "negative"),
        ({"text": "It has a screen.", "span": "screen", "label": "neutral", "ordinal": 0}, "neutral"),
        ({"text": "Mixed keys.", "span": "keys", "label": "conflict", "ordinal": 0}, None),
    ],
    "movie_rationales": [
        ({"review": _LONG, "label": 1, "evidences": ["a"]}, "positive"),
        ({"review": "dull", "label": 0, "evidences": []}, "negative"),
    ],
    "tweeteval_sentiment": [
        ({"text": "a", "label": 0}, "negative"),
        ({"text": "b", "label": 1}, "neutral"),
        ({"text": "c", "label": 2}, "positive"),
    ],
    "mnli": [
        ({"premise": "p", "hypothesis": "h", "label": 0, "idx": 0}, "entailment"),
        ({"premise": "p", "hypothesis": "h", "label": 1, "idx": 1}, "neutral"),
        ({"premise": "p", "hypothesis": "h", "label": 2, "idx": 2}, "contradiction"),
    ],
    "qnli": [
        ({"question": "q", "sentence": "s", "label": 0, "idx": 0}, "entailment"),
        ({"question": "q", "sentence": "s", "label": 1, "idx": 1}, "not_entailment"),
    ],
    "snli": [
        ({"premise": "p", "hypothesis": "h", "label": 0}, "entailment"),
        ({"premise": "p", "hypothesis": "h", "label": -1}, None),
        ({"premise": "p", "hypothesis": "h", "label": 2}, "contradiction"),
    ],
    "ethics_deontology": [
        ({"label": 1, "scenario": "s", "excuse": "e"}, "acceptable"),
        ({"label": 0, "scenario": "s", "excuse": "e"}, "unacceptable"),
    ],
    "ethics_justice": [({"label": 0, "scenario": "s"}, "unacceptable"), ({"label": 1, "scenario": "s"}, "acceptable")],
    "qqp": [
        ({"question1": "a", "question2": "b", "label": 1, "idx": 0}, "duplicate"),
        ({"question1": "a", "question2": None, "label": 0, "idx": 1}, None),
        ({"question1": "a", "question2": "c", "label": 0, "idx": 2}, "not_duplicate"),
    ],
    "mrpc": [
        ({"sentence1": "a", "sentence2": "b", "label": 0, "idx": 0}, "not_equivalent"),
        ({"sentence1": "a", "sentence2": "b", "label": 1, "idx": 1}, "equivalent"),
    ],
    "squad": [
        (
            {
                "id": "x1",
                "title": "t",
                "context": "c",
                "question": "q",
                "answers": {"text": ["one", "two", "one"], "answer_start": [0, 1, 2]},
            },
            ("one", "two"),
        ),
        ({"id": "x2", "title": "t", "context": "c", "question": "q", "answers": {"text": [], "answer_start": []}}, None),
    ],
    "nq_open": [({"question": "q", "answer": ["1907", "in 1907"]}, ("1907", "in 1907"))],
    "multi_news": [({"document": "first ||||| second |||||", "summary": "s"}, ("s",)), ({"document": "", "summary": "s"}, None)],
    "samsum": [
        ({"id": "13", "dialogue": "A: hi\r\nB: hello", "summary": "They greet."}, ("They greet.",)),
        ({"id": "14", "dialogue": None, "summary": "x"}, None),
    ],
}


def rows_of(task: Task) -> list[tuple[dict[str, Any], Any]]:
    return ROWS["laptop" if task.id.startswith(("laptop", "restaurant")) else task.id]


def file_bytes(name: str, rows: list[dict[str, Any]]) -> bytes:
    """Rows in the format that the file's name says."""
    if name.endswith(".parquet"):
        sink = io.BytesIO()
        pq.write_table(pa.Table.from_pylist(rows), sink)
        return sink.getvalue()
    if name.endswith(".jsonl"):
        return "\n".join(map(json.dumps, rows)).encode()
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def fill(hub: HubImitation, place: HubFiles, rows: list[dict[str, Any]]) -> None:
    for pattern in (name for names in place.files.values() for name in names):
        name = pattern.replace("*", "0000")
        hub.add("dataset", place.repo, {name: file_bytes(name, rows)}, place.revision)


@pytest.mark.parametrize("task", TASKS.values(), ids=TASKS)
def test_a_fixture_in_the_hubs_layout_loads_and_renders(hub: HubImitation, task: Task) -> None:
    rows = rows_of(task)
    fill(hub, task.hub[0], [row for row, _ in rows])
    wanted = [answer for row, answer in rows if answer is not None]
    if task.variant_of:
        wanted.append("conflict")
    for split in (task.train_split, task.evaluation_split):
        examples = to_examples(task, task_fetch.rows(task, split), split)
        assert [task.labels[item.label] if item.label is not None else item.targets for item in examples] == wanted
        for item in examples:
            assert item.text_a in task.t5_template.format(text_a=item.text_a, text_b=item.text_b)
            assert bool(item.text_b) == ("text_b" in task.columns.values())
    assert len({item.id for item in examples}) == len(examples)


def test_the_registry_holds_the_18_tasks_with_their_evaluation_splits() -> None:
    assert [task.id for task in HUB_TASKS] == IDS
    assert {task.id: task.evaluation_split for task in HUB_TASKS} == {id_: EVALUATION.get(id_, "validation") for id_ in IDS}
    assert "published code used validation" in TASKS["snli"].evaluation_note
    assert {task.id: task.metric for task in HUB_TASKS if task.metric != "accuracy"} == {
        "squad": "exact_match",
        "nq_open": "exact_match",
        "multi_news": "rouge_l",
        "samsum": "rouge_l",
    }


@pytest.mark.parametrize("task", TASKS.values(), ids=TASKS)
def test_a_task_is_fully_declared(task: Task) -> None:
    assert task.description and task.evaluation_note and task.licence and task.citation and task.source == "hub"
    assert task.hub and all({task.train_split, task.evaluation_split} <= set(place.files) for place in task.hub)
    assert set(task.columns.values()) <= {"text_a", "text_b", "label", "targets"}
    assert task.supports(T5) and task.supports(MASKED_LM) == task.is_classification
    assert T5 in task.hand_written and (MASKED_LM in task.hand_written) == task.is_classification
    assert set(task.label_names.values()) == set(range(len(task.labels)))
    assert ("{text_b}" in task.t5_template) == ("text_b" in task.columns.values())


def test_known_overlaps_are_named() -> None:
    assert "rotten_tomatoes" in overlap("sst2", "rotten_tomatoes") and overlap("rotten_tomatoes", "sst2")
    assert "same data" in overlap("laptop", "laptop_conflict")
    assert not overlap("sst2", "mnli") and not overlap("sst2", "sst2")
