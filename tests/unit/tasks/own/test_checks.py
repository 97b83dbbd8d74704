"""One's own task: what is wrong with its files is found and said before it is accepted."""

from pathlib import Path

import pytest

from ptlib.base.errors import BadInput
from ptlib.tasks.own.checks import check
from ptlib.tasks.own.forms import form_from
from ptlib.tasks.own.stored import accept, load_own_tasks, own_examples
from tests.fixtures.own_table import FORM, GOOD, codes, table


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


def test_the_order_of_labels_that_the_form_leaves_open_is_said(tmp_path: Path) -> None:
    path = table(tmp_path / "a.csv", [{**row, "stars": ("5 stars", "10 stars")[number % 2]} for number, row in enumerate(GOOD)])
    said = [item.message for item in check(form_from(FORM), path).findings if item.code == "label_order"]
    assert len(said) == 1 and f"10_stars = {FORM['words'][0]}, 5_stars = {FORM['words'][1]}" in said[0]
    named = form_from({**FORM, "labels": ["5 stars", "10 stars"]})
    assert "label_order" not in {item.code for item in check(named, path).findings}


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


def test_a_label_that_no_row_has_is_said(cache: Path, tmp_path: Path) -> None:
    form = form_from({**FORM, "labels": ["bad", "good", "so-so"], "words": ["terrible", "great", "fine"]})
    checked = check(form, table(tmp_path / "a.csv", GOOD))
    (found,) = [finding for finding in checked.findings if finding.code == "absent_label"]
    assert checked.ok and found.severity == "warning" and "'so-so'" in found.message
    assert "absent_label" not in codes(FORM, tmp_path / "a.csv")
