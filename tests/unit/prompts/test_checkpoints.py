"""A checkpoint is whole or absent, and what is no checkpoint is not used."""

import tracemalloc
from pathlib import Path

import pytest
import torch

from ptlib.prompts import checkpoints

CPU = torch.device("cpu")
STATE = {"values": torch.arange(4.0), "step": 3, "curve": [(0, 1.0)], "kept": {5: torch.ones(2)}}


def test_tensors_and_numbers_come_back(tmp_path: Path) -> None:
    checkpoints.save(tmp_path / "x", STATE)
    back = checkpoints.load(tmp_path / "x", torch.device("cpu"))
    assert back is not None and torch.equal(back["values"], STATE["values"]) and torch.equal(back["kept"][5], torch.ones(2))
    assert (back["step"], back["curve"]) == (3, [(0, 1.0)]) and [path.name for path in tmp_path.iterdir()] == ["x"]


@pytest.mark.parametrize("data", [b"", b"no checkpoint", None])
def test_what_is_broken_or_missing_is_not_used(tmp_path: Path, data: bytes | None) -> None:
    if data is not None:
        (tmp_path / "x").write_bytes(data)
    assert checkpoints.load(tmp_path / "x", torch.device("cpu")) is None


def test_half_a_file_and_a_foreign_object_are_not_used(tmp_path: Path) -> None:
    checkpoints.save(tmp_path / "x", STATE)
    (tmp_path / "half").write_bytes((tmp_path / "x").read_bytes()[:200])
    torch.save([1, 2], tmp_path / "list")
    torch.save({"path": Path("x")}, tmp_path / "foreign")
    for name in ("half", "list", "foreign"):
        assert checkpoints.load(tmp_path / name, torch.device("cpu")) is None


def test_a_checkpoint_that_is_not_used_is_said_and_why(tmp_path: Path) -> None:
    said: list[str] = []
    assert checkpoints.load(tmp_path / "none", CPU, said.append) is None and not said
    torch.save(STATE, tmp_path / "earlier")  # as before there were checksums
    assert checkpoints.load(tmp_path / "earlier", CPU, said.append) is None
    assert "earlier is not used: it is damaged, or an earlier version wrote it" in said.pop() and not said
    checkpoints.save(tmp_path / "x", STATE | {"fingerprint": "a"})
    assert checkpoints.load(tmp_path / "x", CPU, said.append, fingerprint="a") is not None and not said
    assert checkpoints.load(tmp_path / "x", CPU, said.append, fingerprint="b") is None
    assert "other data or other settings" in said.pop()


def test_any_flipped_byte_is_noticed(tmp_path: Path) -> None:
    checkpoints.save(tmp_path / "x", STATE)
    data = (tmp_path / "x").read_bytes()
    for place in range(0, len(data), 97):
        (tmp_path / "broken").write_bytes(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :])
        assert (
            not checkpoints.is_whole(tmp_path / "broken") and checkpoints.load(tmp_path / "broken", torch.device("cpu")) is None
        )
    assert checkpoints.is_whole(tmp_path / "x")


def test_writing_takes_no_copy_of_what_is_written(tmp_path: Path) -> None:
    large = {"values": torch.zeros(4_000_000)}
    checkpoints.save(tmp_path / "warm", STATE)
    tracemalloc.start()
    checkpoints.save(tmp_path / "x", large)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4_000_000  # of 16 million bytes
