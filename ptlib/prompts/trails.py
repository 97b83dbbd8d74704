"""The way of a prompt while it is tuned: its values at a few steps, kept as half floats beside the tuned prompt."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save as save_tensors

from ptlib.base.errors import Damaged

TRAIL = "trail.safetensors"
TRAILS = "trails.safetensors"
"""All trails of a demo backbone in one file, tensors named `<prompt id>/<step>`."""
FRACTIONS = (0.0, 0.05, 0.1, 0.2, 0.35, 0.6, 1.0)
"""Of the planned steps: a prompt moves most in the beginning."""


def kept_steps(steps: int, eval_every: int) -> frozenset[int]:
    """The evaluated steps at which values are kept: the nearest ones to `FRACTIONS`, always with the start."""
    whole = range(0, steps + 1, eval_every)
    return frozenset(min(whole, key=lambda step: abs(step - fraction * steps)) for fraction in FRACTIONS)


def pack(trail: Mapping[int, np.ndarray], name: str = "") -> dict[str, np.ndarray]:
    """Tensors by key of values [P, D] by step."""
    return {_key(name, step): np.ascontiguousarray(values, dtype=np.float16) for step, values in trail.items()}


def save(trail: Mapping[int, np.ndarray], folder: Path) -> None:
    """Write a prompt's trail into its folder."""
    (folder / TRAIL).write_bytes(save_tensors(pack(trail)))


def read(path: Path, name: str = "") -> dict[int, np.ndarray]:
    """Values [P, D] float32 by step, in order; empty when the (checked) file is missing or lacks the prompt.

    Raises:
        Damaged: the file cannot be read.
    """
    if not path.exists():
        return {}
    try:
        with safe_open(path, framework="numpy") as file:
            steps = sorted(int(key.rpartition("/")[2]) for key in file.keys() if key.rpartition("/")[0] == name)  # noqa: SIM118
            return {step: file.get_tensor(_key(name, step)).astype(np.float32) for step in steps}
    except (OSError, ValueError, SafetensorError) as error:
        raise Damaged(f"{path} cannot be read ({error}). Delete it and tune the prompt again.") from None


def _key(name: str, step: int) -> str:
    return f"{name}/{step}" if name else str(step)
