"""Hands on a Ray cluster: slots and refusals without one, and a real one of several nodes of which one is killed."""

import builtins
import importlib.util
import os
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from ptlib.base import paths
from ptlib.base.errors import NotAvailable
from ptlib.cli import main
from ptlib.prompts.spec import TuneSettings, TuneSpec
from ptlib.results.store import Store
from ptlib.runs import queue, worker
from ptlib.runs.cluster import places, ray_pool
from ptlib.runs.cluster.orders import Place
from ptlib.runs.cluster.ray_pool import RayPool
from ptlib.tasks.own.forms import form_from
from ptlib.tasks.own.stored import accept
from tests.fixtures.own_table import table
from tests.unit.runs.cluster.nodes import cluster
from tests.unit.runs.cluster.stored import differs, stored


def test_without_ray_it_says_what_to_install(cache, monkeypatch, capsys) -> None:
    real = builtins.__import__

    def lacking(name, *arguments, **more):
        if name == "ray":
            raise ImportError(name)
        return real(name, *arguments, **more)

    monkeypatch.setattr(os, "environ", {**os.environ})
    monkeypatch.setattr(builtins, "__import__", lacking)
    assert main(["worker", "--executor", "ray", "--once"]) == 2
    assert "pip install" in (told := capsys.readouterr().err) and ray_pool.WANTED in told


def _pool(device: str = "auto", threads: int | None = None) -> RayPool:
    pool = object.__new__(RayPool)
    pool.device, pool.threads, pool._held, pool._suspects = device, threads, {}, {}
    return pool


def test_idle_hands_of_a_dead_node_are_forgotten_and_those_that_lack_are_started(monkeypatch) -> None:
    pool, started = _pool(threads=1), []
    monkeypatch.setattr(RayPool, "_start", lambda self, node, number, *more: started.append((node["NodeID"], number)))
    alive, dead = ({"NodeID": name, "Alive": name == "a", "Resources": {"CPU": 2.0}} for name in "ab")
    for number, (slot, answer) in enumerate((("a", None), ("b", None), ("b", "asked"))):
        pool._held[str(number)] = ray_pool._Held(Place(str(number), slot, "cpu"), (slot, number), None, answer=answer)
    pool._look([alive, dead])
    assert list(pool._held) == ["0", "2"] and started == [("a", 1)]
    pool._suspects["a"] = time.monotonic()  # a hand died there: the node may be dead, and Ray not know it yet
    pool._look([alive, dead])
    assert started == [("a", 1)]


@pytest.mark.parametrize(
    ("resources", "device", "threads", "slots"),
    [
        ({"CPU": 8.0}, "auto", None, [("cpu", 8)]),
        ({"CPU": 8.0}, "auto", 3, [("cpu", 3), ("cpu", 3)]),
        ({"CPU": 2.0}, "auto", 16, [("cpu", 2)]),
        ({"CPU": 8.0, "GPU": 2.0}, "auto", None, [("cuda", 0), ("cuda", 0)]),
        ({"CPU": 8.0, "GPU": 2.0}, "cpu", 4, [("cpu", 4), ("cpu", 4)]),
        ({"memory": 5.0}, "auto", None, []),
    ],
)
def test_one_hand_a_gpu_or_a_slice_of_processors(resources, device, threads, slots) -> None:
    node = {"Alive": True, "Resources": resources}
    found = _pool(device, threads)._slots(node)
    assert [(what, cost["num_cpus"]) for _, what, cost in found] == slots
    assert _pool(device, threads)._slots({**node, "Alive": False}) == []


def test_a_cluster_that_is_not_there_is_named(monkeypatch) -> None:
    def init(**given):
        raise ConnectionError("Could not find any running Ray instance.\nmore")

    monkeypatch.setenv("RAY_ADDRESS", "192.0.2.1:6379")
    with pytest.raises(NotAvailable, match=r"Ray cannot reach 192.0.2.1:6379 \(Could not find any running Ray instance.\)"):
        ray_pool._connect(SimpleNamespace(init=init, exceptions=SimpleNamespace(RayError=RuntimeError)))


def test_what_killed_hands_left_is_swept_and_what_lives_is_not(tmp_path: Path) -> None:
    mine, dead, other = (tmp_path / f"ptlib-hand-{name}" for name in (f"{os.getpid()}-a", "999999999-b", "odd-c"))
    for folder in (mine, dead, other):
        folder.mkdir()
    ray_pool._sweep(tmp_path)
    assert mine.exists() and other.exists() and not dead.exists()


SETTINGS = TuneSettings(prompt_length=4, steps=200, batch_size=8, eval_every=50, validation_size=20)
ROWS = [
    {"text": f"the film was {'good' if i % 2 else 'bad'} , plot {i}", "stars": "good" if i % 2 else "bad"} for i in range(120)
]


def _sweep_of(folder: Path, model: str) -> list[TuneSpec]:
    """An own task in a cache of its own, and runs of it in the queue."""
    os.environ["PTLIB_CACHE"] = str(folder)
    form = form_from({"name": "Films", "columns": {"text_a": "text", "label": "stars"}, "words": ["bad", "good"]})
    folder.mkdir()
    task = accept(form, table(folder / "films.csv", ROWS))
    specs = [TuneSpec(model, task.id, seed, SETTINGS) for seed in range(4)]
    for spec in specs:
        queue.enqueue(spec)
    return specs


@pytest.mark.slow
@pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason="Ray is not installed")
def test_a_real_cluster_of_which_a_node_is_killed_makes_the_bytes_of_one_worker(tmp_path: Path, monkeypatch, models) -> None:
    monkeypatch.setenv("PTLIB_CACHE", "")
    model = models["roberta"].spec.location
    _sweep_of(tmp_path / "one", model)
    worker.work("cpu", once=True)
    wanted = stored(Store())
    specs = _sweep_of(tmp_path / "ray", model)
    with cluster(2) as nodes:
        words = [sys.executable, "-m", "ptlib", "worker", "--executor", "ray", "--once", "--device", "cpu"]
        driver = subprocess.Popen(words, cwd=paths.ROOT, env=nodes.environment, stderr=subprocess.PIPE, text=True)
        until = time.monotonic() + 100
        while len(busy := [row for row in places.read() if row.run_id]) < 2 or not Store().query("SELECT 1 FROM points"):
            assert driver.poll() is None and time.monotonic() < until
            time.sleep(0.05)
        assert nodes.kill() == 1
        told = driver.communicate(timeout=100)[1]
    assert "4 runs carried out" in told and [queue.get(spec.id).state for spec in specs] == ["done"] * 4
    assert differs(stored(Store()), wanted) == [] and len(wanted) > 20
    lost = [spec.id for spec in specs if "given again" in Store().log_path(spec.id).read_text()]
    assert len(lost) <= 1 and len({row.node for row in busy}) == 2
