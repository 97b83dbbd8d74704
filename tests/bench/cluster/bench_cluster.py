"""A sweep of 60 small runs on a Ray cluster of four nodes on this machine, held against one worker: every byte, nothing twice.

python -m tests.bench.cluster.bench_cluster FOLDER [one nodes cancel driver]     # FOLDER keeps what one worker made

one: one worker carries the sweep out. nodes: the cluster does, and two of its nodes are killed at random moments.
cancel: how long a run takes to stop. driver: the driver is killed at random moments, and the sweep resumed each time.
"""

import argparse
import json
import os
import random
import shutil
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

os.environ["OMP_NUM_THREADS"] = "1"  # of one worker and of every node
from ptlib.base import paths
from ptlib.prompts.spec import TuneSettings, TuneSpec
from ptlib.results.kind import Spec
from ptlib.results.store import Store
from ptlib.results.verify import verify
from ptlib.runs import queue, worker
from ptlib.runs.cluster import places
from ptlib.runs.lost import reconcile
from ptlib.tasks.own.forms import form_from
from ptlib.tasks.own.stored import accept
from ptlib.transfer.spec import TransferSpec
from tests.fixtures import tiny_models
from tests.fixtures.own_table import table
from tests.unit.runs.cluster.nodes import Nodes, cluster
from tests.unit.runs.cluster.stored import differs, stored

NODES, KILLS, CANCELS = 4, 2, 5
SETTINGS = TuneSettings(prompt_length=5, steps=100, eval_every=25, batch_size=8, validation_size=40)
WORKER = [sys.executable, "-m", "ptlib", "worker", "--once", "--device", "cpu", "--executor", "ray"]
THINGS = ("film", "plot", "waiter")
WORDS = ["bad", "good"]


def tasks(folder: Path) -> tuple[str, ...]:
    """Three tasks of one's own, put into the cache in use."""
    found = []
    for thing in THINGS:
        rows = [{"text": f"the {thing} was {WORDS[i % 2]} , {thing} {i}", "stars": WORDS[i % 2]} for i in range(150)]
        form = form_from({"name": thing, "columns": {"text_a": "text", "label": "stars"}, "words": WORDS})
        found.append(accept(form, table(folder / f"{thing}.csv", rows)).id)
    return tuple(found)


def model(folder: Path) -> str:
    """A tiny backbone, the same for all parts."""
    place = folder / "model"
    return str(place) if place.exists() else tiny_models.make(place, "roberta")


def sweep(folder: Path) -> list[Spec]:
    """60 runs: prompts, and pieces of a map that share some of them with each other."""
    backbone, names = model(folder), tasks(folder)
    tunes = [TuneSpec(backbone, name, seed, SETTINGS) for name in names for seed in range(14)]
    pairs = [(a, b) for a in names for b in names if a != b]
    maps = [TransferSpec(backbone, (a,), (b,), (seed, 14 + seed), SETTINGS, limit=30) for a, b in pairs for seed in range(3)]
    return [*tunes, *maps]


def use(folder: Path, name: str) -> None:
    """An empty cache with the sweep in its queue."""
    os.environ["PTLIB_CACHE"] = str(folder / name)
    shutil.rmtree(folder / name, ignore_errors=True)
    for spec in sweep(folder):
        queue.enqueue(spec)


def one(folder: Path) -> dict[str, object]:
    """What one worker makes."""
    use(folder, "one")
    begun = time.monotonic()
    worker.work("cpu", once=True)
    seconds = time.monotonic() - begun
    made = stored(Store())
    (folder / "one.json").write_text(json.dumps({"seconds": seconds, "made": made}, default=repr))
    return {"runs": len(queue.listing()), "results": len(made), "seconds": round(seconds)}


