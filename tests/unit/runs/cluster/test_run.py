"""A run cut into parts: what waits for what, what is held, and how far it is."""

import pytest

from ptlib.base.errors import BadInput, RunFailed
from ptlib.prompts.spec import TuneSpec
from ptlib.results.store import Store
from ptlib.runs import queue
from ptlib.runs.cluster.orders import News
from ptlib.runs.cluster.run import Run
from tests.fixtures import fakes


def _claimed(spec) -> Run:
    queue.enqueue(spec)
    queue.claim(Store(), "ray", spec.id)
    return Run(Store(), spec.id)


def test_targets_wait_for_the_stacks_that_they_need(toy: str) -> None:
    run = _claimed(fakes.transfer(toy, "alpha", "beta", seeds=(0, 1, 2, 3, 4)))
    run.cut(())
    assert [piece.part.name.partition(":")[0] for piece in run.pieces] == [
        *("stack 1 of 2", "stack 2 of 2"),
        *("toy/alpha, 1 of 2", "toy/alpha, 2 of 2", "toy/beta, 1 of 2", "toy/beta, 2 of 2"),
    ]
    assert list(run.ready()) == [0, 1, 2, 4]  # reference rows wait for nothing
    run.pieces[0].done = True
    assert list(run.ready()) == [1, 2, 4]
    run.pieces[1].done = True
    assert list(run.ready()) == [2, 3, 4, 5]
    run.end("cancelled")
    assert not list(run.ready()) and run.is_over
    run.close()
    assert queue.get(run.id).state == "cancelled"


def test_how_far_it_is_counts_what_is_done_and_shares_of_the_rest(toy: str) -> None:
    run = _claimed(fakes.transfer(toy, "alpha", "beta", seeds=(0, 1, 2, 3, 4)))
    run.cut(())
    run.order(0, "a")
    run.hear(News((run.id, 0, 0), "Loading the model", 1, 1))
    assert run.pieces[0].share == 0
    run.hear(News((run.id, 0, 0), "Tuning", 5, 10, notes=("Texts are cut.",)))
    job = queue.get(run.id)
    assert (job.phase, job.done, job.total) == ("Tuning", 5, 20) or run.pieces[0].share == 0.5
    assert "Texts are cut." in job.log_tail
    run.end("cancelled")
    run.close()


def test_what_an_earlier_run_makes_is_waited_for_and_found(toy: str) -> None:
    first, second = (_claimed(fakes.transfer(toy, *names, seeds=(0,))) for names in (("alpha", "beta"), ("alpha", "gamma")))
    third = _claimed(TuneSpec(toy, "toy/gamma", 0, fakes.SETTINGS))
    first.cut(())
    second.cut([first])
    third.cut([first, second])
    assert (first.held, second.held, third.held) == (False, True, True)  # the third makes what the second will make
    second.cut(())
    assert not second.held and len(second.pieces) == 3
    for run in (first, second, third):
        run.end("cancelled")
        run.close()


def test_what_is_refused_now_is_asked_again_while_an_earlier_run_goes_on(toy: str, tmp_path) -> None:
    first = _claimed(fakes.transfer(toy, "alpha", seeds=(0,)))
    first.cut(())
    second = _claimed(fakes.transfer(fakes.backbone_folder(tmp_path / "gone"), "beta", seeds=(0,)))
    (tmp_path / "gone" / "config.json").unlink()
    second.cut([first])
    assert second.held and second.ending is None
    with pytest.raises(BadInput):
        second.cut(())
    for run in (first, second):
        run.end("failed", "x")
        run.close()


def test_what_is_there_already_is_done_at_once_and_lacking_results_are_no_end(toy: str) -> None:
    run = _claimed(fakes.transfer(toy, "alpha", seeds=(0,)))
    run.cut(())
    for piece in run.pieces:
        piece.done = True
    assert run.is_over
    run.close()
    failed = queue.get(run.id)
    assert failed.state == "failed" and "not there" in failed.error


def test_losses_count_against_a_part_once_it_was_heard_of(toy: str) -> None:
    run = _claimed(fakes.transfer(toy, "alpha", seeds=(0,)))
    run.cut(())
    for _ in range(6):  # hands that were dead before
        run.order(0, "a")
        run.lose(0, "node a", "dead")
    for given in range(6, 9):
        run.order(0, "a")
        run.hear(News((run.id, 0, given), "Tuning", 1, 10))
        run.lose(0, "node a", "dead")
    run.order(0, "a")
    run.hear(News((run.id, 0, 9), "Tuning", 1, 10))
    with pytest.raises(RunFailed, match="was lost, 10 times in turn"):
        run.lose(0, "node a", "dead")
    run.end("failed")
    run.close()
    assert "Lost in this run so far: 10." in Store().log_path(run.id).read_text()
