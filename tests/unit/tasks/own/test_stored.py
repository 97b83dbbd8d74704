"""One's own task in the store: what was accepted comes back unchanged, or is said to be damaged."""

from pathlib import Path

import pytest

from ptlib.base.errors import BadInput, Damaged
from ptlib.tasks.data import load_training
from ptlib.tasks.own import stored
from ptlib.tasks.own.forms import form_from
from ptlib.tasks.own.stored import (
    accept,
    damaged_own_tasks,
    delete_own_task,
    load_own_tasks,
    own_examples,
    own_findings,
    tasks_dir,
)
from tests.fixtures.own_table import FORM, GOOD, codes, table


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
    assert codes(FORM, tmp_path / name) == {"cut": "note", "few_evaluation": "warning", "label_order": "note"}


def test_the_id_follows_form_and_data(cache: Path, tmp_path: Path) -> None:
    ids = {
        accept(form_from(FORM), table(tmp_path / "a.csv", GOOD)).id,
        accept(form_from({**FORM, "words": ["bad", "good"]}), tmp_path / "a.csv").id,
        accept(form_from(FORM), table(tmp_path / "a.csv", GOOD[1:])).id,
    }
    assert len(ids) == 3 == len(load_own_tasks())


def test_two_files_that_differ_in_their_labels_alone_are_two_tasks(cache: Path, tmp_path: Path) -> None:
    names = {"bad": "①", "good": "②"}
    first = accept(form_from(FORM), table(tmp_path / "a.csv", GOOD))
    other = accept(form_from(FORM), table(tmp_path / "b.csv", [{**row, "stars": names[row["stars"]]} for row in GOOD]))
    assert first.labels == ("bad", "good") and other.labels == ("①", "②") and first.id != other.id
    assert own_examples(first.id, "train") == own_examples(other.id, "train")
    assert accept(form_from(FORM), tmp_path / "a.csv") == first and accept(form_from(FORM), tmp_path / "b.csv") == other


def test_a_task_that_was_accepted_before_keeps_its_id(cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:  # as ids were made before labels counted
        digest = stored._digest
        patch.setattr(stored, "_digest", lambda form, content: digest({**form, "labels": ()}, content))
        before = accept(form_from(FORM), table(tmp_path / "a.csv", GOOD))
    assert accept(form_from(FORM), tmp_path / "a.csv") == before and len(load_own_tasks()) == 1


def test_what_is_said_is_of_this_file_not_of_another_with_the_same_rows(cache: Path, tmp_path: Path) -> None:
    first = accept(form_from(FORM), table(tmp_path / "a.csv", [*GOOD, {"text": "", "stars": "good"}]))
    assert "empty_cells" in {finding.code for finding in own_findings(first.id)}
    assert accept(form_from(FORM), table(tmp_path / "b.csv", GOOD)).id == first.id
    assert "empty_cells" not in {finding.code for finding in own_findings(first.id)}


def test_an_own_task_is_found_by_id(cache: Path, tmp_path: Path) -> None:
    pytest.importorskip("ptlib.tasks.demo")
    from ptlib.tasks.registry import get_task

    task = accept(form_from(FORM), table(tmp_path / "a.csv", GOOD))
    assert get_task(task.id) == task


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


def test_what_the_check_found_stays_with_the_task(cache: Path, tmp_path: Path) -> None:
    task = accept(form_from(FORM), table(tmp_path / "a.csv", [*GOOD, {"text": "", "stars": "good"}]))
    found = {finding.code: finding for finding in own_findings(task.id)}
    assert found["empty_cells"].rows == (202,) and found["empty_cells"].count == 1
    said: list[str] = []
    load_training(task, say=said.append)
    assert any("line 202" in message for message in said)