def driver_of(nodes: Nodes) -> subprocess.Popen[bytes]:
    """A driver in a process of its own."""
    environment = {**nodes.environment, "PTLIB_CACHE": os.environ["PTLIB_CACHE"]}
    return subprocess.Popen(WORKER, cwd=paths.ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def until(holds: Callable[[], bool], seconds: float = 120) -> None:
    """Wait for something that must come."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.02)


def judged(folder: Path) -> dict[str, object]:
    """What came of the sweep, against one worker."""
    kept = json.loads((folder / "one.json").read_text())["made"]
    made, jobs = json.loads(json.dumps(stored(Store()), default=repr)), queue.listing()
    logs = [Store().log_path(job.id).read_text() for job in jobs]
    return {
        "done": sum(job.state == "done" for job in jobs),
        "results": len(made),
        "differ": len(differs(made, kept)),
        "given again": sum(log.count("it is given again") for log in logs),
        "damaged": len([item for item in verify() if item.origin == "own"]),
    }


def nodes(folder: Path, chance: random.Random) -> dict[str, object]:
    """Two nodes are killed while all of them work."""
    use(folder, "nodes")
    with cluster(NODES) as machines:
        driver = driver_of(machines)
        until(lambda: sum(bool(row.run_id) for row in places.read()) == NODES)
        begun = time.monotonic()
        for _ in range(KILLS):
            until(lambda: sum(job.state == "done" for job in queue.listing()) >= 3)
            time.sleep(chance.uniform(0, 8))
            machines.kill()
        killed, code = time.monotonic() - begun, driver.wait()
        return {"code": code, "last kill after": round(killed, 1), "seconds": round(time.monotonic() - begun), **judged(folder)}


def cancel(folder: Path, chance: random.Random) -> dict[str, object]:
    """Seconds from the question until the run is cancelled."""
    os.environ["PTLIB_CACHE"] = str(folder / "cancel")
    shutil.rmtree(folder / "cancel", ignore_errors=True)
    long = replace(SETTINGS, steps=20_000)
    jobs = [queue.enqueue(TuneSpec(model(folder), tasks(folder)[0], seed, long)) for seed in range(CANCELS)]
    found = []
    with cluster(1) as machines:
        driver = driver_of(machines)
        for job in jobs:
            until(lambda job=job: len(queue.curves(job.id)) > 1)
            time.sleep(chance.uniform(0, 2))
            begun = time.monotonic()
            queue.cancel(job.id)
            until(lambda job=job: queue.get(job.id).state == "cancelled")
            found.append(time.monotonic() - begun)
        driver.wait(60)
    return {"cancelled": len(found), "median s": round(statistics.median(found), 2), "longest s": round(max(found), 2)}


def driver(folder: Path, chance: random.Random) -> dict[str, object]:
    """The driver is killed, and the sweep resumed."""
    use(folder, "driver")
    kept = []
    with cluster(NODES) as machines:
        for _ in range(KILLS):
            process, before = driver_of(machines), sum(job.state == "done" for job in queue.listing())
            until(lambda before=before: sum(job.state == "done" for job in queue.listing()) >= before + 5)
            time.sleep(chance.uniform(0, 5))
            process.send_signal(signal.SIGKILL)
            process.wait()
            reconcile(Store(), now=4e9)  # long after: whoever is gone is lost
            jobs = queue.listing()
            kept.append(sum(job.state == "done" for job in jobs))
            for job in jobs:
                if job.is_resumable:
                    queue.resume(job.id)
        code = driver_of(machines).wait()
    return {"code": code, "runs done at the kills": kept, **judged(folder)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("parts", nargs="*", default=["one", "nodes", "cancel", "driver"])
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    folder, chance = options.folder.resolve(), random.Random(options.seed)
    folder.mkdir(parents=True, exist_ok=True)
    for part in options.parts:
        found = one(folder) if part == "one" else {"nodes": nodes, "cancel": cancel, "driver": driver}[part](folder, chance)
        print(json.dumps({"part": part, **found}), flush=True)


if __name__ == "__main__":
    main()
