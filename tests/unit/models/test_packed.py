"""Rows end to end answer what padded rows answer, with the same gradients; joined weights are the model's own."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from ptlib.models import forward, packed
from ptlib.models.load import FrozenModel, load_model
from ptlib.models.positions import lay_out
from ptlib.models.registry import get_backbone
from tests.fixtures import tiny_models


@pytest.fixture(params=["roberta", "bert"])
def frozen(request: pytest.FixtureRequest, tmp_path: Path) -> FrozenModel:
    return load_model(get_backbone(tiny_models.make(tmp_path / request.param, request.param)))


def test_packed_rows_answer_what_padded_ones_do(frozen: FrozenModel, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = lay_out(frozen, tiny_models.task(2), tiny_models.examples(7, labels=3), 4, 40)
    assert len({len(row.ids) for row in rows}) > 2
    soft = torch.randn(7, 4, 16, generator=torch.Generator().manual_seed(0), requires_grad=True)
    before = {name: weight.clone() for name, weight in frozen.model.state_dict().items()}

    def answers() -> tuple[torch.Tensor, torch.Tensor]:
        found = forward.label_log_probs(frozen, soft, rows)
        return found.detach(), torch.autograd.grad(found[:, 0].sum(), soft)[0]

    padded, slopes = answers()
    monkeypatch.setattr(forward, "can_pack", lambda _: True)
    together, packed_slopes = answers()
    assert (padded - together).abs().max() < 1e-5 and (slopes - packed_slopes).abs().max() < 1e-5
    assert slopes.abs().max() > 1e-3 and padded.std(dim=0).max() > 1e-3
    assert all(torch.equal(weight, before[name]) for name, weight in frozen.model.state_dict().items())
    again, _ = answers()
    assert torch.equal(together, again)


def test_joined_weights_take_no_memory_of_their_own(frozen: FrozenModel) -> None:
    parts = frozen.model.base_model.encoder.layer[0].attention.self
    weight, bias = packed.joined(parts)
    assert weight.shape == (48, 16) and bias.shape == (48,)
    assert parts.key.weight.untyped_storage().data_ptr() == weight.untyped_storage().data_ptr()
    assert packed.joined(parts)[0] is weight


def test_a_cpu_pads(frozen: FrozenModel) -> None:
    assert not packed.can_pack(frozen) and forward.way_of(frozen) == (frozen.device, True)
    groups = list(forward.passes([5, 60, 5, 60, 7], 20, 10_000, "cuda", padded=False))
    assert [sorted(group) for group in groups] == [[0, 1, 2, 3, 4]]


@pytest.mark.parametrize(
    ("kind", "packs"), [("roberta", True), ("bert", True), ("modernbert", False), ("distilbert", False), ("t5", False)]
)
def test_a_gpu_packs_what_it_has_kernels_for(kind: str, packs: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    frozen = load_model(get_backbone(tiny_models.make(tmp_path / kind, kind)), dtype="bf16")
    on_gpu = replace(frozen, device=torch.device("cuda", 0))
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda _: (9, 0))
    assert packed.can_pack(on_gpu) == packs and not packed.can_pack(replace(on_gpu, dtype=torch.float32))
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda _: (7, 5))
    assert not packed.can_pack(on_gpu)


def test_layers_are_compiled_only_where_it_is_asked_for() -> None:
    assert not packed._compile.get()
    with packed.compiling(True):
        assert packed._compile.get()
        with packed.compiling(False):
            assert not packed._compile.get()
    assert not packed._compile.get()
