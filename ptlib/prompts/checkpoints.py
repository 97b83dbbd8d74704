"""Checkpoints of tuning runs: plain tensors and numbers, whole or absent, read with `weights_only`.

In front of what torch writes stand a mark and the checksum of the rest: torch itself does not notice most flipped bytes.
"""

import hashlib
import io
import pickle
import zipfile
from pathlib import Path
from typing import Any

import torch

from ptlib.base.files import write_atomically

_MARK = b"ptlib checkpoint 1\n"
_HEAD = len(_MARK) + hashlib.sha256().digest_size


def save(path: Path, state: dict[str, Any]) -> None:
    """Write a checkpoint; a reader sees the old one or the new one."""
    buffer = io.BytesIO()
    torch.save(state, buffer)
    write_atomically(path, _MARK + hashlib.sha256(buffer.getbuffer()).digest() + buffer.getvalue())


def load(path: Path, device: torch.device) -> dict[str, Any] | None:
    """Read a checkpoint; None when there is none or it is damaged (the run then starts anew)."""
    if not is_whole(path):
        return None
    try:
        data = path.read_bytes()
        if data[:_HEAD] != _MARK + hashlib.sha256(memoryview(data)[_HEAD:]).digest():
            return None
        state = torch.load(io.BytesIO(data[_HEAD:]), map_location=device, weights_only=True)
    except (OSError, RuntimeError, ValueError, EOFError, pickle.UnpicklingError):
        return None
    return state if isinstance(state, dict) else None


def is_whole(path: Path) -> bool:
    """Whether a checkpoint is there and every part of it passes the checksum that the format keeps of it.

    Looked at before loading: what is mapped into memory is not checked by the library.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.testzip() is None
    except (OSError, EOFError, zipfile.BadZipFile, NotImplementedError, RuntimeError, ValueError):
        return False
