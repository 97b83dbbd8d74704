"""Attention heads that a fresh backbone starts with, because from a random start they take thousands of updates to appear.

Comparing two texts needs heads that look for the same token elsewhere (query = key). Reading a passage needs more: the
asked name has to be found (same token), what its sentence says of it has to be gathered (the neighbours), and the answer has
to be copied (cross-attention that hands a token on as it is). All of them are ordinary weights that training may change.
"""

from typing import Any

import torch
from transformers import PreTrainedModel, RobertaForMaskedLM, T5ForConditionalGeneration

DEPTH = 32
"""Dimensions of a head."""
PLACES = 12
"""Dimensions of a masked LM's same-token head that tell positions apart."""
NEAR = 7
"""Tokens on one side that a neighbour head sees; T5 has a bucket of its own for each distance below 8."""
SIDE = 16
"""T5's buckets of one direction: those of later tokens come after those of earlier ones."""


@torch.no_grad()
def plant(model: PreTrainedModel) -> None:
    """Set the first heads of a fresh masked LM or T5 model, in place."""
    if isinstance(model, RobertaForMaskedLM):
        _same_token_masked(model)
    elif isinstance(model, T5ForConditionalGeneration):
        _same_token_t5(model)
        _neighbours(model)
        _copying(model)


def _same_token_masked(model: RobertaForMaskedLM) -> None:
    """Two heads of the first layer find the same token at another position."""
    attend, base = model.roberta.encoder.layer[0].attention.self, model.roberta.embeddings
    words, places = base.word_embeddings.weight[5:], base.position_embeddings.weight[2:100]
    seen = base.LayerNorm(words + places.mean(0))
    moved = base.LayerNorm(words.mean(0) + places)
    _, spread, away = torch.linalg.svd(moved - moved.mean(0), full_matrices=False)
    away = away[:PLACES]  # the directions in which positions differ most
    where = away / (spread[:PLACES, None] / len(places) ** 0.5) * 1.8
    centred = seen - seen.mean(0)
    centred = centred - centred @ away.T @ away
    values, vectors = torch.linalg.eigh(centred.T @ centred / len(centred))
    for head in range(2):
        chosen = torch.arange(len(values) - 1 - head, len(values) - 1 - 2 * (DEPTH - PLACES), -2, device=values.device)
        rows = (vectors[:, chosen] / values[chosen].sqrt()).T * 1.2
        rows = rows - rows @ away.T @ away
        part = slice(DEPTH * head, DEPTH * head + DEPTH)
        # A token must not find itself: where the positions agree, the score falls.
        for values_, sign in ((attend.query, 1.0), (attend.key, -1.0)):
            values_.weight[part] = torch.cat((rows, sign * where))
            values_.bias[part] = -values_.weight[part] @ moved.mean(0)
            values_.bias[part][: DEPTH - PLACES] = -rows @ seen.mean(0)


def _blocks(stack: Any) -> Any:
    """The layers of a T5 stack; what they hold is not typed."""
    return stack.block


def _bias(model: T5ForConditionalGeneration) -> torch.Tensor:
    """[buckets, heads]: the encoder's relative bias, which all of its layers share."""
    return _blocks(model.encoder)[0].layer[0].SelfAttention.relative_attention_bias.weight


def _same_token_t5(model: T5ForConditionalGeneration) -> None:
    """Heads 0 and 1 of the encoder's first two layers."""
    for layer in _blocks(model.encoder)[:2]:
        attend = layer.layer[0].SelfAttention
        for head in range(2):
            rows = torch.linalg.qr(torch.randn(attend.q.weight.shape[1], DEPTH, device=attend.q.weight.device))[0].T
            part = slice(DEPTH * head, DEPTH * head + DEPTH)
            attend.q.weight[part] = attend.k.weight[part] = rows * 0.42
    # Without absolute positions a token cannot be told from itself: these heads look away from their own place.
    _bias(model)[:, :2] = 0.0
    _bias(model)[0, :2] = -4.0


def _neighbours(model: T5ForConditionalGeneration) -> None:
    """Heads 2 and 3 of every encoder layer look at the tokens just before and just after."""
    bias = _bias(model)
    bias[:, 2:4] = -4.0
    bias[0, 2:4] = -1.0
    for distance in range(1, NEAR + 1):
        bias[distance, 2] = bias[SIDE + distance, 3] = 3.0 - 0.7 * distance


def _copying(model: T5ForConditionalGeneration) -> None:
    """The decoder's cross-attention starts by handing on what it looks at, turned and turned back."""
    width = model.config.d_model
    for layer in _blocks(model.decoder):
        attend = layer.layer[1].EncDecAttention
        turned = torch.linalg.qr(torch.randn(width, width, device=attend.v.weight.device))[0]
        attend.v.weight[:width] = turned
        attend.o.weight[:, :width] = turned.T * 0.5
