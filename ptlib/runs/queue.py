"""The queue as pages and the command line see it. Truth is on disk; every read reconciles it with the processes.

queued -> starting -> running -> done | failed | cancelled | lost
`lost`: no heartbeat for 15 s and the process is gone. Cancel: the flag is read at the next step; after 10 s the
process is terminated, after 20 s killed, so that device memory is surely free.
"""

import json
import os
import re
import shutil
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any, Literal, cast, get_args

import pandas as pd

from ptlib.base import files
from ptlib.base.errors import BadInput, unknown
from ptlib.base.identity import canonical
from ptlib.prompts.spec import TuneSpec
from ptlib.results.kind import Piece, Spec
from ptlib.results.store import POINT_VALUES, Store
from ptlib.runs import visitors
from ptlib.runs.kinds import kind_named, kind_of, left_of
from ptlib.runs.lost import reconcile
from ptlib.runs.processes import start_worker as start_worker  # pages ask the queue for both
from ptlib.runs.processes import worker_status as worker_status

State = Literal["queued", "starting", "running", "done", "failed", "cancelled", "lost"]
ACTIVE, UNFINISHED = ("queued", "starting", "running"), ("failed", "cancelled", "lost")
LOG_LINES = 20


@dataclass(frozen=True, slots=True)
class Job:
    """One run as it stands now; times are seconds since the epoch."""

    id: str
    kind: str
    """A name in `ptlib.runs.kinds.KINDS`."""
    title: str
    state: State
    position: int | None
    """Place in the queue, 1 = next; None when not queued."""
    phase: str
    done: int
    total: int
    eta_s: float | None
    """Expected seconds to the end; None when not known."""
    created: float
    started: float | None
    finished: float | None
    spec_json: str
    error: str | None
    log_tail: str
    attempts: int
    device: str | None = None
    cancelling: bool = False

    @property
    def spec(self) -> Spec:
        """What the run computes."""
        return kind_named(self.kind).read(json.loads(self.spec_json))

    @property
    def piece(self) -> Piece | None:
        """The piece of the map that the run fills; None when it is none."""
        return kind_named(self.kind).piece(self.spec)

    @property
    def prompts(self) -> tuple[TuneSpec, ...]:
        """The prompts that the run tunes, by which its curves are named."""
        return kind_named(self.kind).prompts(self.spec)

    @property
    def is_active(self) -> bool:
        return self.state in ACTIVE

    @property
    def is_resumable(self) -> bool:
        return self.state in UNFINISHED


def enqueue(spec: Spec, title: str | None = None, visitor: str | None = None) -> Job:
    """Put a run at the end of the queue; a run of the same spec that is queued, running or done is returned as it is.

    A finished run whose files were lost or damaged since is queued again and makes only those anew.

    visitor: who launches it from a browser (see `ptlib.runs.visitors`); None = the owner.

    Raises:
        BadInput: the spec cannot run, the cache cannot be written, or a visitor may not launch it.
    """
    store = Store()
    problem = store.why_read_only()
    if problem:
        raise BadInput(problem)
    if visitor is not None:
        visitors.check_places(spec)
        visitors.check_waiting(visitor, tuple(_positions(store)))
        visitors.remember(visitor, spec.id)
    kind, todo, now = kind_of(spec), left_of(spec), time.time()
    reconcile(store)
    with store.writing() as connection:
        row = connection.execute("SELECT state FROM runs WHERE id = ?", (spec.id,)).fetchone()
        if row is None:
            connection.execute(
                "INSERT INTO runs (id, kind, title, state, position, spec, created) VALUES (?, ?, ?, 'queued', ?, ?, ?)",
                (spec.id, kind.name, title or kind.title(spec), now, canonical(asdict(cast(Any, spec))), now),
            )
        elif row["state"] in UNFINISHED or (row["state"] == "done" and todo):
            _requeue(connection, spec.id, now)
    return get(spec.id)


