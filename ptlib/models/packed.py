"""Rows end to end without padding: how a GPU runs a BERT-like encoder in bf16.

The T tokens of R rows lie behind one another, [T, D], and only attention needs to know where a row ends (flash attention
of varying lengths). Query, key and value are one product; with `compiling` the rest of a layer is fused as well.
"""

import itertools
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import torch
from torch.nn import functional

from ptlib.models.load import FrozenModel
from ptlib.models.positions import Row, sent

OLDEST_CARD = (8, 0)
"""Compute capability from which on there is flash attention."""
_compile: ContextVar[bool] = ContextVar("compile", default=os.environ.get("PTLIB_COMPILE", "0") == "1")


class Packed(NamedTuple):
    """Where everything stands in T packed tokens."""

    ids: torch.Tensor
    """[T]; 0 where soft tokens stand."""
    places: torch.Tensor
    """[T]: place in its own row."""
    soft: torch.Tensor
    """[R P]: where the soft tokens stand."""
    label: torch.Tensor
    """[R]: where each row's label is read."""
    starts: torch.Tensor
    """[R + 1] int32: where each row begins, and the end."""
    longest: int


class Spans(NamedTuple):
    """Whom the queries of packed tokens may look at."""

    asked: torch.Tensor
    """[R + 1] int32: where each row's queries begin, and the end."""
    starts: torch.Tensor
    """[R + 1] int32: where each row's keys and values begin, and the end."""
    most: int
    """Most queries of a row."""
    longest: int
    """Most keys of a row."""


def pack(rows: Sequence[Row], prompt_length: int, position: int, device: torch.device) -> Packed:
    """Lay rows end to end, each behind `prompt_length` soft tokens; `position`: the label's place in its row."""
    lengths = np.fromiter((len(row.ids) for row in rows), np.int64, len(rows)) + prompt_length
    starts = np.concatenate([[0], np.cumsum(lengths)])
    places = np.arange(starts[-1]) - np.repeat(starts[:-1], lengths)
    ids = np.zeros(starts[-1], np.int64)
    ids[places >= prompt_length] = np.fromiter(itertools.chain.from_iterable(row.ids for row in rows), np.int64)
    soft = (starts[:-1, None] + np.arange(prompt_length)).ravel()
    parts = (ids, places, soft, starts[:-1] + position, starts)
    whole = sent(torch.from_numpy(np.concatenate(parts)), device)  # one copy to the device instead of five
    ids_, places_, soft_, label, starts_ = whole.split([len(part) for part in parts])
    return Packed(ids_, places_, soft_, label, starts_.int(), int(lengths.max()))


BERT_LIKE = ("bert", "roberta", "xlm-roberta", "camembert", "electra")
"""Model types whose layers are BERT's."""


def is_bert_like(base: Any) -> bool:
    """Whether the encoder can be run layer by layer here; others attend in ways of their own (DeBERTa, MPNet)."""
    return base.config.model_type in BERT_LIKE


def can_pack(frozen: FrozenModel) -> bool:
    """Whether this device has a kernel for packed rows: bf16 on a GPU that has flash attention, and fitting heads."""
    base: Any = frozen.model.base_model
    if frozen.device.type != "cuda" or frozen.dtype != torch.bfloat16 or not (frozen.is_masked_lm and is_bert_like(base)):
        return False
    size = base.encoder.layer[0].attention.self.attention_head_size
    return size % 8 == 0 and size <= 256 and torch.cuda.get_device_capability(frozen.device) >= OLDEST_CARD


@contextmanager
def compiling(wanted: bool) -> Iterator[None]:
    """Whether layers are compiled while prompts are tuned in this context (default: the variable PTLIB_COMPILE = 1)."""
    token = _compile.set(wanted)
    try:
        yield
    finally:
        _compile.reset(token)


def embed(base: Any, soft: torch.Tensor, packed: Packed) -> torch.Tensor:
    """The encoder's input [T, D] with the soft prompts [R, P, D] in their places."""
    parts = base.embeddings
    words = parts.word_embeddings(packed.ids)
    embeds = words.index_copy(0, packed.soft, soft.flatten(0, 1).to(words.dtype))
    offset = getattr(parts, "padding_idx", -1) + 1 if hasattr(parts, "create_position_ids_from_inputs_embeds") else 0
    places = packed.places[None] + offset
    return projected(base, parts(inputs_embeds=embeds[None], position_ids=places, token_type_ids=torch.zeros_like(places)))[0]


