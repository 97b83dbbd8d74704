"""Locks between processes."""

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def lock(path: Path, wait_s: float = 0.0) -> Iterator[bool]:
    """Hold a file lock; yields False when another process has it and keeps it for `wait_s`."""
    until = time.monotonic() + wait_s
    with path.open("a+b") as handle:
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                if time.monotonic() < until:
                    time.sleep(0.2)
                    continue
                yield False
            else:
                yield True
            return
