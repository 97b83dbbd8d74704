"""Progress of a run in the store: time left, notes, curves, the question whether to stop; claims; ends."""

from pathlib import Path

import pytest

from ptlib.base.errors import Cancelled
from ptlib.prompts.spec import TuneSpec
from ptlib.results.store import Store
from ptlib.runs import queue as jobs
from ptlib.runs.queue import claim
from ptlib.runs.reporter import CHECK_S, Reporter
from tests.fixtures import fakes


def _spec(toy: str, seed: int = 0, task: str = "alpha") -> TuneSpec:
    return TuneSpec(toy, f"toy/{task}", seed, fakes.SETTINGS)


def test_the_time_left_falls_as_the_phase_goes_on(toy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    job = jobs.enqueue(_spec(toy))
    claim(Store(), "cpu")
    clock = iter(range(0, 1000, 10))
    monkeypatch.setattr("ptlib.runs.reporter.time.monotonic", lambda: float(next(clock)))
    reporter = Reporter(Store(), job.id)
    left = []
    for done in (0, 25, 50, 100):
        reporter.phase("Tuning", done, 100)
        left.append(jobs.get(job.id).eta_s)
    assert left[0] is None and left[1] > left[2] > left[3] == 0


def test_points_wait_for_the_next_report_and_a_note_is_logged_once(toy: str) -> None:
    job = jobs.enqueue(_spec(toy))
    with Reporter(Store(), job.id) as reporter:
        reporter.point("p1", 1, loss=0.5, seconds=0.1)
        assert jobs.curves(job.id).empty
        reporter.phase("Tuning", 10, 10)
        for _ in range(2):
            reporter.note("3 rows were left out.")
    assert jobs.curves(job.id)[["series", "step", "loss"]].to_dict("records") == [{"series": "p1", "step": 1, "loss": 0.5}]
    found = jobs.get(job.id)
    assert (found.phase, found.done, found.total) == ("Tuning", 10, 10) and found.log_tail.count("3 rows") == 1


def test_a_log_that_cannot_be_written_stops_nothing(toy: str, cache: Path) -> None:
    job = jobs.enqueue(_spec(toy))
    Store().log_path(job.id).mkdir(parents=True)
    Reporter(Store(), job.id).phase("Tuning", 1, 2)
    assert jobs.get(job.id).phase == "Tuning"


def test_a_run_is_asked_to_stop_at_most_a_quarter_second_late(toy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    job = jobs.enqueue(_spec(toy))
    claim(Store(), "cpu")
    clock = [0.0]
    monkeypatch.setattr("ptlib.runs.reporter.time.monotonic", lambda: clock[0])
    reporter = Reporter(Store(), job.id)
    clock[0] = 1.0
    reporter.check()
    jobs.cancel(job.id)
    reporter.check()  # asked just now: the database is left alone
    clock[0] += CHECK_S
    with pytest.raises(Cancelled):
        reporter.check()


def test_the_first_in_line_is_claimed_once_or_the_one_that_is_named(toy: str) -> None:
    first, second, third = (jobs.enqueue(_spec(toy, seed)).id for seed in range(3))
    store = Store()
    assert claim(store, "cpu", third) == third and claim(store, "cpu", third) is None
    assert [claim(store, "cpu") for _ in range(3)] == [first, second, None]
    assert jobs.get(first).state == "starting" and jobs.get(first).attempts == 1


def test_only_the_process_that_has_a_run_records_its_end(toy: str) -> None:
    job = jobs.enqueue(_spec(toy))
    claim(Store(), "cpu")
    with Store().writing() as connection:
        connection.execute("UPDATE runs SET pid = pid + 1 WHERE id = ?", (job.id,))
    Reporter(Store(), job.id).finish("done")
    assert Store().query("SELECT state FROM runs")[0][0] == "starting"