def get(run_id: str) -> Job:
    """One run. Raises BadInput with the closest known id."""
    store = Store()
    reconcile(store)
    rows = store.query("SELECT * FROM runs WHERE id = ?", (run_id,))
    if not rows:
        raise unknown("run", run_id, (row[0] for row in store.query("SELECT id FROM runs")))
    return _job(store, dict(rows[0]), _positions(store))


def listing() -> list[Job]:
    """All runs: active ones in queue order, then the others, newest first."""
    store = Store()
    reconcile(store)
    positions = _positions(store)
    jobs = [_job(store, dict(row), positions) for row in store.query("SELECT * FROM runs ORDER BY created DESC")]
    order = {"running": 0, "starting": 0, "queued": 1}
    return sorted(jobs, key=lambda job: (order.get(job.state, 2), job.position or 0))


def active() -> list[Job]:
    """Runs that are queued or running, in queue order."""
    return [job for job in listing() if job.is_active]


def claim(store: Store, device: str, run_id: str | None = None) -> str | None:
    """Take the next queued run (or that very one) for this process, in one transaction. Returns its id, or None."""
    pid, now = os.getpid(), time.time()
    with store.writing() as connection:
        row = connection.execute(
            "SELECT id FROM runs WHERE state = 'queued' AND id = COALESCE(?, id) ORDER BY position LIMIT 1", (run_id,)
        ).fetchone()
        if row is None:
            return None
        connection.execute(
            "UPDATE runs SET state = 'starting', pid = ?, pid_started = ?, heartbeat = ?, started = ?, device = ?, "
            "attempts = attempts + 1, cancel_at = NULL, error = NULL, finished = NULL WHERE id = ?",
            (pid, files.process_start(pid), now, now, device, row["id"]),
        )
    return row["id"]


def cancel(run_id: str) -> Job:
    """Stop a run: a queued one at once, a running one at its next step. What was saved stays saved."""
    job, now = get(run_id), time.time()
    with Store().writing() as connection:
        connection.execute(
            "UPDATE runs SET state = 'cancelled', finished = ?, phase = '' WHERE id = ? AND state = 'queued'", (now, run_id)
        )
        connection.execute(
            "UPDATE runs SET cancel_at = COALESCE(cancel_at, ?) WHERE id = ? AND state IN ('starting', 'running')", (now, run_id)
        )
    return get(job.id)


def resume(run_id: str, visitor: str | None = None) -> Job:
    """Put a failed, cancelled or lost run back; it goes on from its last checkpoint. visitor: as for `enqueue`."""
    job = get(run_id)
    if visitor is not None:
        visitors.check_waiting(visitor, tuple(_positions(Store())))
        visitors.remember(visitor, run_id)
    if not job.is_resumable:
        raise BadInput(f"Run '{run_id}' is {job.state}; only failed, cancelled and lost runs can be resumed.")
    with Store().writing() as connection:
        _requeue(connection, run_id, time.time())
    return get(run_id)


def delete(run_id: str) -> None:
    """Forget a run with its log and live curves. Prompts and scores it made stay: other results may rest on them."""
    job = get(run_id)
    if job.state in ("starting", "running"):
        raise BadInput(f"Run '{run_id}' is {job.state}. Cancel it first.")
    store = Store()
    with store.writing() as connection:
        gone = connection.execute("DELETE FROM runs WHERE id = ? AND state NOT IN ('starting', 'running')", (run_id,)).rowcount
        if not gone:  # a worker took it just now
            raise BadInput(f"Run '{run_id}' has just been started. Cancel it first.")
        connection.execute("DELETE FROM points WHERE run_id = ? AND series NOT IN (SELECT prompt_id FROM prompts)", (run_id,))
        open_runs = connection.execute("SELECT count(*) FROM runs WHERE state != 'done'").fetchone()[0]
    store.log_path(run_id).unlink(missing_ok=True)
    if not open_runs:  # nobody is left who could go on from a checkpoint
        shutil.rmtree(store.root / "checkpoints", ignore_errors=True)


