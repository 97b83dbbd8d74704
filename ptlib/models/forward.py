"""The frozen forward pass with many soft prompts at once: label-word logits at one position only.

Every row of a batch has its own prompt, so prompts of several tasks and seeds share one pass (stacked [R, P, D]).
BERT-like encoders run layer by layer here: the last layer computes keys and values for all positions, but the query,
the feed-forward and the head for the label position alone. Other masked LMs run their own encoder whole.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch
from torch.nn import functional

from ptlib.models.load import FrozenModel
from ptlib.models.packed import can_pack, embed, encode, is_bert_like, pack, projected
from ptlib.models.positions import OURS, Row, embeddings_behind, pad, sent
from ptlib.models.published_layout import LAYOUT as PUBLISHED
from ptlib.models.room import USUAL
from ptlib.models.t5 import sequence_log_probs, t5_encode

TOKENS_A_PASS = USUAL[True]
"""Tokens of one forward and backward pass, or of all that run side by side, where free memory does not say: bounds the memory."""
CPU_TOKENS_A_PASS = 3072
"""On a CPU smaller passes keep a small model's activations in the cache, and cores share them out better."""
FEWEST_TOKENS_A_PASS = 512
"""Below this, starting passes costs more than more cores bring."""
TOKENS_OF_A_START = {"cpu": 64}
"""What starting one more pass costs, in tokens: a CPU computes padding in earnest, a GPU mostly waits to be started."""


