"""Starting worker processes and telling whether one is alive. Light: the worker itself is `ptlib.runs.worker`."""

import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ptlib.base import files, paths
from ptlib.base.errors import BadInput
from ptlib.base.exposure import check_changes
from ptlib.results.store import Store


@dataclass(frozen=True, slots=True)
class WorkerStatus:
    """The worker of one device."""

    alive: bool
    pid: int | None
    device: str
    queued: int
    """Runs that wait."""
    writable: bool
    problem: str | None
    """Why runs are off, in words; None when all is well."""

    @property
    def needed(self) -> bool:
        """Whether runs wait and nobody works on them: call `start_worker`."""
        return bool(self.queued) and not self.alive and self.writable


def identity_path(store: Store, device: str) -> Path:
    """File in which the worker of a device names its process; it is locked while the worker lives."""
    return store.root / f"worker-{device.replace(':', '-')}.json"


def worker_status(device: str = "auto") -> WorkerStatus:
    """Whether the worker of a device lives, or a cluster serves the queue, and whether one is needed."""
    store = Store()
    pids = (files.named_process(identity_path(store, name)) for name in (device, CLUSTER))
    pid = next(filter(None, pids), None) or _starting(store, device)
    queued = store.query("SELECT count(*) FROM runs WHERE state = 'queued'")
    problem = store.why_read_only()
    return WorkerStatus(pid is not None, pid, device, queued[0][0] if queued else 0, problem is None, problem)


def start_worker(device: str = "auto") -> WorkerStatus:
    """Start the detached worker of a device unless it lives already; it outlives the app and ends when idle.

    Raises:
        BadInput: the cache cannot be written.
    """
    status = worker_status(device)
    if not status.writable:
        raise BadInput(status.problem or "The cache cannot be written.")
    return status if status.alive else replace(status, alive=True, pid=spawn(device))


def spawn(device: str) -> int:
    """Start a worker process without asking whether one lives; it waits for its turn, or ends. Returns its pid."""
    check_changes()
    store = Store()
    store.log_path("worker").parent.mkdir(parents=True, exist_ok=True)
    process = detached(("worker", "--device", device), store.log_path("worker"))
    _CHILDREN[identity_path(store, device)] = process
    return process.pid


def detached(words: Sequence[str], log: Path, mode: str = "ab", **environment: str) -> subprocess.Popen[bytes]:
    """Start a command of ours that outlives this process, on the same store and demo, and says all to `log`. Raises OSError."""
    places = {"PTLIB_CACHE": str(paths.cache_dir().resolve()), "PTLIB_DEMO": str(paths.demo_dir().resolve())}
    with log.open(mode) as said:
        return subprocess.Popen(
            [sys.executable, "-m", "ptlib", *words],
            cwd=paths.ROOT,
            env={**os.environ, **places, **environment},
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            start_new_session=True,
        )


def _starting(store: Store, device: str) -> int | None:
    """The worker that this process started and that has not named itself yet (polling also buries ended ones)."""
    child = _CHILDREN.get(identity_path(store, device))
    return child.pid if child and child.poll() is None else None


CLUSTER = "ray"
"""In the place of a device: the driver of a cluster, see `ptlib.runs.cluster.driver`."""
IS_WORKER = "PTLIB_WORKER_DEVICE"
"""Set in a worker process to its device."""

_CHILDREN: dict[Path, subprocess.Popen[bytes]] = {}
"""Last worker started by this process, by identity file."""
