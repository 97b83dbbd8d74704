"""Activated neurons and masking on tiny models of every layout: slow counts, oracles, and nothing left behind."""

from pathlib import Path

import numpy as np
import pytest
import torch

from ptlib.analysis import overlap
from ptlib.analysis.neurons import capture, capture_all, choose, masked, match_at_random, sites
from ptlib.base.errors import BadInput
from ptlib.base.progress import Silent
from ptlib.models.load import FrozenModel, load_model
from ptlib.models.registry import get_backbone
from ptlib.prompts.evaluation import evaluate
from ptlib.prompts.record import Prompt
from ptlib.prompts.soft import SoftPrompt
from tests.fixtures import tiny_models

KINDS = ("roberta", "bert", "modernbert", "t5", "t5v11")
P, L, F = 4, 2, 32


def prompts(frozen: FrozenModel, count: int = 2) -> list[SoftPrompt]:
    values = np.random.default_rng(0).normal(0, 0.6, (count, P, frozen.spec.width)).astype(np.float32)
    return [SoftPrompt(value, Prompt(f"p{place}", frozen.spec.id, "toy/task0", place)) for place, value in enumerate(values)]


def _bits(frozen: FrozenModel) -> torch.Tensor:
    """Logits of the model's own forward pass on soft tokens."""
    soft = torch.as_tensor(prompts(frozen)[0].values)[None]
    with torch.no_grad():
        if frozen.is_masked_lm:
            return frozen.model(inputs_embeds=soft).logits
        return frozen.model(inputs_embeds=soft, decoder_input_ids=torch.tensor([[0, 5, 7]])).logits


def _slow_values(frozen: FrozenModel, kind: str, prompt: SoftPrompt) -> list[np.ndarray]:
    """Activations of every layer, worked out from the weights and the inputs of the feed-forwards; no hook of ours."""
    model, inputs = frozen.model, []
    if frozen.is_masked_lm:
        ids = torch.tensor([[0, frozen.tokenizer.mask_token_id, 2]])
        embeds = torch.cat([torch.as_tensor(prompt.values)[None], model.get_input_embeddings()(ids)], 1)
        layers = model.model.layers if kind == "modernbert" else getattr(model, kind).encoder.layer
        first = [layer.mlp.Wi if kind == "modernbert" else layer.intermediate.dense for layer in layers]
        call, place = (lambda: model(inputs_embeds=embeds)), P + 1
    else:
        embeds = torch.cat([torch.as_tensor(prompt.values)[None], model.get_input_embeddings()(torch.tensor([[1]]))], 1)
        blocks = [block.layer[2].DenseReluDense for block in model.decoder.block]
        first = [block.wi_0 if kind == "t5v11" else block.wi for block in blocks]
        call, place = (lambda: model(inputs_embeds=embeds, decoder_input_ids=torch.tensor([[0]]))), 0
    handles = [module.register_forward_pre_hook(lambda _m, given: inputs.append(given[0][0, place])) for module in first]
    with torch.no_grad():
        call()
        for handle in handles:
            handle.remove()
        before = [(module(x)[:F] if kind == "modernbert" else module(x)) for module, x in zip(first, inputs, strict=True)]
    function = {"t5": torch.relu, "t5v11": lambda x: torch.nn.functional.gelu(x, approximate="tanh")}.get(
        kind, torch.nn.functional.gelu
    )
    return [function(x).numpy() for x in before]


