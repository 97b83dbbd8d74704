"""Turns of tests side by side: whoever starts a plain pytest inside a test must not wait for it at his own gate."""

import fcntl
import os
import subprocess
import sys
from pathlib import Path

from ptlib.base.paths import ROOT


def test_a_plain_pytest_inside_a_test_takes_no_turn(tmp_path: Path) -> None:
    environment = os.environ | {"PYTEST_XDIST_WORKER": "gw0", "PTLIB_TEST_TURNS": str(tmp_path)}
    command = [sys.executable, "-m", "pytest", "-c", str(ROOT / "tests" / "pytest.ini"), "-p", "no:cacheprovider"]
    with (tmp_path / "gate").open("a+") as gate:
        fcntl.lockf(gate, fcntl.LOCK_EX)
        one = "tests/unit/base/test_stats.py"
        inner = subprocess.run(
            [*command, one], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False
        )
    assert inner.returncode == 0, inner.stdout[-2000:] + inner.stderr
