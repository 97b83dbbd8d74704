"""Eighty kills of a worker, a command line and an app: nothing lost, the same bits, nothing left behind.

python -m tests.bench.bench_kills FOLDER [--seconds 170]      # goes on where it was; FOLDER keeps what was done

Sixty kills fall at random moments, twenty between two saves. Each round has a cache of its own: a run is started, killed a few
times, and then left to end; its values, scores and log-probabilities are held against those of a run that nothing happened to.
Processes are forked off one that has loaded torch (an app's worker is a whole new process), so that a kill costs a second.
"""

import argparse
import json
import os
import random
import shutil
import signal
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")
import psutil
import torch  # noqa: F401

from ptlib.base import files
from ptlib.base.paths import ROOT
from ptlib.base.progress import Silent
from ptlib.cli import main as command_line
from ptlib.prompts import tuning
from ptlib.results.catalogue import Catalogue
from ptlib.results.store import Store
from ptlib.results.verify import verify
from ptlib.runs import execution, queue, worker
from ptlib.runs.lost import reconcile
from ptlib.transfer import run
from tests.unit.runs.whole.test_kills import BACKBONE, SETTINGS, SPEC, TASKS, bits

WAYS = {"worker": 24, "command line": 24, "app": 12, "aimed": 20}
"""Kills that count: they came before the run had ended."""
KILLS_A_ROUND = 4
HOURS_AGO = 7200.0
COMMAND = [
    *(
        "transfer",
        BACKBONE,
        *TASKS,
        "--seeds",
        "0,1",
        "--limit",
        "40",
        "--references",
        "untrained,hand_written",
        "--device",
        "cpu",
    ),
    *("--prompt-length", str(SETTINGS.prompt_length), "--steps", str(SETTINGS.steps), "--eval-every", str(SETTINGS.eval_every)),
    *("--train-size", str(SETTINGS.train_size), "--validation-size", str(SETTINGS.validation_size), "--json"),
]
AIMED: list[tuple[object, str, int]] = [
    *((run, "_save_prompt", calls) for calls in (0, 1, 2, 3)),
    *((run, "save_predictions", calls) for calls in (0, 3, 7, 10, 13)),
    *((Store, "add_prompt", calls) for calls in (0, 2)),
    *((Store, "add_points", calls) for calls in (0, 3)),
    *((tuning.checkpoints, "save", calls) for calls in (0, 1)),
    *((os, "replace", calls) for calls in (1, 4, 6, 9, 12)),
]
"""What is called so many times, and then the process is gone; 20."""


def in_a_process(do: Callable[[], object], seconds: float = 600.0) -> bool:
    """Run in a forked process that is killed after so many seconds; whether it was killed, by us or by itself."""
    child = os.fork()
    if not child:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        os.dup2(1, 2)
        do()
        os._exit(0)
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if (ended := os.waitpid(child, os.WNOHANG))[0]:
            return os.WIFSIGNALED(ended[1])
        time.sleep(0.005)
    os.kill(child, signal.SIGKILL)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])


def work_once() -> None:
    """A worker."""
    worker.work("cpu", once=True)


def launch() -> None:
    """What the app does when a run is launched there; then it stays."""
    if not queue.get(SPEC.id).is_active:
        queue.resume(SPEC.id)
    queue.start_worker("cpu")
    time.sleep(600)


def doomed(owner: object, name: str, calls: int) -> None:
    """A worker that is gone at the call after so many."""
    real, done = getattr(owner, name), 0

    def counted(*arguments: object, **more: object) -> object:
        nonlocal done
        if done == calls:
            os.kill(os.getpid(), signal.SIGKILL)
        done += 1
        return real(*arguments, **more)

    setattr(owner, name, counted)
    work_once()


def workers() -> list[psutil.Process]:
    """Workers of this round's cache that an app started, also one that has not named itself yet."""
    cache, found = os.environ["PTLIB_CACHE"], []
    for process in psutil.process_iter():
        try:
            if process.cmdline()[-3:] == ["worker", "--device", "cpu"] and process.environ().get("PTLIB_CACHE") == cache:
                found.append(process)
        except psutil.Error:
            continue
    return found


