"""Rows of runs against the processes that should be there: lost runs are marked, cancels that are not heard are enforced."""

import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from ptlib.base import files
from ptlib.results.store import Store

LOST_AFTER_S, TERMINATE_AFTER_S, KILL_AFTER_S = 15.0, 10.0, 20.0


def reconcile(store: Store, now: float | None = None, kill: Callable[[int, int], None] = os.kill) -> None:
    """Bring the rows in line with the processes: enforce cancels, mark lost runs. Does nothing on a read-only store."""
    now = now or time.time()
    rows = store.query("SELECT id, pid, pid_started, heartbeat, cancel_at FROM runs WHERE state IN ('starting', 'running')")
    for row in rows:
        alive = files.is_alive(row["pid"], row["pid_started"])
        waited = now - row["cancel_at"] if row["cancel_at"] else 0.0
        if alive and waited > TERMINATE_AFTER_S:
            with suppress(OSError):
                kill(row["pid"], signal.SIGKILL if waited > KILL_AFTER_S else signal.SIGTERM)
        elif not alive and (row["cancel_at"] or abs(now - (row["heartbeat"] or 0)) > LOST_AFTER_S):
            _close(store, row, now)


def _close(store: Store, row: Any, now: float) -> None:
    state, error = (
        ("cancelled", None)
        if row["cancel_at"]
        else (
            "lost",
            "The process of this run is gone (killed, out of memory, or the machine was restarted). "
            "Resume it from its checkpoint.",
        )
    )
    if store.why_read_only() is None:
        with store.writing() as connection:
            connection.execute(
                "UPDATE runs SET state = ?, error = ?, finished = ? WHERE id = ? AND pid = ? "
                "AND state IN ('starting', 'running')",
                (state, error, now, row["id"], row["pid"]),
            )
