"""Checkpoints of tuning runs: plain tensors and numbers, whole or absent, read with `weights_only`."""

import pickle
from pathlib import Path
from typing import Any

import torch

from ptlib.base.files import write_through


def save(path: Path, state: dict[str, Any]) -> None:
    """Write a checkpoint; a reader sees the old one or the new one."""
    write_through(path, lambda file: torch.save(state, file))


def load(path: Path, device: torch.device) -> dict[str, Any] | None:
    """Read a checkpoint; None when there is none or it is damaged (the run then starts anew)."""
    try:
        state = torch.load(str(path), map_location=device, weights_only=True, mmap=True)  # large ones are copied only once
    except (OSError, RuntimeError, ValueError, EOFError, pickle.UnpicklingError):
        return None
    return state if isinstance(state, dict) else None
