"""One's own task: what is wrong with a file is found and said; what is accepted comes back unchanged."""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ptlib.base.errors import BadInput, Damaged
from ptlib.tasks.data import load_training
from ptlib.tasks.own import (
    accept,
    check,
    damaged_own_tasks,
    delete_own_task,
    form_from,
    load_own_tasks,
    own_examples,
    own_findings,
    task_from_file,
    tasks_dir,
)

FORM: dict[str, Any] = {"name": "My reviews", "columns": {"text_a": "text", "label": "stars"}, "words": ["terrible", "great"]}
GOOD = [{"text": f"review number {number}", "stars": "good" if number % 2 else "bad"} for number in range(200)]


def table(path: Path, rows: list[dict[str, Any]], encoding: str = "utf-8") -> Path:
    """Rows as CSV, JSON lines or Parquet, by the file's name."""
    if path.suffix == ".parquet":
        pq.write_table(pa.Table.from_pylist(rows), path)
    elif path.suffix == ".jsonl":
        path.write_text("\n".join(map(json.dumps, rows)), encoding=encoding)
    else:
        cells = [list(rows[0]), *(list(row.values()) for row in rows)]
        path.write_text(
            "\n".join(",".join('"' + str(cell).replace('"', '""') + '"' for cell in line) for line in cells), encoding=encoding
        )
    return path


def codes(form: dict[str, Any], *files: Path, **more: Any) -> dict[str, str]:
    """Severity of each finding by its code."""
    return {finding.code: finding.severity for finding in check(form_from(form), *files, **more).findings}


@pytest.mark.parametrize("name", ["a.csv", "a.jsonl", "a.parquet"])
def test_a_good_file_is_accepted_and_comes_back(cache: Path, tmp_path: Path, name: str) -> None:
    task = accept(form_from(FORM), table(tmp_path / name, GOOD))
    assert task.id.startswith("own/my-reviews-") and task.labels == ("bad", "good") and task.words["t5"] == ("terrible", "great")
    assert load_own_tasks() == (task,) and not damaged_own_tasks()
    train, evaluation = (own_examples(task.id, split) for split in ("train", "evaluation"))
    assert len(train) + len(evaluation) == 200 and 20 < len(evaluation) < 60
    assert not {item.text_a for item in train} & {item.text_a for item in evaluation}
    assert all(item.label == int(int(item.text_a.split()[-1]) % 2) for item in (*train, *evaluation))
    assert accept(form_from(FORM), tmp_path / name).id == task.id
    assert codes(FORM, tmp_path / name) == {"cut": "note", "few_evaluation": "warning"}


def test_the_id_follows_form_and_data(cache: Path, tmp_path: Path) -> None:
    ids = {
        accept(form_from(FORM), table(tmp_path / "a.csv", GOOD)).id,
        accept(form_from({**FORM, "words": ["bad", "good"]}), tmp_path / "a.csv").id,
        accept(form_from(FORM), table(tmp_path / "a.csv", GOOD[1:])).id,
    }
    assert len(ids) == 3 == len(load_own_tasks())


def test_an_own_task_is_found_by_id(cache: Path, tmp_path: Path) -> None:
    pytest.importorskip("ptlib.tasks.demo")
    from ptlib.tasks.registry import get_task

    task = accept(form_from(FORM), table(tmp_path / "a.csv", GOOD))
    assert get_task(task.id) == task


