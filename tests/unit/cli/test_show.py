"""doctor, tasks and backbones: keys of their documents, and what is not what was written."""

import os
import time

import pytest

from ptlib.results.store import Store
from tests.fixtures import fakes
from tests.unit.cli import FAST, ok, run


def test_registries_list_exactly_the_promised_keys(toy: str, capsys: pytest.CaptureFixture[str]) -> None:
    tasks = ok(capsys, "tasks")
    assert [task["id"] for task in tasks] == [f"toy/{name}" for name in fakes.NAMES]
    assert set(tasks[0]) == {"id", "family", "available", "source"}
    assert all(set(row) == {"id", "family", "available", "source"} for row in ok(capsys, "backbones"))


def test_doctor_tells_what_there_is(toy: str, capsys: pytest.CaptureFixture[str]) -> None:
    report = ok(capsys, "doctor")
    assert report["store_problem"] is None and "cpu" in report["devices"] and report["packages"]["torch"]
    assert "store_dir" in run(capsys, "doctor")[1]


def test_doctor_lists_what_ended_processes_left_and_takes_it_away(
    toy: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store()
    store.open_for_writing().close()
    old, new = store.root / "prompts" / ".part-a", store.root / "predictions" / ".part-b"
    for path, age in ((old, 7200), (new, 1), (store.checkpoint_path("c"), 7200)):
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"x")
        os.utime(path, (time.time() - age,) * 2)
    with monkeypatch.context() as patch:
        patch.setenv("PTLIB_READ_ONLY", "1")
        assert ok(capsys, "doctor")["left_over_removed"] == [] and old.exists()
    report = ok(capsys, "doctor")
    assert report["left_over_removed"] == ["checkpoints/c.ckpt", "prompts/.part-a"] and not old.exists()
    assert report["unfinished_files"] == ["predictions/.part-b"] and new.exists()
    store.database.write_bytes(b"no database")
    assert "cannot be read" in ok(capsys, "doctor")["damaged"][0]


def test_doctor_reads_everything_again_and_fails_when_something_is_not_what_was_written(
    toy: str, capsys: pytest.CaptureFixture[str]
) -> None:
    prompt = ok(capsys, "tune", toy, "toy/alpha", *FAST)["run_id"]
    assert ok(capsys, "doctor", "--verify")["damaged"] == []
    path = Store().prompt_folder(prompt) / "prompt.json"
    path.write_text(path.read_text().replace("toy/alpha", "toy/gamma"))
    status, out, err = run(capsys, "doctor", "--verify")
    assert status == 1 and prompt in out and "not what was written" in err
