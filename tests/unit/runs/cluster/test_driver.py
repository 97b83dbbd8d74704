"""The driver with hands in threads: the same bytes as one worker, whatever is lost, doubled, late, refused or cancelled."""

import shutil
import threading
import time
from collections.abc import Iterator
from itertools import pairwise

import pytest

from ptlib.analysis.specs import ClusterSpec, MaskSpec, NeuronSpec
from ptlib.base.errors import RunFailed
from ptlib.prompts.spec import TuneSpec
from ptlib.results.catalogue import Catalogue
from ptlib.results.store import Store
from ptlib.runs import lost, queue, worker
from ptlib.runs.cluster import driver, places
from ptlib.runs.cluster import run as run_of_driver
from ptlib.runs.cluster.run import WAITING, Run
from ptlib.transfer.kinds import TRANSFER
from tests.fixtures import fakes
from tests.unit.runs.cluster.pool import ThreadPool
from tests.unit.runs.cluster.stored import stored


@pytest.fixture
def pools() -> Iterator[list[ThreadPool]]:
    made: list[ThreadPool] = []
    yield made
    for pool in made:
        pool.close()


def alone(tmp_path, monkeypatch, specs) -> dict[str, object]:
    """What one worker makes of them."""
    with monkeypatch.context() as patch:
        patch.setenv("PTLIB_CACHE", str(tmp_path / "alone"))
        for spec in specs:
            queue.enqueue(spec)
        worker.work("cpu", once=True, make=fakes.Work)
        return stored(Store())


def log(run_id: str) -> str:
    return Store().log_path(run_id).read_text()


def serve(pools: list[ThreadPool], **more: object) -> ThreadPool:
    """A driver that serves the queue once, with hands of its own."""
    pools.append(pool := ThreadPool(**more))
    driver.serve(Store(), pool, 0.0, once=True)
    return pool


def test_many_hands_make_the_bytes_of_one_worker(toy, tmp_path, monkeypatch, pools) -> None:
    fakes.distinct(monkeypatch.setattr)
    specs = [fakes.transfer(toy, *names, seeds=(0,)) for names in (("alpha", "beta"), ("alpha", "gamma"))]
    specs.append(TuneSpec(toy, "toy/gamma", 7, fakes.SETTINGS))
    wanted = alone(tmp_path, monkeypatch, specs)
    for spec in specs:
        queue.enqueue(spec)
    pool = serve(pools, count=3)
    assert stored(Store()) == wanted and len(wanted) > 40 and pool.most > 1
    assert [queue.get(spec.id).state for spec in specs] == ["done"] * 3 and not Catalogue().damaged()
    assert WAITING in log(specs[1].id) and WAITING not in log(specs[2].id)  # it shares a prompt with the first


def test_what_is_lost_is_given_again_and_what_comes_twice_counts_once(toy, tmp_path, monkeypatch, pools) -> None:
    fakes.distinct(monkeypatch.setattr)
    spec = fakes.transfer(toy, "alpha", "beta", seeds=(0,))
    wanted = alone(tmp_path, monkeypatch, [spec])
    queue.enqueue(spec)
    prompt, cell = (min(part.makes) for part in TRANSFER.parts(spec, TRANSFER.missing(spec, Catalogue()), Catalogue())[:2])
    pools.append(pool := ThreadPool(2, doomed={prompt: 2, cell: 1}, twice=True))
    made = driver.Driver(Store(), pool)
    made.run(0.0)
    assert stored(Store()) == wanted and queue.get(spec.id).state == "done"
    assert [unit[1:] for _, unit in pool.given if unit[1] == 0] == [(0, 0), (0, 1), (0, 2)]
    assert len({place for place, unit in pool.given if unit[1] == 0}) == 3  # a lost hand never comes back
    assert made.doubles == 3 and len(pool.given) == 6
    assert "stack 1 of 1" in log(spec.id) and "3 parts lost with a node and given again" in log(spec.id)


