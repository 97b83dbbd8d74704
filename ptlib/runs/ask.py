"""Asking the warm predictor: a process of its own that keeps backbones in memory and answers single sentences.

Light: no torch here. Both sides meet in a private folder under the system's temporary folder, named by a hash of the store
and demo they belong to (a socket's path may have about 100 bytes, a store's may be longer). Each proves that it knows the key
that lies there; then one question and one answer, JSON as bytes: nothing that is sent is ever unpickled or executed.
"""

import json
import os
import stat
import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing import AuthenticationError
from multiprocessing.connection import Client, Connection, answer_challenge, deliver_challenge
from pathlib import Path
from typing import Any

from ptlib.analysis.alone import WORDS, Alone, alone_from
from ptlib.base import errors, files, paths
from ptlib.base.errors import NotAvailable, PtlibError
from ptlib.base.exposure import check_changes
from ptlib.results.store import Store
from ptlib.runs.processes import detached

LONGEST_PATH = 100
"""Bytes of a socket's path that every system accepts."""
MOST_ASKED = 32
"""Prompts that one question may ask."""
LONGEST, LONG_LOG = 256 * 1024, 1_000_000
"""Bytes of one request or answer; of a log that is begun anew."""
PING_S, ANSWER_S, START_S, RETRY_S = 1.0, 30.0, 90.0, 20.0
STARTED_BY = "PTLIB_STARTED_BY"
"""Tells the predictor who started it."""
NOBODY = (OSError, EOFError, ValueError, KeyError, TypeError, AuthenticationError)
"""What it looks like when no predictor of ours answers."""
_CHILDREN: dict[Path, tuple[subprocess.Popen[bytes], float]] = {}
"""Predictor started last by this process, and when (-inf once it answered), by meeting place."""


@dataclass(frozen=True, slots=True)
class Status:
    """The predictor, as seen from here."""

    ready: bool
    """It answers."""
    pid: int | None = None
    loaded: tuple[str, ...] = ()
    """Backbones it holds in memory."""
    starting: bool = False


def home() -> Path:
    """The private folder where both sides meet; made when missing.

    Raises:
        NotAvailable: it cannot be made, or it is open to others.
    """
    key = files.sha256(f"{paths.store_dir().resolve()}|{paths.demo_dir().resolve()}".encode())[:16]
    folder = Path(tempfile.gettempdir()) / f"ptlib-{os.getuid() if hasattr(os, 'getuid') else 0}-{key}"
    if len(os.fsencode(folder / "socket")) > LONGEST_PATH:
        folder = Path("/tmp") / folder.name
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        found = folder.lstat()
    except OSError as error:
        raise NotAvailable(
            f"The predictor needs the folder {folder}, which cannot be made ({error.strerror or error}). "
            "Set TMPDIR to a folder that you may write."
        ) from None
    private = stat.S_ISDIR(found.st_mode) and (os.name != "posix" or (found.st_uid == os.getuid() and not found.st_mode & 0o077))
    if not private:
        raise NotAvailable(f"{folder} is not a folder that only you may enter, so the predictor does not use it. Delete it.")
    return folder


def socket_path(folder: Path) -> Path:
    """Where the predictor listens."""
    return folder / "socket"


def identity_path(folder: Path) -> Path:
    """File in which the predictor names its process, and then also its key."""
    return folder / "process.json"


def greet(line: Connection, key: bytes, timeout_s: float, *, as_server: bool) -> None:
    """Prove to each other to know the key. Raises AuthenticationError, OSError or EOFError.

    Not left to `Listener` and `Client`: they would wait for ever for somebody who says nothing.
    """
    for prove in (deliver_challenge, answer_challenge) if as_server else (answer_challenge, deliver_challenge):
        if prove is answer_challenge and not line.poll(timeout_s):
            raise TimeoutError
        prove(line, key)


def _me() -> list[float | None]:
    """This process, by number and start: the predictor ends soon after all who asked have ended."""
    return [os.getpid(), files.process_start(os.getpid())]


def _exchange(request: dict[str, Any], timeout_s: float) -> dict[str, Any]:
    """Send one request, read one answer. Raises one of `NOBODY`."""
    folder = home()
    key = bytes.fromhex(json.loads(identity_path(folder).read_bytes())["key"])
    with Client(str(socket_path(folder)), "AF_UNIX") as line:
        greet(line, key, timeout_s, as_server=False)
        line.send_bytes(json.dumps({**request, "from": _me()}).encode())
        if not line.poll(timeout_s):
            raise TimeoutError
        answer = json.loads(line.recv_bytes(LONGEST))
    if not isinstance(answer, dict):
        raise ValueError("no answer of the predictor")
    return answer


def status() -> Status:
    """Whether the predictor answers now, and what it holds."""
    try:
        answer = _exchange({"ping": True}, PING_S)
        found = Status(True, int(answer["pid"]), tuple(answer["loaded"]))
    except NOBODY:
        pid = _living()
        return Status(False, pid, starting=pid is not None)
    child = _CHILDREN.get(home())
    if child and child[0].pid == found.pid:  # it did start: one that is killed later may be replaced at once
        _CHILDREN[home()] = (child[0], float("-inf"))
    return found


