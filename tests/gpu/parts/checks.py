"""The CUDA tests of this folder, as figures: what passed, failed and was skipped, and what they printed."""

import tempfile
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from tests.gpu.measuring import Report

HERE = Path(__file__).resolve().parents[1]
MOST_CHARACTERS = 3000


def measure(report: Report, rehearse: bool) -> bool:
    """Run them; libraries of other versions may warn there, which is no failure."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "junit.xml"
        arguments = ["-c", str(HERE.parent / "pytest.ini"), "-o", "filterwarnings=default", "-o", "junit_logging=system-out"]
        code = pytest.main([*arguments, "-p", "no:cacheprovider", f"--junitxml={path}", str(HERE / "test_cuda.py")])
        for case in ElementTree.parse(path).getroot().iter("testcase"):
            report.add(**_row(case))
    return code == 0


def _row(case: ElementTree.Element) -> dict[str, object]:
    outcome, said = "passed", (case.findtext("system-out") or "").strip()
    for child in case:
        if child.tag in ("failure", "error", "skipped"):
            outcome, said = child.tag, f"{child.get('message', '')}\n{child.text or ''}"
    row = {"test": case.get("name", ""), "outcome": outcome, "seconds": float(case.get("time", 0))}
    return row | ({"said": said[-MOST_CHARACTERS:]} if said else {})
