"""The driver: serves the queue with many hands. It alone writes the database; hands come, work, and may be lost.

A run that fails or is cancelled ends alone; what was finished of it is stored. Work goes first to hands that hold its
backbone. A part that was lost with its hand is given again.
"""

import sys
import time
import traceback
from collections.abc import Callable, Iterator
from functools import partial
from typing import TypeVar

from ptlib.base.errors import PtlibError
from ptlib.results.store import Store
from ptlib.results.verify import sweep
from ptlib.runs.cluster import places
from ptlib.runs.cluster.orders import Ended, News, Place, Pool
from ptlib.runs.cluster.run import Run
from ptlib.runs.processes import CLUSTER
from ptlib.runs.worker import POLL_S, in_charge, next_run, told

TURN_S, STOP_S, TELL_S = 0.2, 2.5, 2.0
"""Waiting for something to happen; until a hand that does not stop is ended; between two tellings of who does what."""
HELD = 8
"""Runs that are claimed beyond the number of hands: some wait for others."""
T = TypeVar("T")


def serve(store: Store, pool: Pool, idle_s: float, once: bool = False) -> int:
    """Serve the queue until it was empty for `idle_s` seconds, or `once` empty. Returns how many runs were carried out."""
    store.open_for_writing().close()
    sweep(store)
    with in_charge(store, CLUSTER, once) as held:
        if not held:
            return 0
        driver = Driver(store, pool)
        try:
            driver.run(0.0 if once else idle_s)
        except KeyboardInterrupt:
            driver.leave()
            raise
        finally:
            places.forget(store)
        return driver.count


