"""Where examples come from: local folders in three formats, embedded files, and what is cut off for validation."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ptlib.base.errors import BadInput, Damaged
from ptlib.tasks.data import load_evaluation, load_training
from ptlib.tasks.registry import get_task
from ptlib.tasks.task import Task

ROWS = [{"sentence": f"text {number}", "label": number % 2} for number in range(10)]
OWN = Task(id="toy", name="Toy", family="sentiment", labels=("no", "yes"), words={"mlm": ("no", "yes")})


def write(folder: Path, kind: str, rows: list[dict], name: str = "train") -> None:
    folder.mkdir(parents=True, exist_ok=True)
    frame, path = pd.DataFrame(rows), folder / f"{name}.{kind}"
    if kind == "parquet":
        frame.to_parquet(path)
    elif kind == "csv":
        frame.to_csv(path, index=False)
    else:
        path.write_text("\n".join(json.dumps(row) for row in rows) + "\n\n")


@pytest.mark.parametrize("kind", ["jsonl", "csv", "parquet"])
def test_a_local_folder_has_the_columns_of_the_hub(tmp_path: Path, kind: str) -> None:
    task = get_task("sst2")
    write(tmp_path / "sst2", kind, ROWS)
    write(tmp_path / "sst2", kind, ROWS[:3], "validation")
    data = load_training(task, str(tmp_path))
    assert (len(data.train), len(data.validation)) == (7, 3)  # at most 30 % are held out
    assert sorted(e.text_a for e in (*data.train, *data.validation)) == sorted(row["sentence"] for row in ROWS)
    assert all(e.label == int(e.text_a.split()[1]) % 2 for e in data.train)
    assert [e.text_a for e in load_evaluation(task, None, str(tmp_path))] == ["text 0", "text 1", "text 2"]
    assert len(load_evaluation(task, 2, str(tmp_path))) == 2
    assert load_training(task, str(tmp_path)) == data
    assert len(load_training(task, str(tmp_path), train_size=2).train) == 2


def test_repeated_rows_of_a_local_folder_are_said(tmp_path: Path) -> None:
    write(tmp_path / "sst2", "jsonl", [*ROWS, {**ROWS[3], "sentence": "TEXT  3!"}, {**ROWS[4], "label": 1}], "validation")
    said: list[str] = []
    assert len(load_evaluation(get_task("sst2"), None, str(tmp_path), said.append)) == 12
    assert said == [
        "sst2, validation: 1 of 12 rows repeat an earlier one; they are used as they stand.",
        "sst2, validation: 1 of 12 rows give an earlier text another answer; they are used.",
        "sst2: 12 evaluation rows give wide intervals; some hundred are better.",
    ]


def test_a_local_split_of_one_class_is_said(tmp_path: Path) -> None:
    write(tmp_path / "sst2", "jsonl", [{**row, "label": 1} for row in ROWS], "validation")
    said: list[str] = []
    load_evaluation(get_task("sst2"), None, str(tmp_path), said.append)
    assert any("all rows have the label 'positive'" in line for line in said)


def test_what_is_wrong_with_a_local_folder_is_said(tmp_path: Path) -> None:
    task = get_task("sst2")
    with pytest.raises(BadInput, match=r"No train\.parquet, train\.jsonl or train\.csv"):
        load_training(task, str(tmp_path))
    write(tmp_path / "sst2", "jsonl", [{"text": "x", "label": 0}])
    with pytest.raises(BadInput, match="lack the column 'sentence'; they have 'text', 'label'"):
        load_training(task, str(tmp_path))
    write(tmp_path / "sst2", "jsonl", [{"sentence": "x", "label": 7}])
    with pytest.raises(BadInput, match="the label '7', which it does not have"):
        load_training(task, str(tmp_path))
    write(tmp_path / "sst2", "jsonl", ROWS[:1])
    with pytest.raises(BadInput, match="has 1 usable examples; tuning needs at least 2"):
        load_training(task, str(tmp_path))
    (tmp_path / "sst2" / "train.jsonl").write_text("")
    with pytest.raises(BadInput, match="the file has no rows"):
        load_training(task, str(tmp_path))
    (tmp_path / "sst2" / "train.jsonl").write_text("{broken")
    with pytest.raises(BadInput, match="line 1 is no JSON"):
        load_training(task, str(tmp_path))
    (tmp_path / "sst2" / "train.jsonl").write_text("[1, 2]\n")
    with pytest.raises(BadInput, match="must hold objects"):
        load_training(task, str(tmp_path))
    (tmp_path / "sst2" / "train.jsonl").write_bytes(b'{"sentence": "caf\xe9", "label": 0}\n')
    with pytest.raises(BadInput, match="line 1 holds the byte 0xe9"):
        load_training(task, str(tmp_path))


def test_embedded_tasks_take_our_own_columns_and_say_what_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PTLIB_DEMO", str(tmp_path / "demo"))
    with pytest.raises(BadInput, match="The train split of 'toy' is not in"):
        load_training(OWN)
    rows = [{"id": f"e{n}", "text_a": f"text {n}", "label": n % 2} for n in range(6)]
    write(tmp_path / "demo" / "tasks" / "toy", "jsonl", rows)
    write(tmp_path / "data" / "toy", "jsonl", rows)
    assert load_training(OWN) == load_training(OWN, str(tmp_path / "data"))
    (tmp_path / "demo" / "tasks" / "toy" / "train.jsonl").write_text('{"id": "x"}\n')
    with pytest.raises(Damaged, match="cannot be read"):
        load_training(OWN)


def test_local_files_of_an_embedded_task_are_checked_like_others(tmp_path: Path) -> None:
    folder = tmp_path / "toy"
    for row, message in (
        ({"id": "a", "label": 0}, "text_a"),
        ({"id": "a", "text_a": "x", "label": 5}, "label"),
        ({"id": "a", "text_a": "x"}, "label"),
        ({"id": "a", "text_a": "x", "label": "yes and no"}, "label"),
    ):
        write(folder, "jsonl", [row, row])
        with pytest.raises(BadInput, match=message):
            load_training(OWN, str(tmp_path))
    (folder / "train.jsonl").unlink()
    write(folder, "csv", [{"text_a": f"text {n}", "label": ("no", "yes")[n % 2]} for n in range(6)])  # no ids; names for numbers
    found = load_training(OWN, str(tmp_path))
    assert len({e.id for e in (*found.train, *found.validation)}) == 6
    assert {e.label for e in found.train} <= {0, 1} and all(e.text_b == "" for e in found.train)


def test_rows_of_local_files_that_are_not_used_are_said(tmp_path: Path) -> None:
    folder = tmp_path / "sst2"
    folder.mkdir()
    (folder / "validation.tsv").write_text("sentence\tlabel\ngood\t1\n\t0\nbad\t0\nodd\t\n")
    said: list[str] = []
    assert len(load_evaluation(get_task("sst2"), None, str(tmp_path), said.append)) == 2
    assert any("line 3 of 'validation.tsv'" in message and "empty text" in message for message in said)
    assert any("line 5" in message and "empty label" in message for message in said)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("id,text_a,label\n", "has no rows"),
        ("text_a,label\ncafé,0\n".encode("cp1252"), "line 2 holds the byte 0xe9"),
        ("text_a,label\na,0\n".encode("utf-16"), "UTF-16"),
        (b"PK\x03\x04", "zip archive"),
        ('text_a,label\n"a,0\n', "line 2"),
    ],
)
def test_a_broken_local_file_is_never_advised_to_be_deleted(tmp_path: Path, content: bytes | str, says: str) -> None:
    (tmp_path / "toy").mkdir()
    (tmp_path / "toy" / "validation.csv").write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(BadInput) as error:
        load_evaluation(OWN, None, str(tmp_path))
    assert says in str(error.value) and "elete" not in str(error.value) and str(tmp_path / "toy") in str(error.value)


def test_semicolons_marks_and_line_separators_in_local_files_are_read(tmp_path: Path) -> None:
    (tmp_path / "toy").mkdir()
    (tmp_path / "toy" / "validation.csv").write_text("text_a;label\na, b;0\nc;1\n")
    assert [item.text_a for item in load_evaluation(OWN, None, str(tmp_path))] == ["a, b", "c"]
    lines = "\n".join(json.dumps({"text_a": f"a\u2028\u0085{n}", "label": n}, ensure_ascii=False) for n in range(2))
    (tmp_path / "toy" / "validation.csv").unlink()
    (tmp_path / "toy" / "validation.jsonl").write_text("\ufeff" + lines)
    assert [item.text_a for item in load_evaluation(OWN, None, str(tmp_path))] == ["a\u2028\u00850", "a\u2028\u00851"]


def test_no_validation_row_shares_a_text_with_training(tmp_path: Path) -> None:
    rows = [
        {"premise": f"premise number {n // 3}", "hypothesis": f"a hypothesis of its own, number {n}", "label": n % 3}
        for n in range(300)
    ]
    write(tmp_path / "snli", "jsonl", rows)
    found = load_training(get_task("snli"), str(tmp_path), validation_size=60)
    assert len(found.validation) == 60 and len(found.train) == 240
    assert not {e.text_a for e in found.validation} & {e.text_a for e in found.train}
    aspects = [{"sentence": "same", "label": n % 2} for n in range(50)]
    write(tmp_path / "sst2", "jsonl", aspects)
    said: list[str] = []
    found = load_training(get_task("sst2"), str(tmp_path), validation_size=10, say=said.append)
    assert len(found.validation) == 10 and any("share a text with each other" in sentence for sentence in said)


def test_texts_that_differ_are_cut_as_before(tmp_path: Path) -> None:
    """The slice of a task whose texts all differ is the one that was always cut."""
    rows = [{"sentence": f"text {n}", "label": n % 2} for n in range(50)]
    write(tmp_path / "sst2", "jsonl", rows)
    order = np.random.default_rng(0).permutation(50)
    found = load_training(get_task("sst2"), str(tmp_path), validation_size=10, train_size=20)
    assert [e.text_a for e in found.validation] == [f"text {n}" for n in order[:10]]
    assert [e.text_a for e in found.train] == [f"text {n}" for n in order[10:30]]