def projected(base: Any, embedded: torch.Tensor) -> torch.Tensor:
    """Embeddings as wide as the layers: an ELECTRA whose words are narrower widens them."""
    return base.embeddings_project(embedded) if hasattr(base, "embeddings_project") else embedded


def encode(base: Any, hidden: torch.Tensor, packed: Packed) -> torch.Tensor:
    """Encoder output at each row's label, [R, D], from embedded packed tokens [T, D]."""
    *layers, last = base.encoder.layer
    run = _compiled() if _compile.get() and torch.is_grad_enabled() else _layer
    spans = Spans(packed.starts, packed.starts, packed.longest, packed.longest)
    for layer in layers:
        hidden = run(layer, joined(layer.attention.self), hidden, spans)
    return _last_layer(last, joined(last.attention.self), hidden, packed)


def _layer(layer: Any, weights: tuple[torch.Tensor, torch.Tensor], hidden: torch.Tensor, spans: Spans) -> torch.Tensor:
    parts = layer.attention.self
    heads = functional.linear(hidden, *weights).unflatten(-1, (3, parts.num_attention_heads, parts.attention_head_size))
    query, key, value = heads.unbind(1)
    context = _attend(query, key, value, spans)
    attended = layer.attention.output(context.flatten(1), hidden)
    return layer.output(layer.intermediate(attended), attended)


def _last_layer(layer: Any, weights: tuple[torch.Tensor, torch.Tensor], hidden: torch.Tensor, packed: Packed) -> torch.Tensor:
    """Keys and values of all tokens; query, feed-forward and output of the labels alone, [R, D]."""
    parts, width, (weight, bias) = layer.attention.self, hidden.shape[-1], weights
    asked = hidden.index_select(0, packed.label)
    size = (parts.num_attention_heads, parts.attention_head_size)
    query = functional.linear(asked, weight[:width], bias[:width]).unflatten(-1, size)
    key, value = functional.linear(hidden, weight[width:], bias[width:]).unflatten(-1, (2, *size)).unbind(1)
    one_each = torch.arange(len(asked) + 1, device=hidden.device, dtype=torch.int32)
    context = _attend(query, key, value, Spans(one_each, packed.starts, 1, packed.longest))
    attended = layer.attention.output(context.flatten(1), asked)
    return layer.output(layer.intermediate(attended), attended)


def joined(parts: Any) -> tuple[torch.Tensor, torch.Tensor]:
    """Query, key and value weights as one [3 D, D] and bias [3 D]; the modules' own become views: nothing is kept twice."""
    if not hasattr(parts, "joined"):
        modules = (parts.query, parts.key, parts.value)
        weight = torch.cat([module.weight.detach() for module in modules])
        bias = torch.cat([module.bias.detach() for module in modules])
        for module, part, shift in zip(modules, weight.chunk(3), bias.chunk(3), strict=True):
            module.weight.data, module.bias.data = part, shift
        parts.joined = (weight, bias)
    return parts.joined


def _attend(query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, spans: Spans) -> torch.Tensor:
    """Attention within rows: [Q, H, D / H] of queries over [T, H, D / H] of keys and values."""
    if query.is_cuda:
        from torch.nn.attention.varlen import varlen_attn

        attended = varlen_attn(query, key, value, spans.asked, spans.starts, spans.most, spans.longest)
        assert isinstance(attended, torch.Tensor)
        return attended
    out = []  # a row at a time: for tests, where there is no such kernel
    for (first, end), (begin, stop) in zip(_borders(spans.asked), _borders(spans.starts), strict=True):
        q, k, v = query[first:end].transpose(0, 1), key[begin:stop].transpose(0, 1), value[begin:stop].transpose(0, 1)
        out.append(functional.scaled_dot_product_attention(q, k, v).transpose(0, 1))
    return torch.cat(out)


def _borders(starts: torch.Tensor) -> list[tuple[int, int]]:
    return list(itertools.pairwise(starts.tolist()))


@cache
def _compiled() -> Callable[..., torch.Tensor]:
    """The layer compiled once for all layers and lengths; as it is where there is no Triton."""
    from torch.utils._triton import has_triton

    return torch.compile(_layer, dynamic=True) if has_triton() else _layer