def end_workers() -> None:
    """Kill what the app left running."""
    for process in workers():
        process.kill()
        process.wait(10)


def hit(way: str, number: int, tried: int, length: float) -> bool:
    """One try; whether it came before the run's end. tried: tries so far; length: seconds that the whole run takes."""
    chance = random.Random(f"{way} {tried}")
    if way == "worker":
        killed = in_a_process(work_once, chance.uniform(0, length))
    elif way == "command line":
        killed = in_a_process(partial(command_line, COMMAND), chance.uniform(0, length))
    elif way == "app":
        killed = in_a_process(launch, chance.uniform(0, length + 4)) and queue.get(SPEC.id).is_active
        if number % 3:  # and its worker; else the worker goes on by itself
            end_workers()
        while workers() and queue.get(SPEC.id).is_active:
            time.sleep(0.1)
        end_workers()
    else:
        killed = in_a_process(partial(doomed, *AIMED[number % len(AIMED)]))
    reconcile(Store(), now=4e9)  # long after: whoever is gone is lost
    if queue.get(SPEC.id).is_resumable:
        queue.resume(SPEC.id)
    return killed


def check(whole: dict[str, str]) -> None:
    """Let the run end, then look at everything."""
    for path in (*Store().root.rglob(".part-*"), *Store().root.glob("checkpoints/*")):  # what a worker an hour later sees
        os.utime(path, (time.time() - HOURS_AGO,) * 2)
    in_a_process(work_once)
    job = queue.get(SPEC.id)
    assert job.state == "done", job
    in_a_process(work_once)
    assert digests() == whole, "other bits"
    left = [*Store().root.glob("checkpoints/*"), *Store().root.rglob(".part-*")]
    assert not left, left
    assert Store().query("PRAGMA integrity_check")[0][0] == "ok"
    assert not [item for item in (*Catalogue().damaged(), *verify()) if item.origin == "own"]


def digests() -> dict[str, str]:
    """Checksums of all numbers of the run in the store."""
    return {name: files.sha256(value) for name, value in bits().items()}


def whole_run(folder: Path) -> dict[str, Any]:
    """What the run gives when nothing happens to it, and how long that takes."""
    os.environ["PTLIB_CACHE"] = str(folder / "whole")
    begun = time.monotonic()
    in_a_process(partial(execution.execute, SPEC, Silent(), "cpu"))
    return {"length": time.monotonic() - begun, "whole": digests()}


def one_round(known: dict[str, Any], way: str, cache: Path) -> None:
    """A run in a cache of its own: killed until it ends or was killed often enough, then left to end and looked at."""
    shutil.rmtree(cache, ignore_errors=True)
    os.environ["PTLIB_CACHE"] = str(cache)
    queue.enqueue(SPEC)
    for _ in range(1 if way == "aimed" else KILLS_A_ROUND):
        known["tries"] += 1
        if known["kills"][way] == WAYS[way] or not hit(way, known["kills"][way], known["tries"], known["length"]):
            break
        known["kills"][way] += 1
    check(known["whole"])
    known["runs"] += 1


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seconds", type=float, default=170)
    options = parser.parse_args()
    os.chdir(ROOT)
    begun, state = time.monotonic(), options.folder / "done.json"
    options.folder = options.folder.resolve()
    options.folder.mkdir(parents=True, exist_ok=True)
    if state.exists():
        known = json.loads(state.read_text())
    else:
        known = {**whole_run(options.folder), "kills": dict.fromkeys(WAYS, 0), "tries": 0, "runs": 0, "seconds": 0.0}
    while open_ways := [way for way in WAYS if known["kills"][way] < WAYS[way]]:
        since = time.monotonic()
        if since - begun > options.seconds:
            break
        one_round(known, open_ways[0], options.folder / "round")
        known["seconds"] += time.monotonic() - since
        state.write_text(json.dumps(known))
    print(
        f"{sum(known['kills'].values())} of {sum(WAYS.values())} kills ({known['kills']}; {known['tries']} tries) of "
        f"{known['runs']} runs in {known['seconds']:.0f} s: {len(known['whole'])} results each, every bit the same, integrity "
        "ok, nothing left."
    )


if __name__ == "__main__":
    main()