def test_an_answer_that_comes_late_is_not_looked_at(toy, pools) -> None:
    spec = fakes.transfer(toy, "alpha", seeds=(0,))
    queue.enqueue(spec)
    queue.claim(Store(), "ray", spec.id)
    run = Run(Store(), spec.id)
    run.cut(())
    first, second = run.order(0, "a"), None
    run.lose(0, "node a", "gone")
    second = run.order(0, "b")
    pools.append(pool := ThreadPool(1))
    pool.places()
    hand = next(iter(pool._hands.values()))
    late, right = hand.do(first), hand.do(second)
    assert run.take(late, "node a") is False and not run.pieces[0].done
    assert run.take(right, "node b") is True and run.take(right, "node b") is False
    assert len(Store().query("SELECT * FROM prompts")) == 1 and run.lost == 1
    run.close()


def test_what_is_wrong_in_itself_is_not_tried_again_and_ends_its_run_alone(toy, pools) -> None:
    bad, good = (queue.enqueue(fakes.transfer(toy, name, seeds=(0,))) for name in ("bad", "alpha"))
    pool = serve(pools)
    assert (queue.get(bad.id).state, queue.get(good.id).state) == ("failed", "done")
    assert "not finite" in queue.get(bad.id).error and "node" in queue.get(bad.id).log_tail
    assert len([unit for _, unit in pool.given if unit[0] == bad.id]) == 1


def test_one_hand_empties_the_queue(toy, pools) -> None:
    jobs = [queue.enqueue(TuneSpec(toy, "toy/alpha", seed, fakes.SETTINGS)) for seed in range(4)]
    serve(pools, count=1)
    assert [queue.get(job.id).state for job in jobs] == ["done"] * 4


def test_a_part_that_always_takes_its_hand_with_it_fails_its_run(toy, monkeypatch, pools) -> None:
    monkeypatch.setattr("ptlib.runs.cluster.run.MOST_TRIES", 4)
    spec = fakes.transfer(toy, "alpha", seeds=(0,))
    queue.enqueue(spec)
    (prompt,) = (tune.id for tune in spec.prompts())
    pool = serve(pools, doomed={prompt: 9})
    failed = queue.get(spec.id)
    assert failed.state == "failed" and "4 times in turn (the node died)" in failed.error and len(pool.given) == 4


@pytest.mark.parametrize("deaf", [False, True])
def test_cancel_ends_that_run_alone_and_a_hand_that_does_not_hear_is_ended(toy, monkeypatch, pools, deaf: bool) -> None:
    monkeypatch.setenv("FAKE_STEP_S", "0.3")
    monkeypatch.setattr(driver, "STOP_S", 0.2 if deaf else 60.0)
    runs = [queue.enqueue(fakes.transfer(toy, name, seeds=(0,))).id for name in ("alpha", "beta")]
    pools.append(pool := ThreadPool(2, deaf=deaf))
    thread = threading.Thread(target=driver.serve, args=(Store(), pool, 0.0, True))
    thread.start()
    until = time.monotonic() + 20
    while queue.get(runs[0]).state != "running" and time.monotonic() < until:
        time.sleep(0.02)
    assert queue.cancel(runs[0]).cancelling
    thread.join(60)
    assert (queue.get(runs[0]).state, queue.get(runs[1]).state) == ("cancelled", "done")
    assert bool(pool.killed) is deaf and "given again" not in log(runs[0])


class Killed(BaseException):
    """The process would be gone now."""


def test_a_sweep_goes_on_after_its_driver_was_killed(toy, tmp_path, monkeypatch, pools) -> None:
    fakes.distinct(monkeypatch.setattr)
    specs = [fakes.transfer(toy, name, seeds=(0,)) for name in ("alpha", "beta", "gamma")]
    wanted = alone(tmp_path, monkeypatch, specs)
    for spec in specs:
        queue.enqueue(spec)
    pools.append(pool := ThreadPool(2))
    real, stored_parts = pool.wait, []

    def wait(seconds: float):
        if len(stored_parts) >= 3:
            raise Killed
        found = real(seconds)
        stored_parts.extend(ended.answer.unit[:2] for ended in found)
        return found

    monkeypatch.setattr(pool, "wait", wait)
    first = driver.Driver(Store(), pool)
    with pytest.raises(Killed):
        first.run(0.0)
    for run in first.runs.values():
        run._open.close()
    with Store().writing() as connection:
        connection.execute("UPDATE runs SET pid = 1, pid_started = -9 WHERE state IN ('starting', 'running')")
    lost.reconcile(Store(), now=4e9)
    left = [spec for spec in specs if queue.get(spec.id).state != "done"]
    assert left and {queue.get(spec.id).state for spec in left} <= {"lost", "queued"}
    for spec in left:
        if queue.get(spec.id).is_resumable:
            queue.resume(spec.id)
    second = serve(pools)
    assert stored(Store()) == wanted and {queue.get(spec.id).state for spec in specs} == {"done"}
    assert len(second.given) == 6 - len(stored_parts)


