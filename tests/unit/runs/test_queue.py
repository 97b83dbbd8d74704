"""The queue: order, cancel, resume, delete, and a cache that cannot be written."""

from pathlib import Path

import pytest

from ptlib.base.errors import BadInput, Damaged
from ptlib.prompts.spec import TuneSpec
from ptlib.results.catalogue import Catalogue
from ptlib.results.store import Store
from ptlib.runs import estimates, worker
from ptlib.runs import queue as jobs
from ptlib.runs.queue import claim
from ptlib.runs.reporter import Reporter
from tests.fixtures import fakes


def _spec(toy: str, seed: int = 0, task: str = "alpha") -> TuneSpec:
    return TuneSpec(toy, f"toy/{task}", seed, fakes.SETTINGS)


def _set(run_id: str, **values: object) -> None:
    with Store().writing() as connection:
        for name, value in values.items():
            connection.execute(f"UPDATE runs SET {name} = ? WHERE id = ?", (value, run_id))


def test_the_same_spec_is_queued_once_and_found_again_when_done(toy: str) -> None:
    first = jobs.enqueue(_spec(toy))
    assert (first.state, first.position, first.kind) == ("queued", 1, "tune")
    assert jobs.enqueue(_spec(toy)).id == first.id and len(jobs.listing()) == 1
    worker.work(once=True)
    assert jobs.enqueue(_spec(toy)).state == "done"
    assert jobs.get(first.id).spec == _spec(toy)


def test_a_finished_run_whose_files_are_gone_is_queued_again(toy: str) -> None:
    job = jobs.enqueue(_spec(toy))
    worker.work(once=True)
    for path in Store().prompt_folder(job.id).iterdir():
        path.unlink()
    assert [item.kind for item in Catalogue().damaged()] == ["prompt"]
    assert jobs.enqueue(_spec(toy)).state == "queued"


def test_the_queue_is_reordered_and_ends_are_fixed(toy: str) -> None:
    ids = [jobs.enqueue(_spec(toy, seed)).id for seed in range(3)]
    jobs.move(ids[2], "up")
    assert [job.id for job in jobs.active()] == [ids[0], ids[2], ids[1]]
    jobs.move(ids[0], "up")
    jobs.move(ids[0], "down")
    assert [job.id for job in jobs.active()] == [ids[2], ids[0], ids[1]]
    assert [job.position for job in jobs.active()] == [1, 2, 3]


def test_cancel_of_a_queued_run_is_immediate_and_can_be_resumed(toy: str) -> None:
    job = jobs.cancel(jobs.enqueue(_spec(toy)).id)
    assert job.state == "cancelled" and jobs.active() == []
    assert jobs.resume(job.id).state == "queued"
    with pytest.raises(BadInput, match="is queued"):
        jobs.resume(job.id)


def test_a_running_run_cannot_be_deleted_a_finished_one_can(toy: str) -> None:
    job = jobs.enqueue(_spec(toy))
    claim(Store(), "cpu")
    with pytest.raises(BadInput, match="Cancel it first"):
        jobs.delete(job.id)
    worker.perform(Store(), job.id, "cpu")
    jobs.delete(job.id)
    assert jobs.listing() == [] and len(Catalogue().prompts()) == 1
    assert len(Catalogue().curve(job.id)) == 2  # the finished curve, which lies beside the prompt


def test_unknown_run_names_the_closest(toy: str) -> None:
    job = jobs.enqueue(_spec(toy))
    with pytest.raises(BadInput, match=f"Did you mean '{job.id}'"):
        jobs.get(job.id[:-1])


def test_a_run_that_cannot_run_is_refused_before_it_is_queued(toy: str) -> None:
    with pytest.raises(BadInput, match="Did you mean 'toy/alpha'"):
        jobs.enqueue(_spec(toy, task="alpah"))
    from dataclasses import replace

    with pytest.raises(BadInput, match="64 positions"):
        jobs.enqueue(TuneSpec(toy, "toy/alpha", 0, replace(fakes.SETTINGS, prompt_length=64)))
    assert jobs.listing() == []


