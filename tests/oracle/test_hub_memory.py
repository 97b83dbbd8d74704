"""The memory estimate against the tensors that autograd really keeps, for models of several shapes."""

from collections.abc import Callable
from dataclasses import replace

import pytest
import torch
from transformers import RobertaConfig, RobertaForMaskedLM, T5Config, T5ForConditionalGeneration

from ptlib.models import forward as engine
from ptlib.models.published import HUB_BACKBONES
from ptlib.models.spec import BackboneSpec, kept_numbers, weights_bytes
from ptlib.prompts.spec import TuneSettings
from ptlib.runs.estimates import PASS_TOKENS, activation_bytes, memory

ROWS, TOKENS = 4, 64
pytestmark = pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing`:FutureWarning")


def kept_bytes(model: torch.nn.Module, run: Callable[[], torch.Tensor]) -> int:
    """Bytes that the backward pass of `run` holds on to, weights not counted."""
    own = {tensor.untyped_storage().data_ptr() for tensor in (*model.parameters(), *model.buffers())}
    seen: dict[int, torch.Tensor] = {}

    def pack(tensor: torch.Tensor) -> torch.Tensor:
        if tensor.untyped_storage().data_ptr() not in own:
            seen[tensor.untyped_storage().data_ptr()] = tensor
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        run()
    return sum(tensor.untyped_storage().nbytes() for tensor in seen.values())


def encoder(family: str, layers: int, width: int, ffn: int) -> torch.nn.Module:
    if family == "mlm":
        config = RobertaConfig(
            vocab_size=50,
            hidden_size=width,
            num_hidden_layers=layers,
            num_attention_heads=4,
            intermediate_size=ffn,
            pad_token_id=1,
        )
        return RobertaForMaskedLM(config).eval().requires_grad_(False).roberta
    kind = "relu" if ffn == 4 * width else "gated-gelu"
    config = T5Config(
        vocab_size=50, d_model=width, d_ff=ffn, d_kv=width // 4, num_layers=layers, num_heads=4, feed_forward_proj=kind
    )
    return T5ForConditionalGeneration(config).eval().requires_grad_(False).encoder


@pytest.mark.parametrize(
    ("family", "layers", "width", "ffn"),
    [
        ("mlm", 4, 64, 256),
        ("mlm", 2, 128, 512),
        ("mlm", 6, 96, 192),
        ("t5", 4, 64, 256),
        ("t5", 6, 128, 512),
        ("t5", 4, 64, 160),
    ],
)
def test_the_estimate_is_what_autograd_keeps_and_somewhat_more(family: str, layers: int, width: int, ffn: int) -> None:
    model = encoder(family, layers, width, ffn)
    start = torch.zeros(ROWS, TOKENS, width, requires_grad=True)
    mask = torch.ones(ROWS, TOKENS)
    real = kept_bytes(model, lambda: model(inputs_embeds=start * 1.0, attention_mask=mask).last_hidden_state.sum())
    spec = BackboneSpec(id="x", name="x", family=family, location="x", width=width, layers=layers, ffn=ffn, parameters=1)
    settings = TuneSettings(prompt_length=20, max_tokens=TOKENS - 24, batch_size=ROWS)
    assert kept_numbers(spec) * ROWS * TOKENS * 4 == pytest.approx(real, rel=0.2)
    assert real < activation_bytes(spec, settings) < 1.6 * real
    assert activation_bytes(spec, replace(settings, dtype="bf16"), prompts=2) == activation_bytes(spec, settings)


def test_a_large_step_is_split_into_passes_so_its_memory_is_bounded() -> None:
    spec = next(spec for spec in HUB_BACKBONES if spec.id == "FacebookAI/roberta-base")
    settings = TuneSettings(prompt_length=100, batch_size=32)
    assert PASS_TOKENS == engine.TOKENS_A_PASS
    assert activation_bytes(spec, settings, prompts=8) == activation_bytes(spec, replace(settings, batch_size=512))
    assert activation_bytes(spec, settings, prompts=8) == pytest.approx(1.25 * kept_numbers(spec) * PASS_TOKENS * 4)


def test_the_largest_model_needs_more_than_one_small_card() -> None:
    by_id = {spec.id: spec for spec in HUB_BACKBONES}
    assert weights_bytes(by_id["google/t5-xxl-lm-adapt"], "bf16") == pytest.approx(22.2e9, rel=0.02)
    need = memory(by_id["google/t5-xxl-lm-adapt"], TuneSettings(prompt_length=100, dtype="bf16"))
    assert 24 * 2**30 < need < 80 * 2**30
    assert memory(by_id["FacebookAI/roberta-base"], TuneSettings(prompt_length=100)) < 8 * 2**30
