"""A hand: does one part at a time in a scratch store of its own, and says how it goes when it is asked.

It knows nothing of Ray. Its three methods may be called from different threads; only `do` works.
"""

import shutil
import threading
import traceback
from dataclasses import replace
from pathlib import Path

from ptlib.base.errors import Cancelled, PtlibError
from ptlib.base.progress import Progress
from ptlib.results.catalogue import Catalogue
from ptlib.results.store import Store
from ptlib.runs.cluster.orders import Answer, News, Order, Unit
from ptlib.runs.cluster.parcel import Parcel, made, unpack
from ptlib.runs.execution import MakeWork, carry_out, release
from ptlib.runs.kinds import kind_named
from ptlib.runs.worker import told

NOTHING: Unit = ("", 0, 0)


class Hand:
    """One device's worker; the backbone it used last stays loaded in its process."""

    def __init__(self, scratch: Path, device: str = "auto", make: MakeWork | None = None) -> None:
        self.store, self.device, self.make = Store(scratch / "store"), device, make
        self._heard = _Heard(NOTHING)

    def do(self, order: Order) -> Answer:
        """Carry a part out; whatever happens is an answer."""
        heard = self._heard = _Heard(order.unit)
        answer = Answer(order.unit)
        try:
            self._carry_out(order, heard)
            answer = replace(answer, made=made(self.store, order.makes))
        except Cancelled:
            answer = replace(answer, cancelled=True, made=self._left(order))
        except PtlibError as problem:
            answer = replace(answer, error=str(problem), made=self._left(order))
        except Exception as problem:
            what = told(problem, order.unit[0])
            answer = replace(answer, error=what, trace=traceback.format_exc(), made=self._left(order))
        release()
        return replace(answer, news=heard.everything())

    def _carry_out(self, order: Order, heard: Progress) -> None:
        shutil.rmtree(self.store.root, ignore_errors=True)
        unpack(order.given, self.store)
        spec, catalogue = kind_named(order.kind).read(order.spec), Catalogue(store=self.store.root)
        carry_out(spec, order.todo, heard, self.device, store=self.store, catalogue=catalogue, make=self.make)

    def _left(self, order: Order) -> Parcel:
        """What was finished of a part that was not; nothing where the scratch store is gone."""
        try:
            return made(self.store, order.makes)
        except (PtlibError, OSError):
            return Parcel()

    def news(self) -> News:
        """What happened since the last question."""
        return self._heard.news()

    def stop(self, unit: Unit) -> None:
        """Stop that very part at its next step."""
        if self._heard.unit == unit:
            self._heard.stopped.set()


class _Heard(Progress):
    """Progress that waits to be asked for."""

    def __init__(self, unit: Unit) -> None:
        self.unit, self.stopped = unit, threading.Event()
        self._lock, self._now, self._told = threading.Lock(), News(unit), (0, 0)

    def news(self) -> News:
        """What came since the last time."""
        with self._lock:
            points, notes = self._told
            self._told = len(self._now.points), len(self._now.notes)
            return replace(self._now, points=self._now.points[points:], notes=self._now.notes[notes:])

    def everything(self) -> News:
        """All of it: what was told last may not have arrived."""
        with self._lock:
            return self._now

    def phase(self, name: str, done: int, total: int) -> None:
        with self._lock:
            self._now = replace(self._now, phase=name, done=done, total=total)

    def point(self, series: str, step: int, **values: float) -> None:
        with self._lock:
            self._now = replace(self._now, points=(*self._now.points, (series, step, values)))

    def note(self, message: str) -> None:
        with self._lock:
            self._now = replace(self._now, notes=(*self._now.notes, message))

    def check(self) -> None:
        if self.stopped.is_set():
            raise Cancelled("Stopped on request.")

    def later(self, seconds: float) -> None: ...
