"""Progress of a run written to the store: phases, curves, log, heartbeat; and read from it: the cancel flag."""

import os
import threading
import time
from contextlib import suppress

from ptlib.base.errors import Cancelled, PtlibError
from ptlib.results.store import POINT_VALUES, Store, insert
from ptlib.runs import processes
from ptlib.runs.lost import reconcile

HEARTBEAT_S, FLUSH_S, CHECK_S = 2.0, 0.5, 0.25


class Reporter:
    """A `Progress` that writes to the store. Use it as a context manager; it beats while it is open."""

    def __init__(self, store: Store, run_id: str) -> None:
        self.store, self.run_id = store, run_id
        self._later_s = 0.0
        self._phase, self._since, self._base = "", time.monotonic(), 0
        self._noted: set[str] = set()
        self._points: list[dict[str, object]] = []
        self._flushed = self._checked = 0.0
        self._done = threading.Event()
        self._pulse = threading.Thread(target=self._beat, daemon=True)

    def __enter__(self) -> "Reporter":
        self._pulse.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._done.set()
        self._pulse.join(timeout=5)

    def begin(self) -> None:
        """Record that the work begins."""
        with self.store.writing() as connection:
            connection.execute("UPDATE runs SET state = 'running' WHERE id = ?", (self.run_id,))

    def phase(self, name: str, done: int, total: int) -> None:
        """Record where the run is; a new phase is logged and starts the clock for the time left."""
        now = time.monotonic()
        if name != self._phase:
            self.log(name)
            self._phase, self._since, self._base = name, now, done
        elif now - self._flushed < FLUSH_S and done < total:
            return
        self._flush(now, done, total)

    def point(self, series: str, step: int, **values: float) -> None:
        """Add a point to a live curve."""
        told = {name: values.get(name) for name in POINT_VALUES}
        self._points.append({"run_id": self.run_id, "series": series, "step": step, **told})

    def check(self) -> None:
        """Raise Cancelled when somebody asked to stop."""
        now = time.monotonic()
        if now - self._checked >= CHECK_S:
            self._checked = now
            if self.store.query("SELECT 1 FROM runs WHERE id = ? AND cancel_at IS NOT NULL", (self.run_id,)):
                raise Cancelled("Stopped on request; what was saved stays saved.")

    def later(self, seconds: float) -> None:
        """Add what later phases will take to the time left of the current one."""
        self._later_s = seconds

    def note(self, message: str) -> None:
        """Keep what was left out or cut in the run's log, once."""
        if message not in self._noted:
            self._noted.add(message)
            self.log(message)

    def log(self, text: str) -> None:
        """Add a line to the run's log; a log that cannot be written stops nothing."""
        path = self.store.log_path(self.run_id)
        with suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("a", encoding="utf-8") as log:
                log.write(f"{time.strftime('%Y-%m-%d %H:%M:%S')}  {text}\n")

    def finish(self, state: str, error: str | None = None) -> None:
        """Record the end of the run."""
        self.log(f"{state}{': ' + error if error else ''}")
        self._flush(time.monotonic(), None, None)
        self._end(state, error)

    def _end(self, state: str, error: str | None = None) -> None:
        with self.store.writing() as connection:
            connection.execute(
                "UPDATE runs SET state = ?, error = ?, finished = ?, eta_s = NULL WHERE id = ? AND pid = ?",
                (state, error, time.time(), self.run_id, os.getpid()),
            )

    def _flush(self, now: float, done: int | None, total: int | None) -> None:
        """Write points and, unless None, how far the phase is."""
        self._flushed = now
        points, self._points = self._points, []
        with self.store.writing() as connection:
            if done is not None:
                connection.execute(
                    "UPDATE runs SET phase = ?, done = ?, total = ?, eta_s = ?, heartbeat = ? WHERE id = ?",
                    (self._phase, done, total, self._left(now, done, total or 0), time.time(), self.run_id),
                )
            for point in points:
                insert(connection, "points", point)

    def _left(self, now: float, done: int, total: int) -> float | None:
        fresh = done - self._base
        return (now - self._since) / fresh * (total - done) + self._later_s if fresh > 0 else None

    def _beat(self) -> None:
        while not self._done.wait(HEARTBEAT_S):
            try:
                with self.store.writing() as connection:
                    connection.execute("UPDATE runs SET heartbeat = ? WHERE id = ?", (time.time(), self.run_id))
                reconcile(self.store, kill=self._kill)
            except PtlibError as error:
                self.log(f"heartbeat: {error}")

    def _kill(self, pid: int, sign: int) -> None:
        """End a process that does not heed its cancel flag; when it is this one, leave a successor for the queue."""
        if pid == os.getpid():
            self.log("the cancel flag was not heeded in time: ending the process")
            self._end("cancelled")
            if os.environ.get(processes.IS_WORKER):
                processes.spawn(os.environ[processes.IS_WORKER])
        os.kill(pid, sign)