class Driver:
    """State of a driver; all of it belongs to one thread."""

    def __init__(self, store: Store, pool: Pool) -> None:
        self.store, self.pool = store, pool
        self.runs: dict[str, Run] = {}
        """Claimed and not ended, in the order in which they were claimed."""
        self.places: dict[str, Place] = {}
        self.holds: dict[str, tuple[str, str]] = {}
        """Backbone and number format by place."""
        self.since: dict[str, float] = {}
        self.stopped: dict[str, float] = {}
        """When a place was asked to stop."""
        self.count = self.doubles = 0
        """Runs that ended; answers to what was there already."""
        self._asked = self._told = float("-inf")
        self._empty = False
        """Whether nobody waited when the queue was asked last."""

    def run(self, idle_s: float) -> None:
        """Turn after turn, until the queue was empty for so long."""
        quiet_since = time.monotonic()
        while True:
            self.turn()
            if self.runs:
                quiet_since = time.monotonic()
            elif self._empty and time.monotonic() - quiet_since >= idle_s:
                return

    def turn(self) -> None:
        """Look at everything once."""
        self.places = {place.id: place for place in self.pool.places()}
        self._hear_cancels()
        self._claim()
        self._give_out()
        for ended in self.pool.wait(TURN_S):
            self._take(ended)
        for news in self.pool.news():
            self._hear(news)
        self._end_runs()
        self._tell()

    def leave(self) -> None:
        """Stop at once; what was finished is stored."""
        for run in self.runs.values():
            run.end("cancelled")
            self._close(run)

    # runs come and end -------------------------------------------------------------------------------------------

    def _claim(self) -> None:
        """Take runs while hands have nothing to do; while there is no hand, one, which says so."""
        most = len(self.places) + HELD if self.places else 1
        while len(self.runs) < most and not self._ready() and (self._idle() or not self.places):
            if time.monotonic() - self._asked < POLL_S:
                return
            run_id = next_run(self.store, CLUSTER, self.runs)
            self._empty = run_id is None
            if run_id is None:
                self._asked = time.monotonic()
                return
            self.runs[run_id] = run = Run(self.store, run_id)
            self._cut(run)

    def _cut(self, run: Run) -> None:
        every = list(self.runs.values())
        self._guarded(run, partial(run.cut, every[: every.index(run)]))

    def _hear_cancels(self) -> None:
        for row in self.store.query("SELECT id FROM runs WHERE cancel_at IS NOT NULL AND state IN ('starting', 'running')"):
            if row["id"] in self.runs:
                self.runs[row["id"]].end("cancelled")
        now = time.monotonic()
        for run in self.runs.values():
            for place in run.busy if run.ending else ():
                if now - self.stopped.setdefault(place, now) > STOP_S:
                    self.pool.kill(place)
                    self._lose(place, "it did not stop")
                elif self.stopped[place] == now:
                    self.pool.stop(place)

    def _end_runs(self) -> None:
        over = [run for run in self.runs.values() if run.is_over]
        for run in over:
            del self.runs[run.id]
            self._close(run)
            self.count += 1
        for run in self.runs.values() if over else ():
            if run.held:
                self._cut(run)

    def _close(self, run: Run) -> None:
        try:
            run.close()
        except PtlibError as problem:  # e.g. the disk is full: the row stays, and is closed before the next claim
            print(f"{run.id}: its end could not be recorded: {problem}", file=sys.stderr)

    def _guarded(self, run: Run, do: Callable[[], T]) -> T | None:
        """Do something for a run; an error ends that run alone."""
        try:
            return do()
        except PtlibError as problem:
            run.end("failed", str(problem))
        except Exception as problem:
            run.reporter.log(traceback.format_exc())
            run.end("failed", told(problem, run.id))
        return None

    # parts go and come -------------------------------------------------------------------------------------------

    def _idle(self) -> list[str]:
        busy = {place for run in self.runs.values() for place in run.busy}
        return [place for place in self.places if place not in busy]

    def _ready(self) -> list[tuple[Run, int]]:
        """Parts that can be given out, earlier runs first."""
        return [(run, number) for run in self.runs.values() for number in run.ready()]

    def _give_out(self) -> None:
        for place, run, number in list(self._pairs()):
            self.holds[place], self.since[place], self._told = run.model, time.time(), float("-inf")
            order = self._guarded(run, partial(run.order, number, place))
            if order is not None:
                self.pool.submit(place, order)

    def _pairs(self) -> Iterator[tuple[str, Run, int]]:
        """Who gets what: hands that hold the backbone first."""
        ready, idle = self._ready(), self._idle()
        for place in list(idle):
            mine = next((one for one in ready if one[0].model == self.holds.get(place)), None)
            if mine is not None:
                ready.remove(mine)
                idle.remove(place)
                yield place, *mine
        for place, (run, number) in zip(idle, ready, strict=False):
            yield place, run, number

    def _take(self, ended: Ended) -> None:
        """An answer, or a loss."""
        self.stopped.pop(ended.place, None)
        self._told = float("-inf")
        answer = ended.answer
        if answer is None:
            self._lose(ended.place, ended.reason)
        else:
            run = self.runs.get(answer.unit[0])
            counted = run is not None and self._guarded(run, partial(run.take, answer, self._node(ended.place)))
            self.doubles += counted is False

    def _lose(self, place: str, reason: str) -> None:
        for run in self.runs.values():
            if (number := run.busy.get(place)) is not None:
                self._guarded(run, partial(run.lose, number, self._node(place), reason))
        for known in (self.holds, self.since, self.stopped, self.places):
            known.pop(place, None)

    def _hear(self, news: News) -> None:
        run = self.runs.get(news.unit[0])
        if run is not None and run.is_current(news.unit):
            self._guarded(run, partial(run.hear, news))

    def _node(self, place: str) -> str:
        return self.places[place].node if place in self.places else "a node"

    def _tell(self) -> None:
        """Write down who works on what."""
        if time.monotonic() - self._told < TELL_S:
            return
        self._told = time.monotonic()
        doing = {place: (run, number) for run in self.runs.values() for place, number in run.busy.items()}
        rows = []
        for id, place in self.places.items():
            run, number = doing.get(id, (None, 0))
            part, since = (run.pieces[number].part.name, self.since.get(id)) if run else ("", None)
            backbone = self.holds.get(id, ("", ""))[0]
            rows.append(places.Row(place.node, place.device, backbone, run.id if run else "", part, since))
        places.write(self.store, rows)
