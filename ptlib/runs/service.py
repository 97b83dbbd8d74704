"""The warm predictor's process: listens at a socket and hands questions to `ptlib.runs.predictor`.

Started by `ptlib.runs.ask`; one a store (file lock). Every connection has its own thread, so that "are you there" is answered
while a model is being loaded. Light until the lock is held.
"""

import json
import os
import secrets
import signal
import sys
import threading
import time
import traceback
from multiprocessing import AuthenticationError
from multiprocessing.connection import Client, Connection, Listener
from typing import TYPE_CHECKING, Any

from ptlib.base import files
from ptlib.base.errors import BadInput, PtlibError
from ptlib.base.files import lock
from ptlib.runs import ask

if TYPE_CHECKING:
    from ptlib.runs.predictor import Predictor

IDLE_S = 900.0
LONELY_S = 5.0
"""It ends so long after the last question when every process that started or asked it has ended."""
MOST_LINES, MOST_ASKERS = 16, 64
QUIET_S = 30.0
"""A connection that says nothing for so long is closed."""


def serve(idle_s: float = IDLE_S) -> None:
    """Answer until nobody asked for `idle_s` seconds. Returns at once when another predictor serves this store."""
    folder = ask.home()
    place, name = ask.socket_path(folder), ask.identity_path(folder)
    with lock(folder / "lock") as held:
        if not held:
            return
        files.name_process(name)
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        try:
            predictor = _predictor()  # the slow imports, before anybody is told that questions can come
            place.unlink(missing_ok=True)  # of one that was killed: the lock is ours
            key = secrets.token_bytes(32)
            with Listener(str(place), "AF_UNIX", backlog=32) as listener:
                place.chmod(0o600)
                files.name_process(name, key=key.hex())
                name.chmod(0o600)
                threading.Thread(target=predictor.warm_up, daemon=True).start()
                _Service(listener, key, predictor, idle_s).run()
        finally:
            place.unlink(missing_ok=True)
            name.unlink(missing_ok=True)


def _predictor() -> "Predictor":
    import torch

    from ptlib.runs.predictor import Predictor

    torch.set_num_threads(1)  # a single sentence gains nothing from a second core
    return Predictor()


class _Service:
    """The listening socket and its connections."""

    def __init__(self, listener: Listener, key: bytes, predictor: "Predictor", idle_s: float) -> None:
        self.listener, self.key, self.idle_s = listener, key, idle_s
        self.predictor, self.places = predictor, threading.Semaphore(MOST_LINES)
        self.askers: dict[int, float] = {}
        self._remember(json.loads(os.environ.get(ask.STARTED_BY, "null")))
        self.last, self.open, self._counting = time.monotonic(), 0, threading.Lock()
        self.ended = False

    def run(self) -> None:
        """Accept connections until idle."""
        threading.Thread(target=self._watch, daemon=True).start()
        while not self.ended:
            line = self.listener.accept()
            self.places.acquire()
            self._count(1)
            threading.Thread(target=self._talk, args=(line,), daemon=True).start()

    def _watch(self) -> None:
        """End the service when idle; a call of its own wakes it, as a listener waits without limit."""
        while self.open or self._quiet_s() < (self.idle_s if self._is_wanted() else min(LONELY_S, self.idle_s)):
            time.sleep(min(1.0, self.idle_s / 4))
        self.ended = True
        Client(self.listener.address, "AF_UNIX").close()

    def _quiet_s(self) -> float:
        return time.monotonic() - self.last

    def _is_wanted(self) -> bool:
        """Whether somebody who may ask again lives; when nobody is known (started by hand), somebody may come."""
        return not self.askers or any(files.is_alive(pid, started) for pid, started in list(self.askers.items()))

    def _remember(self, asker: Any) -> None:
        if isinstance(asker, list) and len(asker) == 2 and isinstance(asker[0], int) and isinstance(asker[1], float):
            self.askers[asker[0]] = asker[1]
            while len(self.askers) > MOST_ASKERS:
                self.askers.pop(next(iter(self.askers)))

    def _talk(self, line: Connection) -> None:
        """Answer one question."""
        try:
            with line:
                ask.greet(line, self.key, QUIET_S, as_server=True)
                if line.poll(QUIET_S):
                    line.send_bytes(json.dumps(self._answer(line)).encode())
        except (OSError, EOFError, AuthenticationError):  # they left, say nothing, or are not ours
            return
        finally:
            self._count(-1)
            self.places.release()

    def _count(self, change: int) -> None:
        with self._counting:
            self.last, self.open = time.monotonic(), self.open + change

    def _answer(self, line: Connection) -> dict[str, Any]:
        try:
            request = _question(line)
            self._remember(request.get("from"))
            if request.get("ping"):
                return {"pid": os.getpid(), "loaded": list(self.predictor.models)}
            if "alone" in request:
                return {"alone": self.predictor.alone(request)}
            return {"answers": self.predictor.answer(request)}
        except PtlibError as error:
            return _refusal(error)
        except EOFError:
            raise
        except Exception as error:
            traceback.print_exc()
            return _refusal(
                PtlibError(
                    f"A defect in ptlib kept the predictor from answering ({type(error).__name__}: {error}). "
                    "Please report it with its log."
                )
            )


def _question(line: Connection) -> dict[str, Any]:
    """What is asked. Raises BadInput, EOFError."""
    try:
        request = json.loads(line.recv_bytes(ask.LONGEST))
    except OSError:
        raise BadInput("The request is too long.") from None
    except (ValueError, RecursionError):
        raise BadInput("The request is not JSON.") from None
    if not isinstance(request, dict):
        raise BadInput("This is no question to the predictor.")
    return request


def _refusal(error: PtlibError) -> dict[str, Any]:
    return {"error": str(error), "kind": type(error).__name__}
