"""The parts of the measurement, a process each: `python -m tests.gpu.measure OUTDIR [--rehearse] [PART ...]` (measure.sh)."""

import argparse
import importlib
import os
import signal
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

NEEDED = (
    "torch",
    "transformers",
    "peft",
    "pandas",
    "pyarrow",
    "safetensors",
    "sklearn",
    "scipy",
    "pytest",
    "tokenizers",
    "psutil",
)
PARTS = {"peak": 15, "checks": 100, "steps": 130, "suite": 90, "demo": 30, "t5": 80, "memory": 25}
"""Seconds that each part may take, in the order of their worth; together under eight minutes of limits that are not reached."""
REHEARSAL_LIMIT_S = 600
"""All parts together: a rehearsal has one process for them, as a start costs more there than a part."""
ALL_S = 465
"""No part begins that could end later than this."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("parts", nargs="*", help=f"of {', '.join(PARTS)} (default: all)")
    parser.add_argument("--rehearse", action="store_true", help="tiny shapes; the CPU where there is no GPU")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)  # this process is those parts
    options = parser.parse_intermixed_args()
    if options.here:
        return max([run_part(name, options.out, options.rehearse) for name in options.parts])
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        print(f"Python {sys.executable} lacks {', '.join(missing)}. Install them, or set PYTHON to one that has them.")
        return 2
    unknown = set(options.parts) - set(PARTS)
    if unknown:
        print(f"Unknown part {', '.join(sorted(unknown))}. Parts: {', '.join(PARTS)}.")
        return 2
    failed = run_all(options.parts or list(PARTS), options.out, options.rehearse)
    from tests.gpu.summary import summary

    print(summary(options.out))
    return 1 if failed else 0


def run_all(parts: list[str], out: Path, rehearse: bool) -> list[str]:
    """Every part in a process of its own (a rehearsal: all in one); returns those that failed."""
    begun, failed = time.monotonic(), []
    for names in [parts] if rehearse else [[name] for name in parts]:
        said = ", ".join(names)
        limit = REHEARSAL_LIMIT_S if rehearse else min(PARTS[said], ALL_S - (time.monotonic() - begun))
        if limit < 5:
            print(f"=== {said}: no time left")
            failed += names
            continue
        print(f"=== {said} (at most {limit:.0f} s)", flush=True)
        command = [sys.executable, "-m", "tests.gpu.measure", str(out), *names, "--here", *(["--rehearse"] if rehearse else [])]
        at = time.monotonic()
        code = ended(command, limit)
        print(f"=== {said}: {'done' if code == 0 else f'failed ({code})'} after {time.monotonic() - at:.0f} s", flush=True)
        failed += names if code else []
    return failed


def ended(command: list[str], limit: float) -> int | str:
    """Run a command in a group of its own; past its limit all that it started goes too (it may hold a device or a lock)."""
    with subprocess.Popen(command, start_new_session=True) as process:
        try:
            return process.wait(limit)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            return "time limit"


def run_part(name: str, out: Path, rehearse: bool) -> int:
    """Measure one part in this process."""
    from tests.gpu.measuring import Report

    report = Report(out / f"{name}.json", name, rehearse)
    ok = importlib.import_module(f"tests.gpu.parts.{name}").measure(report, rehearse)
    report.end()
    return 1 if report.failed or ok is False else 0


if __name__ == "__main__":
    raise SystemExit(main())
