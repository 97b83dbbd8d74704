"""What a waiting run needs is taken away: its own message, a queue that goes on, and the run again once the thing is back."""

import json
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ptlib.base.identity import named
from ptlib.models.registry import name_of_folder
from ptlib.prompts.record import Prompt
from ptlib.prompts.soft import SoftPrompt
from ptlib.prompts.spec import TuneSpec
from ptlib.results.kind import Spec
from ptlib.results.store import Store
from ptlib.runs import queue, worker
from ptlib.tasks import registry
from ptlib.tasks.own.forms import form_from
from ptlib.tasks.own.stored import accept, load_own_tasks, tasks_dir
from ptlib.transfer.spec import TransferSpec
from tests.fixtures import fakes
from tests.fixtures.own_table import FORM, GOOD, table

Made = tuple[Spec, Path]
"""A run, and what it needs."""


def _data(toy: str, root: Path) -> Made:
    for split in ("train", "validation"):
        path = root / "toy" / "alpha" / f"{split}.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(json.dumps({"text_a": f"{split} {n}", "label": n % 2}) + "\n" for n in range(12)))
    return replace(fakes.transfer(toy, "alpha", seeds=(7,)), data=named(root)), root


def _task(toy: str, root: Path) -> Made:
    root.mkdir()
    task = accept(form_from(FORM), table(root / "a.csv", GOOD))
    return TransferSpec(toy, (task.id,), (task.id,), (7,), fakes.SETTINGS), tasks_dir() / task.id.removeprefix("own/")


def _start(toy: str, root: Path) -> Made:
    SoftPrompt(np.ones((fakes.P, fakes.D), np.float32), Prompt("i1", toy, "toy/alpha", 0)).save(root)
    return TuneSpec(toy, "toy/alpha", 7, replace(fakes.SETTINGS, init=f"prompt:{named(root)}")), root


def _stored_start(toy: str, root: Path) -> Made:
    before = TuneSpec(toy, "toy/alpha", 1, fakes.SETTINGS)
    queue.enqueue(before)
    worker.work("cpu", once=True)
    return TuneSpec(toy, "toy/alpha", 7, replace(fakes.SETTINGS, init=f"prompt:{before.id}")), Store().prompt_folder(before.id)


def _model(toy: str, root: Path) -> Made:
    shutil.copytree(toy, root)
    return TuneSpec(name_of_folder(root), "toy/alpha", 7, fakes.SETTINGS), root


def _inside(name: str, make: Callable[[str, Path], Made]) -> Callable[[str, Path], Made]:
    """The same run, of which one file alone is lost."""

    def made(toy: str, root: Path) -> Made:
        spec, place = make(toy, root)
        return spec, place / name

    return made


@pytest.fixture
def own(toy: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Toy tasks and one's own."""
    monkeypatch.setattr(registry, "all_tasks", lambda: (*fakes.TASKS, *load_own_tasks()))
    return toy


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (_data, "folder .* is not there any more. Put it back and resume"),
        (_inside("toy/alpha/train.jsonl", _data), "was changed since this run was planned"),
        (_task, "own task 'own/my-reviews-.*' is not in .* Add it again from its file"),
        (_inside("task.json", _task), "own task in my-reviews-.* cannot be read"),
        (_inside("evaluation.jsonl", _task), "evaluation.jsonl of 'own/my-reviews-.*' was changed or lost"),
        (_start, "folder .* is not there any more. Put it back and resume"),
        (_inside("adapter_model.safetensors", _start), "was changed since this run was planned"),
        (_stored_start, "missing or fail their checksum.* run it again to make it anew"),
        (_inside("adapter_model.safetensors", _stored_start), "missing or fail their checksum"),
        (_model, "model folder .* is not there any more"),
    ],
    ids=["data", "data file", "task", "task's record", "task's rows", "start", "start's file", "own start", "its file", "model"],
)
def test_a_lost_thing_fails_its_run_alone_and_can_come_back(
    make: Callable[[str, Path], Made], says: str, own: str, tmp_path: Path
) -> None:
    spec, place = make(own, tmp_path / "thing")
    first, second = queue.enqueue(spec), queue.enqueue(TuneSpec(own, "toy/beta", 8, fakes.SETTINGS))
    place.rename(aside := tmp_path / "aside")
    assert worker.work("cpu", once=True) == 2
    failed = queue.get(first.id)
    assert failed.state == "failed" and failed.error is not None and "defect" not in failed.error
    assert re.search(says, failed.error), failed.error
    assert queue.get(second.id).state == "done"
    aside.rename(place)
    queue.resume(first.id)
    worker.work("cpu", once=True)
    assert queue.get(first.id).state == "done", queue.get(first.id).error


@pytest.mark.parametrize("name", ["prompts", "predictions"])
def test_a_file_in_place_of_a_folder_of_the_store_is_told(name: str, toy: str) -> None:
    job = queue.enqueue(fakes.transfer(toy, "alpha", seeds=(0,)))
    place = Store().root / name
    place.write_text("in the way")
    assert worker.work("cpu", once=True) == 1
    told = queue.get(job.id).error or ""
    assert "a file lies where a folder belongs" in told and name in told and "Move it away and resume" in told
    place.unlink()
    queue.resume(job.id)
    worker.work("cpu", once=True)
    assert queue.get(job.id).state == "done"


@pytest.mark.parametrize("name", ["prompts", "predictions", "logs", "checkpoints"])
def test_a_folder_of_the_store_that_is_gone_is_made_again_and_what_lay_there_measured_again(name: str, toy: str) -> None:
    spec = fakes.transfer(toy, "alpha", seeds=(0,))
    job = queue.enqueue(spec)
    worker.work("cpu", once=True)
    shutil.rmtree(Store().root / name, ignore_errors=True)
    assert queue.enqueue(spec).state == ("queued" if name in ("prompts", "predictions") else "done")
    worker.work("cpu", once=True)
    assert queue.get(job.id).state == "done"
