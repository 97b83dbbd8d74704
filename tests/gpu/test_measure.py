"""The measurement on a GPU rehearsed here with tiny shapes: every part runs to its end and leaves a whole, labelled file."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ptlib.base.paths import ROOT
from tests.gpu import measure
from tests.gpu.measure import PARTS

SCRIPT = ROOT / "tests" / "gpu" / "measure.sh"


def run(*arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PYTHON": sys.executable, "OMP_NUM_THREADS": "1"} | more
    return subprocess.run(["bash", str(SCRIPT), *arguments], capture_output=True, text=True, env=environment, check=False)


@pytest.mark.slow
def test_every_part_is_rehearsed(tmp_path: Path) -> None:
    done = run(str(tmp_path), "--rehearse", MEASURE_COMMIT="abc123")
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(["log.txt", *(f"{name}.json" for name in PARTS)])
    for name in PARTS:
        part = json.loads((tmp_path / f"{name}.json").read_text())
        assert part["complete"] and part["rehearsal"] and part["rows"] and part["part"] == name
        assert part["commit"] == "abc123" and part["date"] and part["versions"]["torch"]
    log = (tmp_path / "log.txt").read_text()
    assert "REHEARSAL" in log and all(f"## {name}" in log for name in PARTS)


def test_the_limits_of_the_parts_stay_under_eight_minutes() -> None:
    assert sum(PARTS.values()) <= 470 and len(PARTS) <= 7


def test_a_part_past_its_limit_goes_with_all_that_it_started(tmp_path: Path) -> None:
    late = tmp_path / "late"
    assert measure.ended(["bash", "-c", f"(sleep 1; touch {late}) & sleep 60"], 0.2) == "time limit"
    time.sleep(1.2)
    assert not late.exists()
    assert measure.ended(["bash", "-c", "exit 3"], 20) == 3


def test_an_unknown_part_is_said_before_any_work(tmp_path: Path) -> None:
    unknown = subprocess.run(
        [sys.executable, "-m", "tests.gpu.measure", str(tmp_path), "nonsense"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    assert unknown.returncode == 2 and "Unknown part nonsense. Parts: peak" in unknown.stdout
    assert run().returncode == 2 and "OUTDIR" in run().stdout


def test_what_is_missing_is_said_before_any_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(measure, "find_spec", lambda name: None if name in ("peft", "scipy") else object())
    monkeypatch.setattr(sys, "argv", ["measure", str(tmp_path)])
    assert measure.main() == 2 and "lacks peft, scipy" in capsys.readouterr().out