def move(run_id: str, direction: Literal["up", "down"]) -> Job:
    """Swap a queued run with its neighbour in the queue; at an end it stays where it is."""
    if direction not in ("up", "down"):
        raise BadInput(f"Unknown direction '{direction}'. Use up or down.")
    with Store().writing() as connection:
        rows = connection.execute("SELECT id, position FROM runs WHERE state = 'queued' ORDER BY position").fetchall()
        order = [row["id"] for row in rows]
        if run_id in order:
            here = order.index(run_id)
            there = here + (1 if direction == "down" else -1)
            if 0 <= there < len(order):
                for name, position in ((run_id, rows[there]["position"]), (order[there], rows[here]["position"])):
                    connection.execute("UPDATE runs SET position = ? WHERE id = ?", (position, name))
    return get(run_id)


def curves(run_id: str) -> pd.DataFrame:
    """Live curves of a run: series (a prompt id), step, loss, validation, seconds; step 0 is the untrained level."""
    rows = Store().intact("SELECT * FROM points WHERE run_id = ? ORDER BY series, step", (run_id,))
    return pd.DataFrame(rows, columns=["series", "step", *POINT_VALUES])


def _requeue(connection: Any, run_id: str, now: float) -> None:
    connection.execute(
        "UPDATE runs SET state = 'queued', position = ?, phase = '', done = 0, total = 0, eta_s = NULL, "
        "error = NULL, cancel_at = NULL, pid = NULL, finished = NULL WHERE id = ? "
        "AND state NOT IN ('queued', 'starting', 'running')",
        (now, run_id),
    )


def _positions(store: Store) -> dict[str, int]:
    rows = store.query("SELECT id FROM runs WHERE state = 'queued' ORDER BY position")
    return {row[0]: place for place, row in enumerate(rows, 1)}


def cuts(run_ids: Iterable[str], tasks: Iterable[str]) -> list[str]:
    """What cutting took of these tasks' texts in these runs, in the sentences of their logs."""
    told = re.compile(rf"^[-\d]+ [:\d]+  ((?:{'|'.join(map(re.escape, tasks))}), \w+: .+ and are cut .+)$", re.MULTILINE)
    found: list[str] = []
    for run_id in run_ids:
        with suppress(OSError):
            found += told.findall(Store().log_path(run_id).read_text(encoding="utf-8", errors="replace"))
    return list(dict.fromkeys(found))


def _tail(store: Store, run_id: str) -> str:
    try:
        with store.log_path(run_id).open("rb") as handle:
            size = handle.seek(0, os.SEEK_END)
            handle.seek(max(0, size - 8192))
            return "\n".join(handle.read().decode(errors="replace").splitlines()[-LOG_LINES:])
    except OSError:
        return ""


_NUMBERS = ("done", "total", "eta_s", "created", "started", "finished", "attempts")
_NEEDED = {"done": 0, "total": 0, "created": 0.0, "attempts": 0}


def _sound(row: dict[str, Any]) -> dict[str, Any]:
    """A row as it can be shown: one that was changed is lost, and says so."""
    wrong = [name for name in _NUMBERS if row[name] is not None and not isinstance(row[name], int | float)]
    if not wrong and row["state"] in get_args(State):
        return row
    error = "The database says of this run what was never recorded. Resume it, or delete it and start it again."
    return {**row, **{name: _NEEDED.get(name) for name in wrong}, "state": "lost", "error": error}


def _job(store: Store, row: dict[str, Any], positions: dict[str, int]) -> Job:
    row = _sound(row)
    same = {name: row[name] for name in Job.__dataclass_fields__ if name in row and name != "position"}
    return Job(
        **same,
        position=positions.get(row["id"]),
        spec_json=row["spec"],
        log_tail=_tail(store, row["id"]),
        cancelling=bool(row["cancel_at"]) and row["state"] in ("starting", "running"),
    )