@pytest.mark.parametrize(
    ("content", "code", "words"),
    [
        (b"text,stars\ncaf\xe9,good\n", "encoding", "line 2 holds the byte 0xe9"),
        ("text,stars\n".encode("utf-16"), "encoding", "UTF-16"),
        (b"text,stars\na\0b,good\n", "encoding", "zero bytes"),
        (b"", "empty", "no rows"),
        (b"text,stars\n", "empty", "no rows"),
        (b"text,stars\na,b,c\n", "rows", "line 2 has 3 cells"),
        (b'text,stars\n"open,good\n', "rows", "quotes"),
        (b"text,text\na,b\n", "rows", "twice"),
        (b"words,stars\na,good\n", "missing_columns", "'words', 'stars'"),
    ],
)
def test_a_broken_file_is_explained(cache: Path, tmp_path: Path, content: bytes, code: str, words: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    (finding,) = check(form_from(FORM), path).findings
    assert (finding.severity, finding.code) == ("error", code) and words in finding.message
    with pytest.raises(BadInput, match="not accepted"):
        accept(form_from(FORM), path)
    assert not load_own_tasks()


def test_another_encoding_and_separator_can_be_named(cache: Path, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("\n".join(["text;stars", *(f"café, {number};{number % 2}" for number in range(300))]), encoding="cp1252")
    task = accept(form_from({**FORM, "encoding": "cp1252"}), path)
    assert own_examples(task.id, "train")[0].text_a.startswith("café, ")
    assert task.labels == ("0", "1")
    assert codes({**FORM, "encoding": "klingon"}, path) == {"encoding": "error"}


def test_rows_that_cannot_be_used_are_counted(cache: Path, tmp_path: Path) -> None:
    rows = [
        *GOOD,
        {"text": "", "stars": "good"},
        {"text": "x", "stars": ""},
        GOOD[3],
        {"text": GOOD[3]["text"].upper() + "!", "stars": "bad"},
    ]
    checked = check(form_from(FORM), table(tmp_path / "a.csv", rows))
    found = {finding.code: finding for finding in checked.findings}
    assert (
        [finding.rows for finding in checked.findings if finding.code == "empty_cells"] == [(202,), (203,)]
        and found["duplicate_rows"].rows == (204,)
        and found["contradicting_rows"].rows == (205,)
    )
    assert all(found[code].severity == "warning" for code in ("empty_cells", "duplicate_rows", "contradicting_rows"))


def test_texts_of_the_evaluation_file_are_taken_out_of_training(cache: Path, tmp_path: Path) -> None:
    train, evaluation = table(tmp_path / "train.csv", GOOD), table(tmp_path / "test.csv", GOOD[:30])
    checked = check(form_from(FORM), train, evaluation)
    (finding,) = [finding for finding in checked.findings if finding.code == "leakage"]
    assert finding.severity == "warning" and finding.message.startswith("30 rows of the training file") and finding.count == 30
    assert len(checked.train) == 170 and len(checked.evaluation) == 30 and checked.ok


@pytest.mark.parametrize(
    ("rows", "form", "code"),
    [
        ([{**row, "stars": "good"} for row in GOOD], {}, "one_class"),
        (GOOD, {"labels": ["bad", "fine"]}, "unknown_label"),
        ([{**row, "stars": number} for number, row in enumerate(GOOD)], {}, "many_classes"),
        (GOOD[:5], {}, "too_few"),
        (GOOD, {"words": ["terrible"]}, "label_words"),
        (GOOD, {"words": ["great", "great"]}, "label_words"),
        (GOOD, {"words": []}, "label_words"),
    ],
)
def test_a_task_that_cannot_work_is_not_accepted(cache: Path, tmp_path: Path, rows: list, form: dict, code: str) -> None:
    assert codes({**FORM, **form}, table(tmp_path / "a.csv", rows))[code] == "error"


def test_a_rare_class_is_mentioned(tmp_path: Path) -> None:
    rows = [{**row, "stars": "bad" if number < 3 else "good"} for number, row in enumerate(GOOD)]
    assert codes(FORM, table(tmp_path / "a.csv", rows))["imbalance"] == "warning"


def test_label_words_are_checked_against_the_tokenizer(tmp_path: Path) -> None:
    asked: list[tuple[str, str]] = []

    def single(family: str, word: str) -> bool:
        asked.append((family, word))
        return word == "great"

    found = [
        finding
        for finding in check(form_from(FORM), table(tmp_path / "a.csv", GOOD), single_token=single).findings
        if finding.code == "label_word_tokens"
    ]
    assert asked == [("mlm", "terrible"), ("mlm", "great")]
    assert len(found) == 1 and "'terrible' is not one token" in found[0].message


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"name": ""}, "needs a name"),
        ({"columns": {}}, "no column for text_a"),
        ({"columns": {"text_a": "t"}}, "no column for label"),
        ({"columns": {"text": "t"}}, "gives a column for 'text'"),
        ({"columns": "text"}, 'needs "columns"'),
        ({"colour": 1}, "unknown entry 'colour'"),
        ({"template": "{text_b}"}, "must hold {text_a}"),
        ({"template": "{text_a} {0}"}, "no other braces"),
        ({"template": "{text_a"}, "must hold"),
        ({"template": "{text_a.__class__}"}, "no other braces"),
        ({"kind": "poetry"}, "Unknown kind"),
        ({"words": "good"}, "must be a list"),
        ({"words": {"gpt": ["a"]}}, "lists for mlm and t5"),
        ({"words": ["a", ""]}, "is empty"),
        ({"labels": [["a"]]}, "list of words"),
        ({"labels": ["Good", "good "]}, "twice"),
        ({"name": ["a"]}, "must be a text"),
    ],
)
def test_a_wrong_form_is_explained(form: dict[str, Any], words: str) -> None:
    with pytest.raises(BadInput) as error:
        form_from({**FORM, **form})
    assert words in str(error.value)


