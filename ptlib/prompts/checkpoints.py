"""Checkpoints of training runs: plain tensors and numbers, whole or absent, read with `weights_only`.

Behind what torch writes stand a mark and the checksum of it: torch itself does not notice most flipped bytes, and does not
look behind its zip. Written and read piece by piece: a checkpoint may be as large as the memory that is left.
"""

import hashlib
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO, cast

import torch

from ptlib.base.files import write_through

_MARK = b"ptlib checkpoint 3\n"
Say = Callable[[str], None]
_TAIL = len(_MARK) + hashlib.sha256().digest_size


def save(path: Path, state: dict[str, Any]) -> None:
    """Write a checkpoint; a reader sees the old one or the new one."""

    def fill(file: BinaryIO) -> None:
        hashed = _Hashed(file)
        torch.save(state, cast(BinaryIO, hashed))
        file.write(_MARK + hashed.sum.digest())

    write_through(path, fill)


def load(path: Path, device: torch.device, say: Say | None = None, **of: str) -> dict[str, Any] | None:
    """Read a checkpoint; None when there is none that can be used (the run then starts anew, which `say` is told).

    of: entries that tell whose checkpoint it is, as in `fingerprint="..."`; one with others is not used.
    """
    state = _read(path, device)
    why = "it is damaged, or an earlier version wrote it" if state is None else "it was made with other data or other settings"
    if state is not None and all(state.get(name) == value for name, value in of.items()):
        return state
    if say is not None and path.exists():
        say(f"The checkpoint {path.name} is not used: {why}. What it holds starts anew, from the first step.")
    return None


def _read(path: Path, device: torch.device) -> dict[str, Any] | None:
    if not is_whole(path):
        return None
    try:
        state = torch.load(path, map_location=device, weights_only=True)
    except (OSError, RuntimeError, ValueError, EOFError, pickle.UnpicklingError):
        return None
    return state if isinstance(state, dict) else None


def is_whole(path: Path) -> bool:
    """Whether a checkpoint is there and is what was written."""
    try:
        left, found = path.stat().st_size - _TAIL, hashlib.sha256()
        with path.open("rb") as file:
            while left > 0 and (block := file.read(min(left, 1 << 20))):
                found.update(block)
                left -= len(block)
            return file.read() == _MARK + found.digest()
    except OSError:
        return False


class _Hashed:
    """What is written goes to the file and into a checksum."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self.sum = file, hashlib.sha256()

    def write(self, data: bytes) -> int:
        """Write on; returns the number of bytes."""
        self.sum.update(data)
        return self._file.write(data)

    def flush(self) -> None:
        """Pass it on."""
        self._file.flush()
