"""Lost runs and cancels that are not heard: rows against the processes that should be there."""

import os
import signal
import time

from ptlib.base import files
from ptlib.prompts.spec import TuneSpec
from ptlib.results.store import Store
from ptlib.runs import queue as jobs
from ptlib.runs.lost import reconcile
from ptlib.runs.queue import claim
from tests.fixtures import fakes


def _spec(toy: str) -> TuneSpec:
    return TuneSpec(toy, "toy/alpha", 0, fakes.SETTINGS)


def _set(run_id: str, **values: object) -> None:
    with Store().writing() as connection:
        for name, value in values.items():
            connection.execute(f"UPDATE runs SET {name} = ? WHERE id = ?", (value, run_id))


def test_a_run_whose_process_is_gone_is_lost_after_fifteen_seconds(toy: str) -> None:
    job = jobs.enqueue(_spec(toy))
    claim(Store(), "cpu")
    _set(job.id, state="running", pid_started=1.0, heartbeat=time.time() - 5)
    assert jobs.get(job.id).state == "running"
    _set(job.id, heartbeat=time.time() - 16)
    lost = jobs.get(job.id)
    assert lost.state == "lost" and lost.is_resumable and "Resume" in lost.error
    assert jobs.resume(job.id).state == "queued"


def test_an_old_heartbeat_of_a_living_process_is_not_lost(toy: str) -> None:
    job = jobs.enqueue(_spec(toy))
    claim(Store(), "cpu")
    _set(job.id, heartbeat=time.time() - 600)
    assert jobs.get(job.id).state == "starting"


def test_cancel_terminates_then_kills_a_process_that_does_not_heed(toy: str) -> None:
    job = jobs.enqueue(_spec(toy))
    claim(Store(), "cpu")
    asked, sent = time.time(), []
    _set(job.id, cancel_at=asked)
    for waited in (5, 12, 25):
        reconcile(Store(), now=asked + waited, kill=lambda pid, sign: sent.append((pid, sign)))
    assert sent == [(os.getpid(), signal.SIGTERM), (os.getpid(), signal.SIGKILL)]
    _set(job.id, pid_started=1.0)
    assert jobs.get(job.id).state == "cancelled"


def test_a_reused_pid_is_not_taken_for_the_old_process() -> None:
    started = files.process_start(os.getpid())
    assert files.is_alive(os.getpid(), started)
    assert not files.is_alive(os.getpid(), started - 10)
    assert not files.is_alive(None, started) and not files.is_alive(2**22 + 1, started)
