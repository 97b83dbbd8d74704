"""A run that was killed anywhere ends with the same bits as one that was not: values, scores and log-probabilities."""

import random
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ptlib.base import paths
from ptlib.base.progress import Silent
from ptlib.prompts.spec import TuneSettings
from ptlib.results.catalogue import Catalogue
from ptlib.results.store import Store
from ptlib.runs import execution, queue
from ptlib.runs.kinds import left_of
from ptlib.runs.lost import reconcile
from ptlib.transfer import run
from ptlib.transfer.spec import TransferSpec

BACKBONE = "demo/roberta-small"
SETTINGS = TuneSettings(prompt_length=5, steps=12, eval_every=6, train_size=64, validation_size=20)
TASKS = ("demo/film_snippet", "demo/laptop_aspect")
SPEC = TransferSpec(BACKBONE, TASKS, TASKS, (0, 1), SETTINGS, references=("untrained", "hand_written"), limit=40)
WEIGHTS = paths.DEMO / "backbones" / "roberta-small" / "model.safetensors"
pytestmark = pytest.mark.skipif(not WEIGHTS.exists(), reason="the demo's backbones are not in this checkout")
WORKER = [sys.executable, "-m", "ptlib", "worker", "--once", "--device", "cpu"]
Bits = dict[str, bytes]


class Killed(BaseException):
    """The process would be gone now; nothing catches this."""


def bits() -> Bits:
    """All numbers of the run in the store, by name."""
    catalogue, store = Catalogue(), Store()
    found = {row.id: catalogue.values(row.id).tobytes() for row in catalogue.prompt_rows(BACKBONE) if row.origin == "own"}
    for row in store.query("SELECT prompt_id, target, vector, path FROM scores"):
        numbers = pd.read_parquet(store.root / row["path"]).select_dtypes("number").to_numpy(np.float64).tobytes()
        found[f"{row['prompt_id']} on {row['target']}"] = row["vector"] + numbers
    return found


def changed(found: Bits, whole: Bits) -> dict[str, int]:
    """What differs, and in how many of its bytes; lacking and surplus: all."""
    names = {name: (found.get(name, b""), whole.get(name, b"")) for name in {*found, *whole}}
    return {
        name: sum(x != y for x, y in zip(a, b, strict=True)) if len(a) == len(b) else max(len(a), len(b))
        for name, (a, b) in names.items()
        if a != b
    }


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Bits:
    """What the run gives when nothing happens to it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PTLIB_CACHE", str(tmp_path_factory.mktemp("whole")))
        execution.execute(SPEC, Silent(), "cpu")
        found = bits()
    assert len(found) == 4 + 2 * (4 + 2 + 1)
    return found


def after(calls: int, real: Callable) -> Callable:
    """A function that does its work so many times, then the process is killed."""
    done = 0

    def counted(*arguments: object, **more: object) -> object:
        nonlocal done
        if done == calls:
            raise Killed
        done += 1
        return real(*arguments, **more)

    return counted


@pytest.mark.slow
@pytest.mark.parametrize(
    ("where", "calls"), [("_save_prompt", 1), ("_save_prompt", 3), ("save_predictions", 2), ("save_predictions", 9)]
)
def test_a_kill_between_two_saves_changes_no_bit(
    where: str, calls: int, whole: Bits, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PTLIB_CACHE", str(tmp_path))
    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(run, where, after(calls, getattr(run, where)))
        execution.execute(SPEC, Silent(), "cpu")
    assert left_of(SPEC)
    execution.execute(SPEC, Silent(), "cpu")
    assert changed(bits(), whole) == {}
    assert not list(Store().root.glob("checkpoints/*")) and not list(Store().root.rglob(".part-*"))


@pytest.mark.slow
def test_what_another_run_left_changes_no_bit_of_the_rest(whole: Bits, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from dataclasses import replace

    monkeypatch.setenv("PTLIB_CACHE", str(tmp_path))
    part = replace(SPEC, sources=TASKS[:1], targets=TASKS[:1], seeds=(1,))
    execution.execute(part, Silent(), "cpu")
    there = bits()
    execution.execute(SPEC, Silent(), "cpu")
    found = bits()
    assert found.keys() == whole.keys()
    own = next(iter(row.id for row in Catalogue().prompt_rows(BACKBONE) if row.id in there))
    rest = {name for name in whole if not name.startswith(own)}
    assert {name: found[name] for name in rest} == {name: whole[name] for name in rest}
    assert all(found[name] == there[name] for name in there)


@pytest.mark.slow
def test_random_kills_lose_nothing(whole: Bits, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PTLIB_CACHE", str(tmp_path))
    kill_and_resume(4, random.Random(7))
    assert changed(bits(), whole) == {}
    assert Store().query("PRAGMA integrity_check")[0][0] == "ok" and not Catalogue().damaged()


def kill_and_resume(kills: int, chance: random.Random) -> None:
    """Start the worker on the run, kill it at random moments, in the end let it finish."""
    queue.enqueue(SPEC)
    for _ in range(kills):
        worker = subprocess.Popen(
            [sys.executable, "-m", "ptlib", "worker", "--once", "--device", "cpu"], cwd=paths.ROOT, stderr=subprocess.DEVNULL
        )
        try:
            worker.wait(chance.uniform(2.0, 7.0))
        except subprocess.TimeoutExpired:
            worker.send_signal(signal.SIGKILL)
            worker.wait()
        reconcile(Store(), now=4e9)  # long after: whoever is gone is lost
        if queue.get(SPEC.id).is_resumable:
            queue.resume(SPEC.id)
    subprocess.run(
        [sys.executable, "-m", "ptlib", "worker", "--once", "--device", "cpu"],
        cwd=paths.ROOT,
        check=True,
        stderr=subprocess.DEVNULL,
    )
    assert queue.get(SPEC.id).state == "done", queue.get(SPEC.id).error
