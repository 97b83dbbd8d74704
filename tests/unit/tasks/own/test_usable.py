"""Which rows of an own task are used, and which are counted out and why."""

from pathlib import Path

import pytest

from ptlib.tasks.own.checks import check
from ptlib.tasks.own.forms import form_from
from tests.fixtures.own_table import FORM, GOOD, table


def test_rows_that_cannot_be_used_are_counted(cache: Path, tmp_path: Path) -> None:
    rows = [
        *GOOD,
        {"text": "", "stars": "good"},
        {"text": "x", "stars": ""},
        GOOD[3],
        *2 * [{"text": GOOD[3]["text"].upper() + "!", "stars": "bad"}],
        {"text": "NULL", "stars": "good"},
        {"text": "cafÃ©", "stars": "good"},
    ]
    checked = check(form_from(FORM), table(tmp_path / "a.csv", rows))
    found = {finding.code: finding for finding in checked.findings}
    assert (
        [finding.rows for finding in checked.findings if finding.code == "empty_cells"] == [(202,), (203,)]
        and found["duplicate_rows"].rows == (204, 206)
        and found["contradicting_rows"].rows == (205,)
        and found["missing_signs"].rows == (207,)
        and found["garbled_texts"].rows == (208,)
    )
    assert all(finding.severity == "warning" for finding in checked.findings if finding.rows)


def test_a_column_of_lists_that_were_written_out_as_text_is_no_column_of_texts(cache: Path, tmp_path: Path) -> None:
    rows = [{**row, "text": str(row["text"].split())} for row in GOOD]
    (found,) = check(form_from(FORM), table(tmp_path / "a.csv", rows)).errors
    assert found.code == "cells" and "'text'" in found.message and "['review', 'number', '0']" in found.message


def test_texts_of_the_evaluation_file_are_taken_out_of_training(cache: Path, tmp_path: Path) -> None:
    train, evaluation = table(tmp_path / "train.csv", GOOD), table(tmp_path / "test.csv", GOOD[:30])
    checked = check(form_from(FORM), train, evaluation)
    (finding,) = [finding for finding in checked.findings if finding.code == "leakage"]
    assert finding.severity == "warning" and finding.message.startswith("30 rows of the training file") and finding.count == 30
    assert len(checked.train) == 170 and len(checked.evaluation) == 30 and checked.ok


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
