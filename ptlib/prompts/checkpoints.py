"""Checkpoints of training runs: plain tensors and numbers, whole or absent, read with `weights_only`.

In front of what torch writes stand a mark and the checksum of the rest: torch itself does not notice most flipped bytes.
Written and read piece by piece: a checkpoint may be as large as the memory that is left.
"""

import hashlib
import io
import os
import pickle
from pathlib import Path
from typing import Any, BinaryIO, cast

import torch

from ptlib.base.files import write_through

_MARK = b"ptlib checkpoint 2\n"
_HEAD = len(_MARK) + hashlib.sha256().digest_size


def save(path: Path, state: dict[str, Any]) -> None:
    """Write a checkpoint; a reader sees the old one or the new one."""

    def fill(file: BinaryIO) -> None:
        file.write(_MARK.ljust(_HEAD, b"\0"))
        hashed = _Hashed(file)
        torch.save(state, cast(BinaryIO, hashed))
        file.seek(len(_MARK))
        file.write(hashed.sum.digest())

    write_through(path, fill)


def load(path: Path, device: torch.device) -> dict[str, Any] | None:
    """Read a checkpoint; None when there is none or it is damaged (the run then starts anew)."""
    if not is_whole(path):
        return None
    try:
        with path.open("rb") as file:
            state = torch.load(cast(BinaryIO, _Behind(file)), map_location=device, weights_only=True)
    except (OSError, RuntimeError, ValueError, EOFError, pickle.UnpicklingError):
        return None
    return state if isinstance(state, dict) else None


def is_whole(path: Path) -> bool:
    """Whether a checkpoint is there and is what was written."""
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD)
            return head == _MARK + hashlib.file_digest(_Behind(file), hashlib.sha256).digest()
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


class _Behind(io.RawIOBase):
    """What stands behind the head of a checkpoint, as a file of its own."""

    def __init__(self, file: BinaryIO) -> None:
        super().__init__()
        self._file = file
        file.seek(_HEAD)

    def readable(self) -> bool:
        """Yes."""
        return True

    def seekable(self) -> bool:
        """Yes."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill a buffer; returns the number of bytes."""
        return self._file.readinto(buffer)  # type: ignore[attr-defined]

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go to a place; returns it."""
        return self._file.seek(offset + (_HEAD if whence == os.SEEK_SET else 0), whence) - _HEAD

    def tell(self) -> int:
        """The place."""
        return self._file.tell() - _HEAD
