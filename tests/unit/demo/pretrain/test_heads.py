"""The heads a fresh backbone starts with do what they are planted for."""

import numpy as np
import pytest
import torch

from ptlib.demo.pretrain.heads import DEPTH
from ptlib.demo.pretrain.models import SHAPES, build

IDS = torch.arange(200, 212)[None]
TWINS = ((2, 9), (4, 10))


@pytest.fixture(scope="module")
def t5() -> torch.nn.Module:
    torch.manual_seed(3)
    return build(SHAPES["t5-small"], 400).eval()


def attention(model: torch.nn.Module, ids: torch.Tensor, layer: int) -> torch.Tensor:
    """[heads, T, T] of one encoder layer, as the library computes it."""
    model.set_attn_implementation("eager")
    encoder = model.encoder if hasattr(model, "encoder") else model.roberta
    with torch.no_grad():
        return encoder(input_ids=ids, output_attentions=True).attentions[layer][0]


def repeated() -> torch.Tensor:
    ids = IDS.clone()
    for first, second in TWINS:
        ids[0, second] = ids[0, first]
    return ids


def test_two_heads_of_t5_find_the_same_token(t5: torch.nn.Module) -> None:
    found = attention(t5, repeated(), 0)
    for first, second in TWINS:
        assert found[0, second].argmax() == found[1, second].argmax() == first
        assert found[0, first].argmax() == found[1, first].argmax() == second
    assert found[3, 9].argmax() != 2


def test_two_heads_of_t5_look_at_the_neighbours_in_every_layer(t5: torch.nn.Module) -> None:
    for layer in range(t5.config.num_layers):
        found = attention(t5, IDS, layer)
        before, after = (
            [found[head, at, places(at)].sum().item() for at in range(3, 9)]
            for head, places in ((2, lambda at: slice(at - 3, at)), (3, lambda at: slice(at + 1, at + 4)))
        )
        assert np.mean(before) > 0.5 and np.mean(after) > 0.5  # evenly spread it were 0.25
        assert np.mean([found[2, at, at + 1 :].sum() for at in range(3, 9)]) < 0.1


def test_the_decoder_hands_on_what_it_looks_at(t5: torch.nn.Module) -> None:
    width = t5.config.d_model
    for layer in t5.decoder.block:
        attend = layer.layer[1].EncDecAttention
        copied = attend.o.weight[:, :width] @ attend.v.weight[:width]
        assert torch.allclose(copied, 0.5 * torch.eye(width), atol=1e-4)


def test_two_heads_of_the_masked_lm_find_the_same_token_elsewhere() -> None:
    torch.manual_seed(3)
    model = build(SHAPES["roberta-small"], 2400).eval()
    assert model.config.hidden_size // model.config.num_attention_heads == DEPTH
    found = attention(model, repeated(), 0)
    seen = [np.mean([found[head, at, twin].item() for pair in TWINS for at, twin in (pair, pair[::-1])]) for head in range(3)]
    assert seen[0] > 0.2 and seen[1] > 0.2 > 0.12 > seen[2]  # evenly spread it were 0.08
