"""Every code block of the README runs, except the two set-up commands (a clean clone runs those)."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from ptlib.base import paths

README = (paths.ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"(<!-- set-up: \w+ -->\n)?```(bash|python)\n(.*?)```", README, re.DOTALL)
RUN = [(kind, text) for mark, kind, text in BLOCKS if not mark]
WEIGHTS = paths.DEMO / "backbones" / "roberta-small" / "model.safetensors"


def test_exactly_the_two_set_up_commands_are_left_out() -> None:
    assert [mark.strip() for mark, *_ in BLOCKS if mark] == ["<!-- set-up: app -->", "<!-- set-up: tests -->"]
    assert len(RUN) >= 4


@pytest.mark.slow
@pytest.mark.skipif(not WEIGHTS.exists(), reason="the demo's backbones are not in this checkout")
def test_the_code_blocks_run_one_after_another(tmp_path: Path) -> None:
    environment = {
        **os.environ,
        "PTLIB_CACHE": str(tmp_path / "cache"),
        "HF_HUB_OFFLINE": "1",
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
    }
    for kind, text in RUN:
        text = text.replace("/tmp/ptlib-readme", str(tmp_path / "readme"))
        command = ["bash", "-euc", text] if kind == "bash" else [sys.executable, "-c", text]
        done = subprocess.run(command, cwd=paths.ROOT, env=environment, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, f"{text}\n{done.stdout}\n{done.stderr}"
        assert done.stdout.strip()