def test_without_a_writable_cache_the_demo_opens_and_runs_say_why_they_are_off(
    toy: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("PTLIB_CACHE", str(tmp_path / "file"))
    assert jobs.listing() == [] and Catalogue().backbones() == []
    status = jobs.worker_status()
    assert not status.writable and "Own runs are off" in status.problem
    for call in (lambda: jobs.enqueue(_spec(toy)), jobs.start_worker):
        with pytest.raises(BadInput, match="cannot be written"):
            call()


def test_a_foreign_database_is_named_and_left_alone(toy: str, cache: Path) -> None:
    path = Store().database
    path.parent.mkdir(parents=True)
    path.write_bytes(b"this is not a database, whatever its name says")
    with pytest.raises(Damaged, match="cannot be read"):
        jobs.listing()
    with pytest.raises(Damaged, match="cannot be read"):
        jobs.enqueue(_spec(toy))
    assert [item.kind for item in Catalogue().damaged()] == ["database"]
    assert path.read_bytes().startswith(b"this is not")


def test_the_estimate_counts_what_is_missing_and_names_its_basis(toy: str) -> None:
    spec = fakes.transfer(toy, "alpha", "beta")
    before = estimates.estimate(spec)
    assert (before.prompts_to_tune, before.cells_to_evaluate) == (4, 18) and "guess" in before.basis
    jobs.enqueue(fakes.transfer(toy, "alpha", seeds=(0,)))
    worker.work(once=True)
    after = estimates.estimate(spec)
    assert after.prompts_to_tune == 3 and "last runs of this backbone" in after.basis
    jobs.enqueue(spec)
    worker.work(once=True)
    assert estimates.estimate(spec).seconds == 0


def test_what_was_cut_is_found_in_the_logs_of_runs(toy: str) -> None:
    job = jobs.enqueue(fakes.transfer(toy, "alpha", seeds=(0,)))
    sentence = "toy/alpha, training: 3 of 9 examples are longer than 128 tokens and are cut (half of them lose 4 tokens or more)."
    with Reporter(Store(), job.id) as reporter:
        reporter.note(sentence)
        reporter.note("toy/beta, training: 2 of 9 examples are longer than 128 tokens and are cut (half of them lose 4).")
        reporter.note("toy/alpha: 2 rows are left out.")
    assert jobs.cuts((job.id, "pnever"), ("toy/alpha", "toy/gamma")) == [sentence]


def test_a_run_whose_spec_was_changed_in_the_database_is_not_carried_out(toy: str) -> None:
    job = jobs.enqueue(fakes.transfer(toy, "alpha", seeds=(0,)))
    with Store().writing() as connection:
        connection.execute("UPDATE runs SET spec = replace(spec, 'toy/alpha', 'toy/gamma')")
    assert worker.work(once=True) == 1
    failed = jobs.get(job.id)
    assert failed.state == "failed" and "not what was queued" in failed.error and not fakes.CALLS


@pytest.mark.parametrize("change", ["state = 'weird'", "created = 'yesterday'", "done = x'00', total = 'many'", "eta_s = 'soon'"])
def test_a_run_whose_row_was_changed_is_lost_and_the_others_are_listed(toy: str, change: str) -> None:
    first, second = (jobs.enqueue(TuneSpec(toy, "toy/alpha", seed, fakes.SETTINGS)) for seed in (0, 1))
    with Store().writing() as connection:
        connection.execute(f"UPDATE runs SET {change} WHERE id = ?", (first.id,))
    assert {job.id for job in jobs.listing()} == {first.id, second.id} and jobs.get(second.id).state == "queued"
    told = jobs.get(first.id)
    assert told.state == "lost" and "what was never recorded" in told.error and isinstance(told.created, float)
    jobs.delete(first.id)
    assert [job.id for job in jobs.listing()] == [second.id]
