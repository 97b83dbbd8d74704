"""Trouble with the store has a message of its own: busy is not damaged, odd paths stay inside, a flipped byte is noticed."""

import errno
import random
import sqlite3
from pathlib import Path

import pytest
import torch

from ptlib.base.errors import Damaged, RunFailed
from ptlib.base.progress import Silent
from ptlib.cli import main
from ptlib.prompts import checkpoints
from ptlib.prompts.spec import TuneSpec
from ptlib.results import store as stores
from ptlib.results.catalogue import Catalogue
from ptlib.results.rows import OUT_OF_REACH
from ptlib.results.store import Store
from ptlib.runs import execution, queue, worker
from ptlib.runs.queue import claim
from tests.fixtures import fakes


def test_a_database_that_somebody_holds_is_busy_not_damaged(
    toy: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    queue.enqueue(TuneSpec(toy, "toy/alpha", 0, fakes.SETTINGS))
    monkeypatch.setattr(stores, "PATIENCE_S", 0.05)
    holder = sqlite3.connect(Store().database, isolation_level=None)
    holder.execute("PRAGMA locking_mode=EXCLUSIVE")
    holder.execute("BEGIN EXCLUSIVE")
    monkeypatch.setattr(stores, "READING_S", 0.05)
    try:
        with pytest.raises(RunFailed, match="busy"), Store().writing():
            pass
        holder.execute("UPDATE meta SET value = value")  # now not even a look is possible
        assert main(["runs"]) == 1
        told = capsys.readouterr().err
        assert "busy" in told and "again in a moment" in told and "Move" not in told
        (item,) = Catalogue().damaged()
        assert "busy" in item.problem and item.kind == OUT_OF_REACH
        assert main(["doctor", "--verify"]) == 1
        told = "".join(capsys.readouterr())
        assert "not verified. The run database is busy" in told and "not what was written" not in told
    finally:
        holder.close()
    assert len(queue.listing()) == 1


def test_a_locked_read_is_told_as_busy(cache: Path) -> None:
    with pytest.raises(RunFailed, match="cannot be reached"), Store().reading():
        pass
    Store().open_for_writing().close()
    with pytest.raises(RunFailed, match="busy"), Store().reading():
        raise sqlite3.OperationalError("database is locked")
    with pytest.raises(Damaged), Store().reading():
        raise sqlite3.DatabaseError("database disk image is malformed")


@pytest.mark.parametrize("name", ["a?b", "a#b", "a%41b", "a b", "a&mode=ro", "ä"])
def test_the_database_lies_in_the_cache_whatever_its_name(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PTLIB_CACHE", str(tmp_path / name))
    Store().open_for_writing().close()
    assert (tmp_path / name / "store" / "ptlib.db").is_file() and [path.name for path in tmp_path.iterdir()] == [name]
    assert Store().query("SELECT count(*) FROM runs")[0][0] == 0


def test_every_flipped_byte_of_a_checkpoint_is_noticed(tmp_path: Path) -> None:
    path, chance = tmp_path / "x.ckpt", random.Random(0)
    checkpoints.save(path, {"values": torch.randn(40), "step": 3})
    sound = path.read_bytes()
    assert checkpoints.load(path, torch.device("cpu")) is not None
    for place in chance.sample(range(len(sound)), min(300, len(sound))):
        path.write_bytes(sound[:place] + bytes([sound[place] ^ (1 << chance.randrange(8))]) + sound[place + 1 :])
        assert checkpoints.load(path, torch.device("cpu")) is None, place


def test_every_flipped_byte_of_a_result_is_noticed_or_changes_nothing(toy: str) -> None:
    spec, chance = fakes.transfer(toy, "alpha", seeds=(0,)), random.Random(1)
    execution.execute(spec, Silent())
    paths = [
        path for path in Store().root.rglob("*") if path.is_file() and "ptlib.db" not in path.name and "logs" not in path.parts
    ]
    known = {str(item.path) for item in Catalogue().damaged()} if hasattr(Catalogue(), "damaged") else set()
    assert not known and len(paths) >= 5
    for _ in range(60):
        path = chance.choice(paths)
        sound = path.read_bytes()
        place = chance.randrange(len(sound))
        path.write_bytes(sound[:place] + bytes([sound[place] ^ (1 << chance.randrange(8))]) + sound[place + 1 :])
        assert Catalogue().damaged(), f"{path.name} at {place}"
        path.write_bytes(sound)
    assert not Catalogue().damaged()


def test_a_full_disk_or_a_busy_database_does_not_end_the_queue(toy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    job, calls = queue.enqueue(TuneSpec(toy, "toy/alpha", 0, fakes.SETTINGS)), []

    def troubled(store: Store, going_on: object) -> None:
        calls.append(1)
        if len(calls) == 1:
            raise RunFailed("The disk is full: the run database was not written. Free some space and resume the run.")

    monkeypatch.setattr(worker, "_close_left_open", troubled)
    monkeypatch.setattr(worker, "POLL_S", 0.01)
    assert worker.work("cpu", idle_s=0.05) == 1 and queue.get(job.id).state == "done"


def test_a_run_that_was_claimed_just_now_is_not_deleted(toy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    job = queue.enqueue(TuneSpec(toy, "toy/alpha", 0, fakes.SETTINGS))
    claimed = claim(Store(), "cpu")
    assert claimed == job.id
    monkeypatch.setattr(queue, "get", lambda run_id: job)  # seen as waiting a moment ago
    with pytest.raises(Exception, match="just been started"):
        queue.delete(job.id)
    monkeypatch.undo()


def test_a_clock_that_jumps_back_keeps_no_dead_run_alive(toy: str) -> None:
    job = queue.enqueue(TuneSpec(toy, "toy/alpha", 0, fakes.SETTINGS))
    claim(Store(), "cpu")
    with Store().writing() as connection:  # its process is gone, its last heartbeat lies in the future
        connection.execute("UPDATE runs SET pid_started = 1, heartbeat = heartbeat + 86400 WHERE id = ?", (job.id,))
    assert queue.get(job.id).state == "lost"


@pytest.mark.parametrize(
    "error",
    [
        RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes"),
        RuntimeError("DefaultCPUAllocator: not enough memory: you tried to allocate 9 bytes"),
        RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling cublasCreate(handle)"),
        RuntimeError("MPS backend out of memory (MPS allocated: 9 GB)"),
        OSError(errno.ENOMEM, "Cannot allocate memory"),
        MemoryError("Unable to allocate 9 GiB for an array"),
    ],
)
def test_memory_that_runs_out_is_no_defect(
    error: Exception, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def short(*_: object) -> None:
        raise error

    assert worker.told(error, "p1").startswith("Out of memory") and "defect" in worker.told(RuntimeError("odd"), "p1")
    monkeypatch.setattr("ptlib.cli.build_parser", short)
    assert main(["tasks"]) == 1 and capsys.readouterr().err.startswith("Out of memory. Use a smaller batch")


def test_memory_that_runs_out_on_a_gpu_fails_its_run_and_the_queue_goes_on(toy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = (queue.enqueue(TuneSpec(toy, "toy/alpha", seed, fakes.SETTINGS)) for seed in (0, 1))
    real, calls = fakes.Work.tune, []

    def short(*arguments: object) -> object:
        calls.append(1)
        if len(calls) == 1:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacity of 79 GiB")
        return real(*arguments)

    monkeypatch.setattr(fakes.Work, "tune", short)
    assert worker.work(once=True) == 2
    told = queue.get(first.id)
    assert told.state == "failed" and told.error is not None and told.error.startswith("Out of memory. Use a smaller batch")
    assert queue.get(second.id).state == "done"
    queue.resume(first.id)
    assert worker.work(once=True) == 1 and queue.get(first.id).state == "done"
