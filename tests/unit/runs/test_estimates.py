"""Estimated memory: frozen weights, and activations that grow with rows up to one pass. Measured beside it: tests/oracle."""

from dataclasses import replace

from ptlib.models.spec import BackboneSpec, weights_bytes
from ptlib.prompts.spec import TuneSettings
from ptlib.runs.estimates import PASS_TOKENS, activation_bytes, memory

SPEC = BackboneSpec(
    id="x",
    name="x",
    family="mlm",
    location="x",
    source="folder",
    width=64,
    layers=4,
    ffn=256,
    parameters=300_000,
    max_positions=128,
)
SETTINGS = TuneSettings(prompt_length=10, max_tokens=50, batch_size=8)


def test_more_rows_keep_more_until_a_pass_is_full() -> None:
    one, two = (activation_bytes(SPEC, SETTINGS, prompts) for prompts in (1, 2))
    assert two == 2 * one > 0
    full = -(-PASS_TOKENS // (64 * 8))
    assert activation_bytes(SPEC, SETTINGS, full) == activation_bytes(SPEC, SETTINGS, 10 * full)


def test_no_text_is_longer_than_the_model_has_positions_and_half_numbers_take_half() -> None:
    assert activation_bytes(SPEC, replace(SETTINGS, max_tokens=500)) == activation_bytes(SPEC, replace(SETTINGS, max_tokens=114))
    assert activation_bytes(SPEC, replace(SETTINGS, dtype="bf16")) * 2 == activation_bytes(SPEC, SETTINGS)
    assert memory(SPEC, SETTINGS) == weights_bytes(SPEC, "fp32") + activation_bytes(SPEC, SETTINGS)
