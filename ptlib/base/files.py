"""Files that are whole or absent: temporary name, sync, rename; checksums; process identity; locks."""

import errno
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO

import psutil
from filelock import FileLock, Timeout

from ptlib.base.errors import Damaged, PtlibError, RunFailed
from ptlib.base.exposure import check_write


def sha256(data: bytes) -> str:
    """Checksum of bytes, hexadecimal."""
    return hashlib.sha256(data).hexdigest()


Mark = tuple[int, int, int, int]


def _mark(stat: os.stat_result) -> Mark:
    """What changes with every change of a file: the time of its content and of its entry, its size, and which file it is."""
    return stat.st_mtime_ns, stat.st_ctime_ns, stat.st_size, stat.st_ino


@lru_cache(maxsize=20_000)
def _sha256_of(path: str, mark: Mark) -> str:
    with open(path, "rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def forget() -> None:
    """Read every file anew when it is looked at next, whether it changed or not."""
    _sha256_of.cache_clear()


def file_sha256(path: Path) -> str | None:
    """Checksum of a file, remembered until the file changes; None when it cannot be read."""
    try:
        return _sha256_of(str(path), _mark(path.stat()))
    except OSError:
        return None


def folder_sha256(folder: Path) -> str | None:
    """Checksum over the names and bytes of all files of a folder; None when it is missing or unreadable."""
    parts = []
    for path in sorted(folder.rglob("*")) if folder.is_dir() else ():
        if path.is_file():
            parts.append(f"{path.relative_to(folder).as_posix()}:{file_sha256(path)}")
    return sha256("\n".join(parts).encode()) if parts else None


def stamp(*folders: Path) -> str:
    """A short text that changes with every change of a file below the folders; reads no file."""
    marks, waiting = [], [str(folder) for folder in folders]
    while waiting:
        try:
            for entry in os.scandir(waiting.pop()):
                if entry.is_dir():
                    waiting.append(entry.path)
                else:
                    marks.append(f"{entry.path}:{_mark(entry.stat())}")
        except OSError:  # not there, or taken away just now
            continue
    return sha256("\n".join(sorted(marks)).encode())[:12]


@dataclass(frozen=True, slots=True)
class Kept:
    """A file, or a folder as a whole, and the checksum it was written with."""

    path: Path
    sha256: str

    @property
    def is_sound(self) -> bool:
        """Whether it is there and is what was written; read once a change of a file, in this process."""
        return (file_sha256(self.path) or folder_sha256(self.path)) == self.sha256

    def check(self) -> None:
        """Raise Damaged when it is missing or fails its checksum."""
        if not self.is_sound:
            raise Damaged(f"{self.path} is missing or fails its checksum. It is not used; run what made it again.")

    def read(self) -> bytes:
        """The file's bytes. Raises Damaged when it is missing or fails its checksum."""
        self.check()
        return self.path.read_bytes()


def read_json(path: Path, most_bytes: int = 16 * 2**20) -> dict[str, Any]:
    """A JSON object from an ordinary file. Raises OSError or, with a reason in words, ValueError."""
    if path.exists() and not path.is_file():
        raise ValueError("no ordinary file")
    if path.stat().st_size > most_bytes:
        raise ValueError(f"more than {most_bytes // 2**20} MB")
    try:
        values = json.loads(path.read_bytes().decode())
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if not isinstance(values, dict):
        raise ValueError("no JSON object")
    return values


def json_or_none(path: Path) -> dict[str, Any] | None:
    """The same; None where nothing of the kind can be read."""
    try:
        return read_json(path)
    except (OSError, ValueError):
        return None


@contextmanager
def full_disk_is_a_message(what: str) -> Iterator[None]:
    """Turn an error of the file system while writing `what` into a message for the user."""
    full = RunFailed(
        f"The disk is full: {what} was not written, nothing half-written is left. Free some space and resume the run."
    )
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise full from error
        if error.errno in (errno.EEXIST, errno.ENOTDIR):
            raise RunFailed(
                f"Cannot write {what}: a file lies where a folder belongs ({error.filename}). Move it away and resume the run."
            ) from error
        raise RunFailed(f"Cannot write {what} ({error.strerror or error}). Check the cache folder and resume the run.") from error
    except PtlibError:
        raise
    except Exception as error:  # libraries wrap the error of the file system in their own
        if os.strerror(errno.ENOSPC) in str(error):
            raise full from error
        raise


def sync(path: Path) -> None:
    """Force a file or folder to disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_atomically(path: Path, data: bytes) -> str:
    """Write a file so that a reader sees all of it or the old one; returns its checksum.

    Raises:
        RunFailed: the disk is full or the folder is not writable.
        NotAvailable: the cache, in read-only mode.
    """
    write_through(path, lambda file: file.write(data))
    return sha256(data)


def write_through(path: Path, fill: Callable[[BinaryIO], object]) -> None:
    """The same for what is better written piece by piece than held in memory whole. Errors as in `write_atomically`."""
    check_write(path)
    with full_disk_is_a_message(path.name):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=".part-", dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                fill(file)
                file.flush()
                os.fsync(file.fileno())
            os.chmod(name, 0o644)
            os.replace(name, path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
        sync(path.parent)


def write_folder(folder: Path, fill: Callable[[Path], None]) -> str:
    """Let `fill` write a folder under a temporary name, then put it in place; returns its checksum.

    Raises:
        RunFailed: the disk is full or the folder is not writable.
        NotAvailable: the cache, in read-only mode.
    """
    check_write(folder)
    with full_disk_is_a_message(folder.name):
        folder.parent.mkdir(parents=True, exist_ok=True)
        part = Path(tempfile.mkdtemp(prefix=".part-", dir=folder.parent))
        try:
            fill(part / "new")
            for path in (part / "new").rglob("*"):
                sync(path)
            if folder.exists():
                os.replace(folder, part / "old")
            os.replace(part / "new", folder)
            sync(folder.parent)
        finally:
            shutil.rmtree(part, ignore_errors=True)
    return folder_sha256(folder) or ""


def process_start(pid: int) -> float | None:
    """Start time of a process (seconds, comparable only with itself); None when there is no such process."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None if Path("/proc/self/stat").exists() else _process_start_elsewhere(pid)
    return None if fields[0] == "Z" else int(fields[19]) / os.sysconf("SC_CLK_TCK")


def _process_start_elsewhere(pid: int) -> float | None:
    """The same where there is no /proc."""
    try:
        return float(psutil.Process(pid).create_time())
    except psutil.Error:
        return None


def is_alive(pid: int | None, started: float | None) -> bool:
    """Whether the very process that was recorded still runs (a reused pid has another start time)."""
    if not pid or started is None:
        return False
    now = process_start(pid)
    return now is not None and abs(now - started) < 0.5


def name_process(path: Path, **more: str) -> None:
    """Write down that this process is the one in charge, with what else must be known of it."""
    identity = {"pid": os.getpid(), "started": process_start(os.getpid()), **more}
    write_atomically(path, json.dumps(identity).encode())


def named_process(path: Path) -> int | None:
    """The process that was written down; None when it has ended, or none was."""
    identity = json_or_none(path) or {}
    pid, started = identity.get("pid"), identity.get("started")
    return pid if isinstance(pid, int) and isinstance(started, float) and is_alive(pid, started) else None


@contextmanager
def lock(path: Path, wait_s: float = 0.0) -> Iterator[bool]:
    """Hold a file lock; yields False when another process has it and keeps it for `wait_s`."""
    held = FileLock(path)
    with suppress(Timeout):
        held.acquire(timeout=wait_s, poll_interval=0.2)
    try:
        yield held.is_locked
    finally:
        held.release()
