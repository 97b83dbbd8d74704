"""A lock belongs to one at a time, also between processes."""

import subprocess
import sys
from pathlib import Path

from ptlib.base import paths
from ptlib.base.locks import lock


def test_a_lock_that_another_process_holds_is_not_had(tmp_path: Path) -> None:
    path = tmp_path / "x.lock"
    code = f"from pathlib import Path; from ptlib.base.locks import lock\nwith lock(Path({str(path)!r})) as mine: print(mine)"

    def other() -> str:
        return subprocess.run(
            [sys.executable, "-c", code], cwd=paths.ROOT, capture_output=True, text=True, check=True
        ).stdout.strip()

    with lock(path) as mine:
        assert mine and other() == "False"
    assert other() == "True"


def test_waiting_ends_when_the_time_is_over(tmp_path: Path) -> None:
    with lock(tmp_path / "x") as first, lock(tmp_path / "x", wait_s=0.3) as second:
        assert first and not second