def test_texts_stay_data(cache: Path, tmp_path: Path) -> None:
    nasty = ['=HYPERLINK("http://x")', "<script>alert(1)</script>", "{text_a}", "a,b\nc", "../../etc/passwd"]
    rows = [{"text": f"{text} {number}", "stars": number % 2} for number in range(40) for text in nasty]
    with pytest.raises(BadInput, match="The name of the task holds"):
        form_from({**FORM, "name": "../../<b>x</b>"})
    task = accept(form_from({**FORM, "name": "../../b.x/b"}), table(tmp_path / "a.jsonl", rows))
    texts = {item.text_a for split in ("train", "evaluation") for item in own_examples(task.id, split)}
    assert texts == {row["text"] for row in rows}
    assert [path.parent for path in tasks_dir().glob("*/task.json")] == [tasks_dir() / task.id.removeprefix("own/")]


def test_pairs_and_free_answers_are_possible(cache: Path, tmp_path: Path) -> None:
    rows = [{"q": f"who {number}", "c": f"text {number}", "a": [f"me {number}"]} for number in range(60)]
    form = {
        "name": "qa",
        "kind": "extractive_qa",
        "columns": {"text_a": "q", "text_b": "c", "targets": "a"},
        "template": "{text_a} in {text_b}",
    }
    task = accept(form_from(form), table(tmp_path / "a.jsonl", rows))
    assert task.metric == "exact_match" and not task.supports("mlm") and task.supports("t5")
    assert own_examples(task.id, "train")[0].targets[0].startswith("me ")


def test_a_task_file_names_its_data_beside_it(cache: Path, tmp_path: Path) -> None:
    table(tmp_path / "train.csv", GOOD)
    (tmp_path / "task.json").write_text(json.dumps({**FORM, "train": "train.csv"}))
    assert task_from_file(tmp_path / "task.json").name == "My reviews"
    (tmp_path / "task.json").write_text(json.dumps(FORM))
    with pytest.raises(BadInput, match="names its data"):
        task_from_file(tmp_path / "task.json")
    with pytest.raises(BadInput, match="cannot be read"):
        task_from_file(tmp_path / "none.json")


def test_a_changed_file_is_never_used(cache: Path, tmp_path: Path) -> None:
    task = accept(form_from(FORM), table(tmp_path / "a.csv", GOOD))
    folder = tasks_dir() / task.id.removeprefix("own/")
    (folder / "train.jsonl").write_text("{}")
    with pytest.raises(Damaged, match="changed or lost"):
        own_examples(task.id, "train")
    (folder / "task.json").write_text("{}")
    assert not load_own_tasks() and "cannot be read" in damaged_own_tasks()[0]


def test_a_task_can_be_deleted(cache: Path, tmp_path: Path) -> None:
    task = accept(form_from(FORM), table(tmp_path / "a.csv", GOOD))
    delete_own_task(task.id)
    assert not load_own_tasks()
    for id_ in (task.id, "own/../x", "sst2", "own/.part"):
        with pytest.raises(BadInput, match="none of your own tasks"):
            delete_own_task(id_)
    with pytest.raises(BadInput, match="not 'test'"):
        own_examples(task.id, "test")


