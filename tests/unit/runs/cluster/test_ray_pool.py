"""Hands on a Ray cluster: slots and refusals without one, and a real one of several nodes of which one is killed."""

import builtins
import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from ptlib.base.errors import NotAvailable
from ptlib.cli import main
from ptlib.runs.cluster import ray_pool
from ptlib.runs.cluster.ray_pool import RayPool


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
    pool.device, pool.threads = device, threads
    return pool


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