def passes(
    lengths: Sequence[int],
    prompt_length: int,
    budget: int = TOKENS_A_PASS,
    device: torch.device | str = "cpu",
    padded: bool = True,
) -> Iterator[list[int]]:
    """Split rows into passes of similar length: indices, shortest first, at most `budget` padded tokens each.

    Cut where padding and starts together cost least, by dynamic programming over the lengths that occur; without padding
    only the budget cuts.
    """
    kind = torch.device(device).type
    start = TOKENS_OF_A_START.get(kind, 4096) if padded else 1 << 40
    if kind == "cpu":
        budget = min(budget, CPU_TOKENS_A_PASS, max(FEWEST_TOKENS_A_PASS, budget // torch.get_num_threads()))
    order = sorted(range(len(lengths)), key=lambda place: (lengths[place], place))
    sizes = [lengths[place] for place in order]
    ends = [place for place in range(1, len(order) + 1) if place == len(order) or sizes[place - 1] < sizes[place]]
    best, cut = [0], [0]  # of the rows up to each end: the least cost, and where the last pass begins
    borders = [0, *ends]
    for number, end in enumerate(ends, 1):
        wide = prompt_length + sizes[end - 1]
        costs = [best[first] + (end - borders[first]) * wide + start for first in range(number)]
        cut.append(min(range(number), key=costs.__getitem__))
        best.append(costs[cut[-1]])
    groups, number = [], len(ends)
    while number:
        groups.append(order[borders[cut[number]] : borders[number]])
        number = cut[number]
    for group in reversed(groups):
        fitting = max(1, budget // (prompt_length + lengths[group[-1]]))
        for part in range(0, len(group), fitting):
            yield group[part : part + fitting]


def way_of(frozen: FrozenModel) -> tuple[torch.device, bool]:
    """How this model's rows are passed on: the device, and whether shorter rows are padded (see `passes`)."""
    return frozen.device, not can_pack(frozen)


def shrinking(frozen: FrozenModel, rows: Sequence[Row], prompt_length: int, gradients: bool) -> Callable[[list[int]], None]:
    """What to do when a pass over some of the rows runs out of memory: later ones hold half of what it held."""
    return lambda group: frozen.shrink_passes(
        gradients, len(group) * (prompt_length + max(len(rows[place].ids) for place in group))
    )


def label_log_probs(frozen: FrozenModel, soft: torch.Tensor, rows: Sequence[Row], layout: str = OURS) -> torch.Tensor:
    """Log-probabilities over each row's own label words, [R, C]; labels a row does not have are -inf.

    soft: [R, P, D] float32, one prompt a row (gradients flow into it).
    Masked LM: softmax over the label words at the mask. T5: softmax over the labels' summed log-probabilities
    (whole word sequences with their end token, not length-normalised).
    """
    most = max(len(row.choices) for row in rows)
    if frozen.is_masked_lm:
        logits = mask_logits(frozen, soft, rows, layout).float()
        wanted = [[sequence[0] for sequence in row.choices] for row in rows]
        ids, known = pad(wanted, 0, logits.device)
        scores = logits.gather(1, ids).masked_fill(known == 0, float("-inf"))
    else:
        hidden, mask = t5_encode(frozen, soft, rows)
        labels = [(place, slot) for place, row in enumerate(rows) for slot in range(len(row.choices))]
        owners, slots = sent(torch.tensor(labels), hidden.device).unbind(1)
        total = sequence_log_probs(frozen, hidden[owners], mask[owners], [s for row in rows for s in row.choices])[0]
        scores = total.new_full((len(rows), most), float("-inf")).index_put((owners, slots), total)
    return torch.log_softmax(scores, dim=-1)


def mask_logits(frozen: FrozenModel, soft: torch.Tensor, rows: Sequence[Row], layout: str) -> torch.Tensor:
    """Vocabulary logits at the label position, [R, V]."""
    base: Any = frozen.model.base_model
    length = soft.shape[1]
    one_length = len({len(row.ids) for row in rows}) == 1  # then nothing is padded, and the dense kernel is the faster one
    if layout == OURS and can_pack(frozen) and not one_length:
        packed = pack(rows, length, length + 1, frozen.device)
        return _head(frozen, encode(base, embed(base, soft, packed), packed))
    embeds, mask = embeddings_behind(frozen, soft, rows)
    allowed = None if one_length else mask
    if layout == PUBLISHED:
        return _head(frozen, bert_like(base, published_embedding(frozen, embeds, length), allowed, 0))
    if is_bert_like(base):
        embedded = projected(base, base.embeddings(inputs_embeds=embeds))
        return _head(frozen, bert_like(base, embedded, allowed, length + 1))
    return _head(frozen, base(inputs_embeds=embeds, attention_mask=mask).last_hidden_state[:, length + 1])


def bert_like(base: Any, hidden: torch.Tensor, mask: torch.Tensor | None, position: int) -> torch.Tensor:
    """Encoder output at one position, [R, D], from embedded input [R, S, D]; `mask` [R, S]: 1 = token, None = all are."""
    allowed = None if mask is None else mask[:, None, None, :].bool()
    layers = base.encoder.layer
    for number, layer in enumerate(layers):
        asked = hidden[:, position : position + 1] if number + 1 == len(layers) else hidden
        context = _attention(layer.attention.self, asked, hidden, allowed)
        attended = layer.attention.output(context, asked)
        hidden = layer.output(layer.intermediate(attended), attended)
    return hidden[:, 0]


def _attention(parts: Any, asked: torch.Tensor, hidden: torch.Tensor, allowed: torch.Tensor | None) -> torch.Tensor:
    """Multi-head attention of `asked` [R, Q, D] over `hidden` [R, S, D]."""
    heads = lambda x: x.unflatten(-1, (parts.num_attention_heads, parts.attention_head_size)).transpose(1, 2)  # noqa: E731
    found = functional.scaled_dot_product_attention(
        heads(parts.query(asked)), heads(parts.key(hidden)), heads(parts.value(hidden)), attn_mask=allowed
    )
    return found.transpose(1, 2).flatten(2)


def _head(frozen: FrozenModel, hidden: torch.Tensor) -> torch.Tensor:
    """The masked-LM head on [R, D] -> [R, V]."""
    model = frozen.model
    if hasattr(model, "lm_head"):  # RoBERTa and its kin
        return model.lm_head(hidden)
    if hasattr(model, "lm_predictions"):  # DeBERTa, saved by its authors' code
        return model.lm_predictions(hidden, model.get_input_embeddings())
    if hasattr(model, "cls"):  # BERT
        return model.cls(hidden)
    if hasattr(model, "vocab_transform"):  # DistilBERT
        return model.vocab_projector(model.vocab_layer_norm(model.activation(model.vocab_transform(hidden))))
    if hasattr(model, "generator_predictions"):  # ELECTRA
        return model.generator_lm_head(model.generator_predictions(hidden))
    if hasattr(model, "predictions"):  # ALBERT
        return model.predictions(hidden)
    return model.decoder(model.head(hidden))  # ModernBERT


def published_embedding(frozen: FrozenModel, embeds: torch.Tensor, length: int) -> torch.Tensor:
    """The published code's input: the mask's embedding in slot 0, no position embedding under the prompt, text from id P + 2."""
    parts = frozen.model.base_model.embeddings
    mask_id = torch.tensor(frozen.tokenizer.mask_token_id, device=embeds.device)
    embeds = torch.cat([parts.word_embeddings(mask_id).expand(len(embeds), 1, -1).to(embeds.dtype), embeds[:, 1:]], dim=1)
    first = (getattr(parts, "padding_idx", None) or 0) + 1 if frozen.model.config.model_type == "roberta" else 0
    places = torch.arange(first, first + embeds.shape[1], device=embeds.device)
    positions = parts.position_embeddings(places) * (torch.arange(embeds.shape[1], device=embeds.device) >= length)[:, None]
    types = parts.token_type_embeddings(torch.zeros_like(places))
    return parts.LayerNorm(embeds + positions + types)
