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

from ptlib.base.errors import BadInput
from ptlib.models import published_layout
from ptlib.models.published import HUB_BACKBONES
from ptlib.models.registry import looks_like_hub_id
from ptlib.tasks import fetch as task_fetch
from ptlib.tasks.published.registry import HUB_TASKS, HUB_VARIANTS, overlap
from ptlib.tasks.rows import convert, to_examples
from ptlib.tasks.task import MASKED_LM, T5, Example, HubFiles, Task
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


def test_label_order_is_the_published_one() -> None:
    assert TASKS["mnli"].labels == TASKS["snli"].labels == ("contradiction", "neutral", "entailment")
    assert TASKS["laptop_conflict"].labels == ("negative", "neutral", "positive", "conflict")
    assert TASKS["qnli"].labels == ("not_entailment", "entailment")
    assert published_layout.label_ids("roberta", "ethics_justice", 2) == (897, 32047)
    assert published_layout.label_ids("roberta", "laptop", 3) == (33407, 19397, 22173)
    assert published_layout.label_ids("roberta", "laptop_conflict", 4) == (33407, 19397, 22173, 17075)
    assert published_layout.label_ids("t5", "snli", 3) == (27252, 7163, 3)
    assert (
        published_layout.label_ids("bert", "ethics_justice", 2) is None
        and published_layout.label_ids("roberta", "squad", 0) is None
    )


def test_published_texts_swap_inference_and_join_aspects() -> None:
    example = Example(id="1", text_a="a", text_b="b")
    assert published_layout.published_texts("snli", example) == ("b", "a")
    assert published_layout.published_texts("laptop", example) == ("a b", "")
    assert published_layout.published_texts("qqp", example) == ("a", "b")


def test_the_separators_of_multi_news_become_blank_lines() -> None:
    (example,) = to_examples(TASKS["multi_news"], [{"document": "one ||||| two\n|||||", "summary": "s"}])
    assert example.text_a == "one\n\ntwo"


def test_what_is_left_out_is_counted_and_ids_do_not_shift() -> None:
    rows = [{"premise": "p", "hypothesis": "h", "label": label} for label in (-1, 0, -1)] + [
        {"premise": None, "hypothesis": "h", "label": 1}
    ]
    found = convert(TASKS["snli"], rows, "test")
    assert [item.id for item in found.examples] == ["test-1"]
    assert found.left_out == {"label -1": 2, "empty text": 1}


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([{"sentence": "a", "label": -1}], "hidden label"),
        ([{"sentence": "a", "label": "great"}], "Known labels"),
        ([{"text": "a", "label": 1}], "lack the column 'sentence'"),
        ([], "no rows"),
        ([{"sentence": "", "label": 1}], "empty text"),
    ],
)
def test_rows_that_do_not_fit_are_refused_in_words(rows: list[dict[str, Any]], words: str) -> None:
    with pytest.raises(BadInput, match=words):
        to_examples(TASKS["sst2"], rows)


@pytest.mark.parametrize("label", [1, "1", 1.0, "1.0", True, "Not Equivalent", "not-equivalent"])
def test_labels_are_read_by_number_or_by_name(label: object) -> None:
    (example,) = to_examples(TASKS["mrpc"], [{"sentence1": "a", "sentence2": "b", "label": label}])
    assert example.label == (0 if isinstance(label, str) and "quivalent" in label else 1)


@pytest.mark.parametrize("id_", ["sst2", "qnli", "qqp", "mrpc"])
def test_copies_of_glue_are_read_by_label_name_whatever_their_numbers(hub: HubImitation, id_: str) -> None:
    task = TASKS[id_]
    place = next(place for place in task.hub if place.repo.startswith("SetFit/"))
    texts = [name for name, column in place.columns.items() if column != "label"]
    rows = [
        {**dict.fromkeys(texts, "x"), "label": 1 - index, "label_text": name.replace("_", " "), "idx": index}
        for index, name in enumerate(task.labels)
    ]
    fill(hub, place, rows)
    assert [item.label for item in to_examples(task, task_fetch.rows(task, "validation"))] == [0, 1]


def test_known_overlaps_are_named() -> None:
    assert "rotten_tomatoes" in overlap("sst2", "rotten_tomatoes") and overlap("rotten_tomatoes", "sst2")
    assert "same data" in overlap("laptop", "laptop_conflict")
    assert not overlap("sst2", "mnli") and not overlap("sst2", "sst2")


def test_backbones_are_declared_with_their_sizes() -> None:
    by_id = {spec.id: spec for spec in HUB_BACKBONES}
    assert len(by_id) == len(HUB_BACKBONES) == 25
    for spec in HUB_BACKBONES:
        assert spec.width and spec.ffn and spec.layers and spec.parameters and spec.source == "hub" and looks_like_hub_id(spec.id)
        assert (spec.max_positions is None) == (spec.family == T5)
        assert set(spec.saw_tasks) <= set(IDS)
    assert by_id["google/t5-xxl-lm-adapt"].width == 4096 and not by_id["google/t5-xxl-lm-adapt"].saw_tasks
    assert "mnli" in by_id["google-t5/t5-base"].saw_tasks and "imdb" in by_id["google/flan-t5-xl"].saw_tasks
    assert by_id["FacebookAI/roberta-large"].max_positions == 512