def _living() -> int | None:
    """Process of a predictor that was started and has not ended."""
    folder = home()
    child = _CHILDREN.get(folder)
    if child and child[0].poll() is None:
        return child[0].pid
    return files.named_process(identity_path(folder))


def ensure_running() -> None:
    """Start the predictor, detached, unless one lives; it ends by itself when nobody asks.

    Raises:
        NotAvailable: it cannot be started, ended at once a moment ago, or must not be started in read-only mode.
    """
    if status().pid is not None:
        return
    check_changes()
    folder = home()
    child = _CHILDREN.get(folder)
    if child and child[0].returncode not in (None, 0) and time.monotonic() - child[1] < RETRY_S:
        raise NotAvailable(f"The predictor ended at once: {_last_line(_log_path(folder))}. Its log is {_log_path(folder)}.")
    log, me = _log_path(folder), {STARTED_BY: json.dumps(_me())}
    mode = "wb" if log.exists() and log.stat().st_size > LONG_LOG else "ab"
    try:  # one thread: a single sentence gains nothing from a second core
        process = detached(("predictor",), log, mode, TMPDIR=tempfile.gettempdir(), OMP_NUM_THREADS="1", **me)
    except OSError as error:
        raise NotAvailable(f"The predictor cannot be started ({error.strerror or error}). Free memory or disk space.") from None
    _CHILDREN[folder] = (process, time.monotonic())


def _log_path(folder: Path) -> Path:
    """The log lies in the store; beside the socket when the cache cannot be written, so that the demo still answers."""
    store = Store()
    if store.why_read_only():
        return folder / "predictor.log"
    store.log_path("predictor").parent.mkdir(exist_ok=True)
    return store.log_path("predictor")


def _last_line(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-1][:200]
    except (OSError, IndexError):
        return "it said nothing"


def ask(
    backbone: str, prompt_ids: Sequence[str], task_id: str, text_a: str, text_b: str = "", *, zeroed: float = 0.0
) -> list[list[float] | str]:
    """What every prompt (stored, measured reference row, or folder) answers: label probabilities in order, or the text.

    zeroed: share of the neurons that two prompts both activate, the most active first, which are switched off meanwhile.

    Starts the predictor when it is not there and waits for it.

    Raises:
        BadInput: unknown names, an empty or far too long text.
        NotAvailable: no answer in time.
    """
    request: dict[str, Any] = {"prompts": list(prompt_ids), "task": task_id, "text_a": text_a, "text_b": text_b}
    request |= {"zeroed": zeroed} if zeroed else {}
    return _question(backbone, request)["answers"]


def alone(backbone: str, prompt_id: str, count: int = WORDS) -> Alone:
    """What the model predicts at the label position with this prompt and no text, beside the untrained prompt of its seed.

    Lists `count` words of the vocabulary, 1 to 50. Starts the predictor when it is not there and waits for it.

    Raises:
        BadInput: unknown names, or a prompt that was tuned on another backbone.
        NotAvailable: no answer in time.
    """
    try:
        return alone_from(_question(backbone, {"alone": prompt_id, "count": count})["alone"])
    except (KeyError, TypeError):  # one that was started before an update
        raise NotAvailable(
            "The predictor that runs is of another version. It ends by itself when nobody asks; try again then, "
            "or end the app and start it again."
        ) from None


def _question(backbone: str, request: dict[str, Any]) -> dict[str, Any]:
    """The predictor's answer, or its error as the class it had there. Starts it when it is not there."""
    _wait_until_ready()
    request = {"backbone": backbone, **request}
    if len(json.dumps(request)) > LONGEST - 100:
        raise errors.BadInput("The text is far too long for one question. Shorten it.")
    try:
        answer = _exchange(request, ANSWER_S)
    except TimeoutError:
        raise NotAvailable(
            f"The predictor did not answer within {ANSWER_S:.0f} s: the machine is busy, or {backbone} is still "
            "being loaded. Try again in a moment."
        ) from None
    except NOBODY:
        raise NotAvailable("The predictor ended while it was asked. Try again: it is started anew.") from None
    if "error" in answer:
        raise _error(str(answer.get("kind")), str(answer["error"]))
    return answer


def _wait_until_ready() -> None:
    until = time.monotonic() + START_S
    while not status().ready:
        ensure_running()
        if time.monotonic() > until:
            raise NotAvailable(
                f"The predictor did not start within {START_S:.0f} s: the machine is busy. Try again in a moment; "
                f"its log is {_log_path(home())}."
            )
        time.sleep(0.1)


def _error(kind: str, text: str) -> PtlibError:
    """The error of the other process, as the class it had there."""
    known = getattr(errors, kind, None)
    return known(text) if isinstance(known, type) and issubclass(known, PtlibError) else PtlibError(text)
