"""Floating-point operations that a pass needs, counted from the model's shape: a product and a sum are two.

Frozen weights: the backward pass computes the activations' gradients only, as many operations as the forward pass (attention:
twice as many). Counted is what is needed, not what is done: no padding, no position but the label's in the last layer's
query, feed-forward and head, no gradients of text tokens' embeddings in the first layer's query, key and value.
"""

from collections.abc import Sequence

from tests.gpu.measuring import Shape


def masked_lm(shape: Shape, lengths: Sequence[int], prompt_length: int, gradients: bool) -> float:
    """Operations of one pass of a BERT-like encoder over rows of so many tokens each, soft tokens included."""
    d, f, tokens, rows = shape.width, shape.ffn, sum(lengths), len(lengths)
    qkv, rest = 2 * 3 * d * d, 2 * (d * d + 2 * d * f)
    squares = sum(length * length for length in lengths)
    whole = (shape.layers - 1) * tokens * (qkv + rest)
    last = tokens * 2 * 2 * d * d + rows * (2 * d * d + rest)
    head = rows * 2 * (d * d + d * shape.vocabulary)
    attention = (shape.layers - 1) * 4 * d * squares + 4 * d * tokens
    forward = whole + last + head + attention
    if not gradients:
        return float(forward)
    unneeded = (tokens - rows * prompt_length) * qkv if shape.layers > 1 else 0
    return float(forward + whole + last + head + 2 * attention - unneeded)


def t5(shape: Shape, lengths: Sequence[int], targets: Sequence[int], gradients: bool) -> float:
    """Operations of encoder and decoder; `targets`: decoder tokens of each row, keys and values of a row computed once."""
    d, f, tokens, answers = shape.width, shape.ffn, sum(lengths), sum(targets)
    layer, squares = 2 * (4 * d * d + 2 * d * f), sum(length * length for length in lengths)
    encoder = shape.layers * (tokens * layer + 4 * d * squares)
    crossed = sum(length * target for length, target in zip(lengths, targets, strict=True))
    decoder = shape.layers * (answers * (layer + 2 * 2 * d * d) + tokens * 2 * 2 * d * d + 4 * d * crossed)
    head = answers * 2 * d * shape.vocabulary
    forward = encoder + decoder + head
    twice = shape.layers * 4 * d * (squares + crossed)
    return float(2 * forward + twice if gradients else forward)
