"""The warm predictor: keeps the last backbones and prompts in memory and answers single sentences over a local socket.

Started by `ptlib.runs.ask`; one a store (file lock). Every connection has its own thread, so that "are you there" is answered
while a model is being loaded; models are used by one thread at a time.
"""

import json
import os
import secrets
import signal
import sys
import threading
import time
import traceback
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import asdict
from multiprocessing import AuthenticationError
from multiprocessing.connection import Client, Connection, Listener
from typing import TYPE_CHECKING, Any

from ptlib.base import exposure, files
from ptlib.base.errors import BadInput, PtlibError
from ptlib.runs import ask
from ptlib.runs.reporter import lock

if TYPE_CHECKING:
    from ptlib.models.load import FrozenModel
    from ptlib.prompts.soft import SoftPrompt

IDLE_S = 900.0
LONELY_S = 5.0
"""It ends so long after the last question when every process that started or asked it has ended."""
MOST_MODELS, MOST_PROMPTS, MOST_ASKED, MOST_LINES = 2, 64, 8, 16
LONGEST_TEXT = 20_000
"""Characters of both texts together; what a model cannot read of them is cut off by the layout."""
QUIET_S = 30.0
"""A connection that says nothing for so long is closed."""


class Predictor:
    """Backbones and prompts in memory, and how they answer."""

    def __init__(self) -> None:
        self.models: OrderedDict[str, FrozenModel] = OrderedDict()
        self._prompts: OrderedDict[tuple[str, str, str], SoftPrompt] = OrderedDict()
        self._turn = threading.Lock()

    def answer(self, request: Mapping[str, Any]) -> list[list[float] | str]:
        """Label probabilities or the generated text, one entry a prompt. Raises PtlibError."""
        backbone, names, task_id, text_a, text_b = _checked(request)
        from ptlib.base.progress import Silent
        from ptlib.prompts.evaluation import evaluate
        from ptlib.tasks.registry import resolve_task
        from ptlib.tasks.task import Example

        with self._turn:
            task, frozen = resolve_task(task_id), self._model(backbone)
            if not task.supports(frozen.spec.family):
                raise BadInput(f"{frozen.spec.name} cannot run '{task_id}'. Choose a T5 model or another task.")
            prompts = [self._prompt(frozen, name) for name in names]
            example = Example("asked", text_a, text_b, 0 if task.is_classification else None, ("",))
            found = evaluate(frozen, prompts, task, [example], Silent())
        if task.is_classification:
            import numpy as np

            return [np.exp(item.log_prob[0].astype(float)).tolist() for item in found]
        return [item.predicted[0] for item in found]

    def alone(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """What the model says with a prompt and no text (see `ptlib.analysis.alone.Alone`). Raises PtlibError."""
        backbone, name, count = _checked_alone(request)
        from ptlib.analysis.alone_reading import read_alone

        with self._turn:
            frozen = self._model(backbone)
            return asdict(read_alone(frozen, self._prompt(frozen, name), count))

    def _model(self, name: str) -> "FrozenModel":
        """The backbone; the one that was not used for longest makes room."""
        from ptlib.models.load import load_model
        from ptlib.models.registry import get_backbone

        if name not in self.models:
            while len(self.models) >= MOST_MODELS:  # before loading: three may not fit
                self.models.popitem(last=False)
            self.models[name] = load_model(get_backbone(name))
        self.models.move_to_end(name)
        return self.models[name]

    def _prompt(self, frozen: "FrozenModel", name: str) -> "SoftPrompt":
        """A prompt, kept until any result changes (then its files may have been replaced)."""
        from ptlib.results.catalogue import Catalogue

        catalogue = Catalogue()
        key = (name, frozen.spec.id, catalogue.fingerprint())
        if key not in self._prompts:
            found = _reference(frozen, name, catalogue) or _stored(name, catalogue)
            while len(self._prompts) >= MOST_PROMPTS:
                self._prompts.popitem(last=False)
            self._prompts[key] = found
        self._prompts.move_to_end(key)
        return self._prompts[key]


def _stored(name: str, catalogue: Any) -> "SoftPrompt":
    from ptlib.transfer.run import soft_prompt

    return soft_prompt(name, catalogue)


def _reference(frozen: "FrozenModel", name: str, catalogue: Any) -> "SoftPrompt | None":
    """The prompt behind a measured reference row: it lies nowhere, but can be made again."""
    from ptlib.prompts.initial import reference_prompt
    from ptlib.tasks.names import REFERENCE_ROWS
    from ptlib.tasks.registry import resolve_task

    for entry in catalogue.entries(frozen.spec.id):
        if entry.prompt_id == name and entry.source in REFERENCE_ROWS:
            settings = catalogue.recipes(frozen.spec.id).get(entry.recipe)
            return reference_prompt(frozen, entry.source, resolve_task(entry.target), settings, entry.seed) if settings else None
    return None


def _checked(request: Mapping[str, Any]) -> tuple[str, list[str], str, str, str]:
    """Fields of a question. Raises BadInput."""
    words = [request.get(name) for name in ("backbone", "task", "text_a", "text_b")]
    names = request.get("prompts")
    if not all(isinstance(word, str) for word in words) or not isinstance(names, list):
        raise BadInput("This is no question: it needs backbone, prompts, task, text_a and text_b.")
    if not 0 < len(names) <= MOST_ASKED or not all(isinstance(name, str) and name for name in names):
        raise BadInput(f"One question may ask 1 to {MOST_ASKED} prompts.")
    _check_known(words[0], names)
    backbone, task_id, text_a, text_b = (word.encode(errors="ignore").decode() for word in words)  # half characters are dropped
    if not (text_a.strip() or text_b.strip()):
        raise BadInput("The text is empty. Type a sentence.")
    if len(text_a) + len(text_b) > LONGEST_TEXT:
        raise BadInput(f"The text has {len(text_a) + len(text_b):,} characters; at most {LONGEST_TEXT:,} are read. Shorten it.")
    return backbone, names, task_id, text_a, text_b


def _checked_alone(request: Mapping[str, Any]) -> tuple[str, str, int]:
    """Fields of a question without a text. Raises BadInput."""
    backbone, name, count = (request.get(field) for field in ("backbone", "alone", "count"))
    if not isinstance(backbone, str) or not isinstance(name, str) or not name or type(count) is not int:
        raise BadInput("This is no question: it needs backbone, a prompt and a number of words.")
    _check_known(backbone, [name])
    return backbone, name, count


def _check_known(backbone: Any, prompts: list[str]) -> None:
    """In read-only mode only what has results is used: no folder is looked into, nothing is fetched. Raises NotAvailable."""
    if not exposure.read_only():
        return
    from ptlib.results.catalogue import Catalogue

    if backbone not in Catalogue().backbones() or any(map(exposure.looks_like_path, prompts)):
        exposure.check_changes()


def serve(idle_s: float = IDLE_S) -> None:
    """Answer until nobody asked for `idle_s` seconds. Returns at once when another predictor serves this store."""
    folder = ask.home()
    place, name = ask.socket_path(folder), ask.identity_path(folder)
    with lock(folder / "lock") as held:
        if not held:
            return
        identity = {"pid": os.getpid(), "started": files.process_start(os.getpid())}
        files.write_atomically(name, json.dumps(identity).encode())
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        try:
            _load_libraries()
            place.unlink(missing_ok=True)  # of one that was killed: the lock is ours
            key = secrets.token_bytes(32)
            with Listener(str(place), "AF_UNIX", backlog=32) as listener:
                place.chmod(0o600)
                files.write_atomically(name, json.dumps({**identity, "key": key.hex()}).encode())
                name.chmod(0o600)
                threading.Thread(target=_load_more, daemon=True).start()
                _Service(listener, key, idle_s).run()
        finally:
            place.unlink(missing_ok=True)
            name.unlink(missing_ok=True)


def _load_libraries() -> None:
    """The slow imports, before anybody is told that questions can come."""
    import torch
    from transformers import AutoTokenizer  # noqa: F401

    torch.set_num_threads(1)


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


def _load_more() -> None:
    """What only the first generated answer would load (about two seconds of imports), while nobody waits for it."""
    import transformers.generation.candidate_generator  # noqa: F401

    from ptlib.tasks.scoring import SCORERS

    SCORERS["rouge_l"]("a", ["a"])


class _Service:
    """The listening socket and its connections."""

    def __init__(self, listener: Listener, key: bytes, idle_s: float) -> None:
        self.listener, self.key, self.idle_s = listener, key, idle_s
        self.predictor, self.places = Predictor(), threading.Semaphore(MOST_LINES)
        self.askers: dict[int, float] = {}
        self._remember(_parsed(os.environ.get(ask.STARTED_BY, "")))
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
            while len(self.askers) > MOST_PROMPTS:
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
