"""Worker processes: one a device, known by name, started once, and refused where nothing can be written."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from ptlib.base import paths
from ptlib.prompts.spec import TuneSpec
from ptlib.results.store import Store
from ptlib.runs import processes, worker
from ptlib.runs import queue as jobs
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


def test_a_device_has_one_worker(toy: str) -> None:
    jobs.enqueue(_spec(toy))
    first = _process(step_s=0.2)
    _until(lambda: jobs.worker_status().alive and not jobs.worker_status().queued)
    second = _process()
    assert second.communicate(timeout=15)[0].strip() == "0"
    assert first.communicate(timeout=15)[0].strip() == "1"


def test_a_worker_is_needed_when_runs_wait_and_nobody_works(toy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not processes.worker_status().needed
    jobs.enqueue(_spec(toy))
    assert processes.worker_status().needed and processes.worker_status().queued == 1
    monkeypatch.setattr(sys, "executable", "/bin/sleep")  # `sleep -m ...` ends at once, as a worker does that is not the first
    started = processes.start_worker()
    child = processes._CHILDREN[processes.identity_path(Store(), "auto")]
    assert started.alive and started.pid == child.pid
    child.wait(10)
    assert processes.worker_status().needed  # it has ended


def test_devices_have_files_of_their_own() -> None:
    store = Store()
    names = {processes.identity_path(store, device).name for device in ("cpu", "cuda:0", "cuda:1")}
    assert len(names) == 3 and not any(":" in name for name in names)


def test_what_is_started_works_on_the_same_places_and_says_all_to_its_log(cache: Path, tmp_path: Path) -> None:
    program = "import os; print(os.environ['PTLIB_CACHE'], os.environ['PTLIB_DEMO'], os.environ['MORE'], flush=True)"
    (tmp_path / "echo").write_text(f"#!{sys.executable}\n{program}\n")
    (tmp_path / "echo").chmod(0o755)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "executable", str(tmp_path / "echo"))
        child = processes.detached(("worker",), tmp_path / "log", MORE="x")
    assert child.wait(20) == 0
    assert (tmp_path / "log").read_text().split() == [str(cache.resolve()), str(cache.parent.resolve() / "demo"), "x"]


def test_no_worker_is_started_beside_a_cluster_that_serves_the_queue(toy: str) -> None:
    jobs.enqueue(_spec(toy))
    with worker.in_charge(Store(), processes.CLUSTER, once=True) as held:
        assert held and processes.worker_status().alive and processes.start_worker().pid == os.getpid()
    assert processes.worker_status().needed