@pytest.mark.parametrize("kind", KINDS)
def test_sets_and_overlap_equal_a_slow_count(models: dict[str, FrozenModel], kind: str) -> None:
    frozen = models[kind]
    first, second = prompts(frozen)
    found = capture_all(frozen, [first, second])
    slow = [_slow_values(frozen, kind, prompt) for prompt in (first, second)]
    for captured, wanted in zip(found, slow, strict=True):
        assert captured.shape == (L, F)
        np.testing.assert_allclose(captured, np.stack(wanted), atol=1e-5)
    table = overlap.profile(found[0] > 0, found[1] > 0)
    for row in table.itertuples():
        pairs = [(layer, unit) for layer in range(row.first, row.last + 1) for unit in range(F)]
        a, b = ({pair for pair in pairs if values[pair[0]][pair[1]] > 0} for values in slow)
        assert row.overlap == pytest.approx(len(a & b) / (len(a) * len(b)) ** 0.5) and 0 < row.overlap < 1
        assert row.chance == pytest.approx((len(a) * len(b)) ** 0.5 / len(pairs))
    stacked = capture(frozen, np.stack([first.values, second.values]))
    np.testing.assert_allclose(stacked[1], found[1], atol=1e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_the_model_is_bit_identical_afterwards_also_after_an_exception(models: dict[str, FrozenModel], kind: str) -> None:
    frozen = models[kind]
    before, everything = _bits(frozen), np.ones((L, F), bool)
    capture_all(frozen, prompts(frozen))
    assert torch.equal(_bits(frozen), before)
    with masked(frozen, everything):
        assert not torch.equal(_bits(frozen), before)
    assert torch.equal(_bits(frozen), before)
    with pytest.raises(ZeroDivisionError), masked(frozen, everything):
        _bits(frozen)
        raise ZeroDivisionError
    assert torch.equal(_bits(frozen), before)
    site = sites(frozen)[1]
    handle = site.register_forward_hook(lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        capture_all(frozen, prompts(frozen))
    handle.remove()
    assert torch.equal(_bits(frozen), before)
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in frozen.model.modules())


@pytest.mark.parametrize("kind", KINDS)
def test_masking_equals_zeroing_the_columns_that_read_a_neuron(models: dict[str, FrozenModel], kind: str, tmp_path: Path) -> None:
    frozen = models[kind]
    zeroed = np.random.default_rng(1).random((L, F)) < 0.4
    other = load_model(get_backbone(frozen.spec.location))
    if frozen.is_masked_lm:
        layers = other.model.model.layers if kind == "modernbert" else getattr(other.model, kind).encoder.layer
        readers = [layer.mlp.Wo if kind == "modernbert" else layer.output.dense for layer in layers]
    else:
        readers = [block.layer[2].DenseReluDense.wo for block in other.model.decoder.block]
    with torch.no_grad():
        for reader, row in zip(readers, zeroed, strict=True):
            reader.weight[:, torch.as_tensor(row)] = 0
    task, examples = tiny_models.task(0), tiny_models.examples(12)
    with masked(frozen, zeroed):
        bits = _bits(frozen)
        (found,) = evaluate(frozen, prompts(frozen)[:1], task, examples, Silent())
    (wanted,) = evaluate(other, prompts(frozen)[:1], task, examples, Silent())
    (plain,) = evaluate(frozen, prompts(frozen)[:1], task, examples, Silent())
    torch.testing.assert_close(bits, _bits(other), atol=1e-5, rtol=1e-5)
    np.testing.assert_allclose(found.log_prob, wanted.log_prob, atol=1e-5)
    assert np.abs(found.log_prob - plain.log_prob).max() > 1e-3


def test_published_prompts_are_read_in_their_own_layout(models: dict[str, FrozenModel]) -> None:
    frozen = models["roberta"]
    (prompt,) = prompts(frozen, 1)
    info = Prompt("p", frozen.spec.id, "toy/task0", 0, layout="published_v1")
    (found,), (ours,) = capture_all(frozen, [SoftPrompt(prompt.values, info)]), capture_all(frozen, [prompt])
    assert not np.allclose(found, ours)
    moved = prompt.values.copy()
    moved[0] += 5  # row 0 stands under the mask and must not matter
    (again,) = capture_all(frozen, [SoftPrompt(moved, info)])
    assert np.array_equal(again, found)


def test_random_sets_match_in_every_layer_and_the_most_active_go_first(models: dict[str, FrozenModel]) -> None:
    target, other = capture_all(models["roberta"], prompts(models["roberta"]))
    half = choose("own", target, None, 0.5)
    assert half.sum() == round(0.5 * (target > 0).sum())
    assert target[half].min() >= target[(target > 0) & ~half].max()
    drawn = match_at_random(half, np.random.default_rng(0))
    assert (drawn.sum(1) == half.sum(1)).all() and not np.array_equal(drawn, half)
    assert not (choose("other", target, other, 1) & (target > 0)).any()


def test_bad_requests_are_one_clear_message(models: dict[str, FrozenModel], tmp_path: Path) -> None:
    frozen = models["bert"]
    with pytest.raises(BadInput, match=r"\[2, 31\], but the model has \[2, 32\]"), masked(frozen, np.ones((2, 31), bool)):
        pass
    with pytest.raises(BadInput, match="do not fit"):
        capture(frozen, np.zeros((1, 4, 7), np.float32))
    with pytest.raises(BadInput, match="not finite"):
        capture(frozen, np.full((1, 4, 16), np.nan, np.float32))
    with pytest.raises(BadInput, match="has shape"):
        capture_all(frozen, [SoftPrompt(np.zeros((4, 7), np.float32), Prompt("p", "other", "t", 0))])


def test_prompts_as_the_catalogue_hands_them_out_are_read_without_a_warning(models: dict[str, FrozenModel]) -> None:
    (prompt, _), frozen = prompts(models["roberta"]), models["roberta"]
    stack = prompt.values[None].copy()
    stack.setflags(write=False)
    (found,) = capture(frozen, stack)
    assert np.array_equal(found, capture_all(frozen, [prompt])[0])