@pytest.mark.parametrize(
    "labels", [["07", "007"], ["1", "²"], ["①", "②"], ["٢", "١"], ["10", "9"], ["1.5", "0.5"], ["yes", "No"]]
)
def test_labels_get_one_order_whatever_they_look_like(tmp_path: Path, labels: list[str]) -> None:
    orders = set()
    for turn in (1, -1):
        rows = [{"text": f"review number {number}", "stars": labels[::turn][number % 2]} for number in range(60)]
        orders.add(check(form_from(FORM), table(tmp_path / "a.csv", rows)).labels)
    assert len(orders) == 1
    wanted = {"07": ("007", "07"), "10": ("9", "10"), "1.5": ("0.5", "1.5"), "٢": ("١", "٢")}
    assert orders == {wanted.get(labels[0], tuple(sorted(label.lower() for label in labels)))}


@pytest.mark.parametrize(
    ("values", "labels"),
    [([False, True], [False, True]), ([False, True], ["False", "True"]), ([False, True], ["0", "1"]), ([0.0, 1.0], [0, 1])],
)
@pytest.mark.parametrize("name", ["a.jsonl", "a.parquet"])
def test_labels_match_across_types(tmp_path: Path, name: str, values: list, labels: list) -> None:
    rows = [{"text": f"review number {number}", "stars": values[number % 2]} for number in range(60)]
    checked = check(form_from({**FORM, "labels": labels}), table(tmp_path / name, rows))
    assert checked.ok and sum(checked.counts.values()) + len(checked.evaluation) == 60
    assert all(item.label == int(item.text_a.split()[-1]) % 2 for item in checked.train)


@pytest.mark.parametrize("answer", [1900, 1900.0, True, ["a", 2], {"text": ["a"]}])
def test_answers_of_any_plain_type_are_text(tmp_path: Path, answer: object) -> None:
    form = {"name": "Years", "kind": "open_qa", "columns": {"text_a": "q", "targets": "a"}}
    rows = [{"q": f"question {number}", "a": answer} for number in range(40)]
    checked = check(form_from(form), table(tmp_path / "a.jsonl", rows))
    wanted = {"1900": ("1900",), "1900.0": ("1900",), "True": ("true",), "['a', 2]": ("a", "2")}.get(str(answer), ("a",))
    assert checked.ok and {item.targets for item in checked.train} == {wanted}


def test_a_cell_that_is_no_text_is_named(tmp_path: Path) -> None:
    rows = [{"text": ["a", "b"] if number == 4 else "a", "stars": "x"} for number in range(9)]
    (finding,) = [f for f in check(form_from(FORM), table(tmp_path / "a.jsonl", rows)).findings if f.code == "cells"]
    assert "'text'" in finding.message and "a list" in finding.message and "line 5" in finding.message


def test_only_the_first_row_lacks_a_key(tmp_path: Path) -> None:
    rows = [{"text": "first"}, *GOOD]
    checked = check(form_from(FORM), table(tmp_path / "a.jsonl", rows))
    assert checked.ok and [f.rows for f in checked.findings if f.code == "empty_cells"] == [(1,)]


@pytest.mark.parametrize(
    "words", [("отзыв", "плохо"), ("评论", "很好"), ("مراجعة", "جيد"), ("🙂 chat", "😢"), ("समीक्षा", "अच्छा"), ("รีวิว", "ดี")]
)
def test_no_row_of_any_alphabet_is_taken_for_a_copy(tmp_path: Path, words: tuple[str, str]) -> None:
    rows = [{"text": f"{words[0]} {number} {words[number % 2]}", "stars": "ab"[number % 2]} for number in range(100)]
    checked = check(form_from(FORM), table(tmp_path / "a.csv", rows))
    assert checked.ok and len(checked.train) + len(checked.evaluation) == 100
    letters = [{"text": "🙂" * (number + 1), "stars": "ab"[number % 2]} for number in range(100)]
    checked = check(form_from(FORM), table(tmp_path / "b.csv", letters))
    assert len(checked.train) + len(checked.evaluation) == 100


def test_what_the_check_found_stays_with_the_task(cache: Path, tmp_path: Path) -> None:
    task = accept(form_from(FORM), table(tmp_path / "a.csv", [*GOOD, {"text": "", "stars": "good"}]))
    found = {finding.code: finding for finding in own_findings(task.id)}
    assert found["empty_cells"].rows == (202,) and found["empty_cells"].count == 1
    said: list[str] = []
    load_training(task, say=said.append)
    assert any("line 202" in message for message in said)