def test_work_goes_to_hands_that_hold_its_backbone(toy, tmp_path, pools) -> None:
    other = fakes.backbone_folder(tmp_path / "other-model")
    for name in ("alpha", "beta", "gamma"):
        for backbone in (toy, other):
            queue.enqueue(TuneSpec(backbone, f"toy/{name}", 0, fakes.SETTINGS))
    pool = serve(pools)
    of = {run: queue.get(run).spec.backbone for _, (run, *_) in pool.given}
    loads = {place: [of[unit[0]] for at, unit in pool.given if at == place] for place, _ in pool.given}
    changes = sum(a != b for held in loads.values() for a, b in pairwise(held))
    assert len(pool.given) == 6 and changes <= 2


def test_runs_wait_for_hands_and_the_table_says_who_does_what(toy, monkeypatch, pools) -> None:
    monkeypatch.setenv("FAKE_STEP_S", "0.05")
    spec = fakes.transfer(toy, "alpha", seeds=(0,))
    queue.enqueue(spec)
    pools.append(pool := ThreadPool(0))
    made, seen = driver.Driver(Store(), pool), []
    for _ in range(3):
        made.turn()
    assert queue.get(spec.id).is_active and not pool.given and list(made.runs) == [spec.id]
    pool.count = 1
    while made.runs:
        made.turn()
        seen += [row.part for row in places.read(Store()) if row.run_id == spec.id]
    assert queue.get(spec.id).state == "done" and "stack 1 of 1: toy/alpha" in seen


def test_analyses_are_made_where_prompts_are_brought_to(space, tmp_path, monkeypatch, pools) -> None:
    ids = fakes.ids(space)
    drawn = ClusterSpec(space.backbone, ids, on="neurons")
    specs = [NeuronSpec(space.backbone, ids), drawn, MaskSpec(space.backbone, ids[0], "toy/alpha", others=ids[1:2])]
    shutil.copytree(Store().root, tmp_path / "alone" / "store")
    wanted = alone(tmp_path, monkeypatch, specs)
    for spec in specs:
        queue.enqueue(spec)
    serve(pools)
    assert [queue.get(spec.id).error for spec in specs] == [None] * 3
    assert stored(Store()) == wanted and WAITING in log(drawn.id)


def test_a_full_disk_here_or_full_memory_there_fails_that_run_as_with_one_worker(toy, monkeypatch, pools) -> None:
    full, memory, good = (queue.enqueue(TuneSpec(toy, f"toy/{name}", 0, fakes.SETTINGS)) for name in ("alpha", "beta", "gamma"))
    real, tune = run_of_driver.put_in, fakes.Work.tune

    def put_in(made, store, run_id, makes):
        if run_id == full.id:
            raise RunFailed("The disk is full: nothing was written.")
        real(made, store, run_id, makes)

    def tuned(work, model, specs, *more):
        if specs[0].task == "toy/beta":
            raise MemoryError
        return tune(work, model, specs, *more)

    monkeypatch.setattr(run_of_driver, "put_in", put_in)
    monkeypatch.setattr(fakes.Work, "tune", tuned)
    serve(pools)
    assert [queue.get(job.id).state for job in (full, memory, good)] == ["failed", "failed", "done"]
    assert "disk is full" in queue.get(full.id).error and "Out of memory" in queue.get(memory.id).error
