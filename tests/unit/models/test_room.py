"""How many tokens a pass may hold: constants on a CPU, free memory on a GPU, less after a pass that did not fit."""

import pytest
import torch

from ptlib.models import room
from ptlib.models.spec import BackboneSpec, kept_numbers

SPEC = BackboneSpec(id="x", name="x", family="mlm", location="x", width=1024, layers=24, ffn=4096, parameters=1)
CPU, GPU = torch.device("cpu"), torch.device("cuda", 0)


@pytest.fixture
def free(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Bytes that the GPU says are free, changeable."""
    free = [70 * 2**30]
    monkeypatch.setattr(room, "free_bytes", lambda _: free[0])
    monkeypatch.setattr(torch.cuda, "empty_cache", lambda: None)
    return free


def test_a_cpu_has_constants() -> None:
    assert [room.Room().of(SPEC, CPU, torch.float32, gradients) for gradients in (True, False)] == [8192, 16384]


def test_what_fits_a_gpu_is_used_and_no_more(free: list[int]) -> None:
    tokens = room.Room().of(SPEC, GPU, torch.bfloat16, True)
    assert 0.5 * free[0] < tokens * kept_numbers(SPEC) * 2 < 0.85 * free[0]
    assert room.Room().of(SPEC, GPU, torch.float32, True) == pytest.approx(tokens / 2, abs=1)
    assert room.Room().of(SPEC, GPU, torch.bfloat16, False) == room.MOST[False]
    free[0] = 2**20
    assert 1 <= room.Room().of(SPEC, GPU, torch.bfloat16, True) < 10


def test_a_pass_that_did_not_fit_makes_later_ones_smaller(free: list[int]) -> None:
    known = room.Room()
    before = known.of(SPEC, GPU, torch.bfloat16, True)
    known.shrink(GPU, True, 5000)
    assert known.of(SPEC, GPU, torch.bfloat16, True) == 2500 < before
    known.shrink(GPU, True, 9000)  # one that was laid out before the first failed
    assert known.of(SPEC, GPU, torch.bfloat16, True) == 1250
    on_cpu = room.Room()
    on_cpu.shrink(CPU, True, 1)
    assert on_cpu.of(SPEC, CPU, torch.float32, True) == 1 and on_cpu.of(SPEC, CPU, torch.float32, False) == 16384
