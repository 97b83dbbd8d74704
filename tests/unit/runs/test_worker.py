"""The worker process: claims, failures, cancel at the next step, kill -9, two workers on one queue."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable

import pytest

from ptlib.base import paths
from ptlib.base.errors import BadInput, Cancelled, Damaged, PtlibError, RunFailed
from ptlib.prompts.spec import TuneSpec
from ptlib.results.catalogue import Catalogue
from ptlib.results.store import Store
from ptlib.runs import lost, worker
from ptlib.runs import queue as jobs
from ptlib.runs.reporter import Reporter
from tests.fixtures import fakes

PROGRAM = (
    "import sys; from tests.fixtures import fakes; fakes.install(); "
    "from ptlib.runs import worker; print(worker.work(sys.argv[1], once=True, make=fakes.Work))"
)


def _spec(toy: str, seed: int = 0, task: str = "alpha") -> TuneSpec:
    return TuneSpec(toy, f"toy/{task}", seed, fakes.SETTINGS)


def _process(device: str = "auto", step_s: float = 0.0) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, device],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(paths.ROOT), "FAKE_STEP_S": str(step_s)},
    )


def _until(holds: Callable[[], bool], limit_s: float = 15.0) -> None:
    end = time.monotonic() + limit_s
    while not holds():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.05)


def test_a_failed_run_does_not_stop_the_queue(toy: str) -> None:
    bad, good = jobs.enqueue(_spec(toy, task="bad")), jobs.enqueue(_spec(toy))
    assert worker.work(once=True) == 2
    assert jobs.get(good.id).state == "done"
    failed = jobs.get(bad.id)
    assert failed.state == "failed" and "not finite" in failed.error and "not finite" in failed.log_tail


def test_a_defect_is_reported_as_ours_with_its_trace_in_the_log(toy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fakes.Work, "model", lambda *_: {}["missing"])
    job = jobs.enqueue(_spec(toy))
    worker.work(once=True)
    failed = jobs.get(job.id)
    assert "defect in ptlib" in failed.error and job.id in failed.error and "Traceback" in failed.log_tail


def test_progress_curves_and_log_can_be_read_from_outside(toy: str) -> None:
    job = jobs.enqueue(fakes.transfer(toy, "alpha", "beta"))
    worker.work(once=True)
    done = jobs.get(job.id)
    assert (done.state, done.phase, done.done, done.total) == ("done", "Evaluating", 18, 18)
    assert done.attempts == 1 and done.finished >= done.started >= done.created
    curve = jobs.curves(job.id)
    assert curve["series"].nunique() == 4 and list(curve.columns) == ["series", "step", "loss", "validation", "seconds"]
    assert "Tuning" in done.log_tail and "Evaluating" in done.log_tail


def test_cancel_takes_effect_at_the_next_step_and_resume_goes_on_from_the_checkpoint(toy: str) -> None:
    job = jobs.enqueue(_spec(toy))
    process = _process(step_s=0.3)
    _until(lambda: jobs.get(job.id).done >= 2)
    assert jobs.cancel(job.id).cancelling
    _until(lambda: jobs.get(job.id).state == "cancelled", 5)
    assert process.communicate(timeout=10)[0].strip() == "1"
    jobs.resume(job.id)
    worker.work(once=True)
    assert jobs.get(job.id).state == "done" and jobs.get(job.id).attempts == 2
    assert fakes.CALLS[-1].startswith("tune toy/alpha from ") and not fakes.CALLS[-1].endswith("from 0")


def test_after_kill_nine_the_run_is_lost_and_resumes(toy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lost, "LOST_AFTER_S", 1.0)  # fifteen seconds in life
    job = jobs.enqueue(_spec(toy))
    process = _process(step_s=0.2)
    _until(lambda: jobs.get(job.id).done >= 2)
    assert jobs.worker_status().alive
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    _until(lambda: jobs.get(job.id).state == "lost", 6)
    assert not jobs.worker_status().alive
    jobs.resume(job.id)
    assert jobs.worker_status().needed
    assert worker.work(once=True) == 1
    assert jobs.get(job.id).state == "done" and not fakes.CALLS[-1].endswith("from 0")


def test_two_workers_on_one_queue_do_each_run_once(toy: str) -> None:
    ids = [jobs.enqueue(_spec(toy, seed)).id for seed in range(12)]
    processes = [_process(device, step_s=0.01) for device in ("cpu", "cuda:7")]
    counts = [int(process.communicate(timeout=30)[0]) for process in processes]
    assert sum(counts) == 12
    assert {jobs.get(name).attempts for name in ids} == {1} and {jobs.get(name).state for name in ids} == {"done"}


def test_a_full_disk_is_a_message_and_leaves_nothing_half_written(toy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(fakes.SoftPrompt, "save", full)
    job = jobs.enqueue(_spec(toy))
    worker.work(once=True)
    assert "disk is full" in jobs.get(job.id).error
    assert list((Store().root / "prompts").iterdir()) == [] and len(Catalogue().prompts()) == 0


def test_a_run_whose_end_could_not_be_recorded_does_not_stay_running(toy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise RunFailed("The disk is full.")

    first, second = jobs.enqueue(_spec(toy)), jobs.enqueue(_spec(toy, seed=1))
    finish, calls = Reporter.finish, []

    def once(self: Reporter, *values: object) -> None:
        calls.append(self.run_id)
        full() if len(calls) == 1 else finish(self, *values)

    monkeypatch.setattr(Reporter, "finish", once)
    worker.work(once=True)
    assert jobs.get(first.id).state == "failed" and "could not be recorded" in jobs.get(first.id).error
    assert jobs.get(second.id).state == "done"


def test_the_command_line_runs_in_its_own_process_and_writes_the_same_rows(toy: str) -> None:
    job = worker.run_here(_spec(toy))
    assert job.state == "done" and [row.id for row in jobs.listing()] == [job.id]
    with pytest.raises(RunFailed, match="not finite"):
        worker.run_here(_spec(toy, task="bad"))
    with pytest.raises(RunFailed):  # tried again, not refused
        worker.run_here(_spec(toy, task="bad"))


def test_a_run_that_a_worker_has_is_followed_not_repeated(toy: str) -> None:
    jobs.enqueue(_spec(toy))
    process = _process(step_s=0.1)
    _until(lambda: not jobs.worker_status().queued)
    fakes.CALLS.clear()
    assert worker.run_here(_spec(toy)).state == "done"
    assert fakes.CALLS == []
    process.communicate(timeout=10)


def test_an_interrupted_run_of_the_command_line_is_cancelled(toy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*_: object, **__: object) -> None:
        raise Cancelled("stop")

    monkeypatch.setattr(worker, "execute", stop)
    with pytest.raises(Cancelled, match="resume"):
        worker.run_here(_spec(toy))


@pytest.mark.parametrize("kind", [BadInput, Damaged])
def test_what_only_the_run_could_find_wrong_is_raised_and_leaves_no_failed_run(
    kind: type[PtlibError], toy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def find(*_: object) -> None:
        raise kind("the file is not what it was")

    monkeypatch.setattr(fakes.Work, "tune", find)
    with pytest.raises(kind, match="not what it was"):
        worker.run_here(_spec(toy))
    assert jobs.listing() == []
