"""runs, cancel, resume, delete, worker: the queue on the command line."""

import pytest

from ptlib.runs import queue as jobs
from tests.fixtures import fakes
from tests.unit.cli import ok, run


def test_the_queue_is_seen_and_handled(toy: str, capsys: pytest.CaptureFixture[str]) -> None:
    job = jobs.enqueue(fakes.transfer(toy, "alpha"))
    assert ok(capsys, "runs")[0]["state"] == "queued"
    assert run(capsys, "cancel", job.id)[0] == 0 and jobs.get(job.id).state == "cancelled"
    assert run(capsys, "cancel", job.id)[0] == 2
    jobs.resume(job.id)
    assert run(capsys, "worker", "--once")[0] == 0 and ok(capsys, "runs", job.id)[0]["state"] == "done"
    assert "Evaluating" in run(capsys, "runs", job.id)[1]
    assert run(capsys, "delete", job.id)[0] == 0 and ok(capsys, "runs") == []
    assert run(capsys, "worker", "--executor", "ray")[0] == 2


def test_a_failed_run_shows_why_in_the_list_and_its_log_when_asked_for(toy: str, capsys: pytest.CaptureFixture[str]) -> None:
    job = jobs.enqueue(fakes.transfer(toy, "bad", seeds=(0,)))
    assert run(capsys, "worker", "--once")[0] == 0
    listed, shown = run(capsys, "runs")[1], run(capsys, "runs", job.id)[1]
    assert f"{job.id}: " in listed and listed.count("not finite") == 1
    assert shown.count("not finite") == 2 and len(ok(capsys, "runs")) == 1
    assert run(capsys, "worker", "--idle", "-1")[0] == 2 and run(capsys, "runs", "nobody")[0] == 2
