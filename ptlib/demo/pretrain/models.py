"""The three embedded architectures and their training forward passes; export in Hugging Face's format.

The masked LM's training pass is written out here because in the last layer only predicted positions need a query, an
output and a feed-forward: a fifth of the time. It uses the modules of `RobertaForMaskedLM` itself and equals its forward.
"""

import json
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer
from torch.nn import functional as F
from transformers import PreTrainedModel, RobertaConfig, RobertaForMaskedLM, T5Config, T5ForConditionalGeneration

from ptlib.base.files import write_folder
from ptlib.demo.pretrain import tokenizer as tokenizers_
from ptlib.demo.pretrain.batches import Batch
from ptlib.demo.pretrain.heads import DEPTH, plant

POSITIONS = 258


@dataclass(frozen=True, slots=True)
class Shape:
    """Size and training settings of a backbone."""

    model: str
    width: int
    ffn: int
    layers: int
    heads: int
    batch: int
    lr: float
    muon: float
    """Step of the matrices, as a multiple of `lr`."""
    decoder: int = 0
    """Layers of the decoder (T5)."""


SHAPES = {
    "roberta-small": Shape("mlm", 128, 512, 4, 4, 64, 6e-4, 1.5),
    "roberta-wide": Shape("mlm", 192, 768, 3, 6, 64, 6e-4, 1.5),
    "t5-small": Shape("t5", 128, 768, 4, 6, 48, 7e-4, 1.0, decoder=2),
}


def build(shape: Shape, vocabulary: int) -> PreTrainedModel:
    """A fresh model; initialised from torch's global generator."""
    if shape.model == "mlm":
        model: PreTrainedModel = RobertaForMaskedLM(
            RobertaConfig(
                vocab_size=vocabulary,
                hidden_size=shape.width,
                num_hidden_layers=shape.layers,
                num_attention_heads=shape.heads,
                intermediate_size=shape.ffn,
                max_position_embeddings=POSITIONS + 2,
                type_vocab_size=1,
                hidden_act="gelu",
                hidden_dropout_prob=0.0,
                attention_probs_dropout_prob=0.0,
                bos_token_id=0,
                pad_token_id=1,
                eos_token_id=2,
            )
        )
        roberta: Any = model.roberta
        with torch.no_grad():
            roberta.embeddings.position_embeddings.weight[2:] = _sinusoids(POSITIONS, shape.width)
        plant(model)
        return model
    made = T5ForConditionalGeneration(
        T5Config(  # type: ignore[call-arg]  # the signature lacks where decoding starts
            vocab_size=vocabulary,
            d_model=shape.width,
            d_kv=DEPTH,
            d_ff=shape.ffn,
            num_heads=shape.heads,
            num_layers=shape.layers,
            num_decoder_layers=shape.decoder,
            relative_attention_num_buckets=32,
            relative_attention_max_distance=64,
            dropout_rate=0.0,
            feed_forward_proj="relu",
            pad_token_id=0,
            eos_token_id=1,
            decoder_start_token_id=0,
        )
    )
    plant(made)
    return made


def _sinusoids(length: int, width: int) -> torch.Tensor:
    at = torch.arange(length)[:, None] / 200.0 ** (torch.arange(0, width, 2) / width)
    return torch.stack((at.sin(), at.cos()), -1).reshape(length, width) * 0.02


def embed(table: torch.nn.Embedding, batch: Batch, generator: torch.Generator) -> torch.Tensor:
    """Input embeddings [B, T, D] with scaled rows and drawn noise where the batch asks for them."""
    rows = table(batch.ids)
    if not bool((batch.noise > 0).any()) and bool((batch.scale == 1).all()):
        return rows
    rows = rows * batch.scale[..., None]
    drawn = torch.rand(rows.shape, generator=generator, device="cpu").to(rows.device)
    normal = (torch.randn(rows.shape, generator=generator, device="cpu") * 0.02).to(rows.device)
    rows = torch.where(batch.noise[..., None] == 1, normal, rows)
    return torch.where(batch.noise[..., None] == 2, drawn, rows)


def logits(model: Any, batch: Batch, generator: torch.Generator) -> torch.Tensor:
    """Vocabulary logits [N, V] at the batch's predicted positions."""
    if isinstance(model, RobertaForMaskedLM):
        return _roberta(model, batch, embed(model.roberta.embeddings.word_embeddings, batch, generator))
    given = embed(model.shared, batch, generator)
    attention = batch.attention.long()
    hidden = model.encoder(inputs_embeds=given, attention_mask=attention).last_hidden_state
    out = model.decoder(input_ids=batch.decoder, encoder_hidden_states=hidden, encoder_attention_mask=attention, use_cache=False)
    chosen = out.last_hidden_state.reshape(-1, out.last_hidden_state.shape[-1])[batch.where]
    return model.lm_head(chosen * model.config.d_model**-0.5 if model.config.scale_decoder_outputs else chosen)


def _roberta(model: Any, batch: Batch, given: torch.Tensor) -> torch.Tensor:
    base = model.roberta.embeddings
    size, length, width = given.shape
    positions = torch.arange(length, device=given.device)[None] + 2 + batch.shift[:, None]
    hidden = base.LayerNorm(given + base.token_type_embeddings.weight[0] + base.position_embeddings(positions))
    mask = torch.zeros(size, 1, 1, length, device=given.device).masked_fill(~batch.attention[:, None, None], -1e9)
    *body, last = model.roberta.encoder.layer
    for layer in body:
        hidden = _layer(layer, hidden, hidden, mask)
    # Last layer: a document's predicted positions only, padded to the largest number of them in the batch.
    row = batch.where // length
    count = torch.bincount(row, minlength=size)
    slot = torch.arange(len(row), device=row.device) - (count.cumsum(0) - count)[row]
    at = torch.zeros(size, int(count.max()), dtype=torch.int64, device=row.device)
    order = torch.argsort(row, stable=True)
    inverse_row, inverse_slot = row[order], slot
    at[inverse_row, inverse_slot] = (batch.where % length)[order]
    queries = hidden.gather(1, at[..., None].expand(-1, -1, width))
    top = _layer(last, queries, hidden, mask)[inverse_row, inverse_slot]
    restored = torch.empty_like(order)
    restored[order] = torch.arange(len(order), device=order.device)
    return model.lm_head(top[restored])


def _layer(layer: Any, queries: torch.Tensor, hidden: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """One encoder layer: attention of `queries` [B, Q, D] over `hidden` [B, T, D], then the feed-forward."""
    attend = layer.attention.self
    heads, depth = attend.num_attention_heads, attend.attention_head_size

    def split(values: torch.Tensor) -> torch.Tensor:
        return values.unflatten(-1, (heads, depth)).transpose(1, 2)

    mixed = (
        F.scaled_dot_product_attention(
            split(attend.query(queries)), split(attend.key(hidden)), split(attend.value(hidden)), attn_mask=mask
        )
        .transpose(1, 2)
        .flatten(2)
    )
    attended = layer.attention.output.LayerNorm(layer.attention.output.dense(mixed) + queries)
    inner = layer.intermediate.intermediate_act_fn(layer.intermediate.dense(attended))
    return layer.output.LayerNorm(layer.output.dense(inner) + attended)


def loss_of(scores: torch.Tensor, batch: Batch) -> tuple[torch.Tensor, dict[str, float]]:
    """Weighted cross-entropy against the sparse soft targets, and its mean by group (label, gate, text, answer)."""
    each = -F.log_softmax(scores.float(), -1)[batch.entry, batch.token]
    total = (each * batch.mass).sum() / batch.mass.sum()
    parts: dict[str, float] = {}
    detached, masses = each.detach().tolist(), batch.mass.tolist()
    for group in set(batch.group):
        chosen = [(loss, mass) for loss, mass, name in zip(detached, masses, batch.group, strict=True) if name == group]
        parts[group] = sum(loss * mass for loss, mass in chosen) / sum(mass for _, mass in chosen)
    return total, parts


def export(model: PreTrainedModel, tokenizer: Tokenizer, shape: Shape, folder: Path, log: dict[str, object]) -> None:
    """Write config, fp16 weights, tokenizer and log, whole or not at all. Errors as in `write_folder`."""
    write_folder(folder, partial(_fill, model, tokenizer, shape, log))


def _fill(model: PreTrainedModel, tokenizer: Tokenizer, shape: Shape, log: dict[str, object], made: Path) -> None:
    tied = _tied(model)
    made.mkdir()
    kept = {name: value.detach().half().contiguous().cpu() for name, value in model.state_dict().items() if name not in tied}
    save_file(kept, str(made / "model.safetensors"), metadata={"format": "pt"})
    (made / "model.safetensors").chmod(0o644)  # save_file keeps it to its owner
    config = model.config.to_diff_dict() | {"architectures": [type(model).__name__], "dtype": "float16"}
    config.pop("transformers_version", None)
    (made / "config.json").write_text(json.dumps(config, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    tokenizers_.save(tokenizer, shape.model, made, POSITIONS if shape.model == "mlm" else 512)
    (made / "pretraining.json").write_text(json.dumps(log, indent=1) + "\n", encoding="utf-8")


def _tied(model: PreTrainedModel) -> set[str]:
    """Names of tensors that share memory with an earlier one: loading ties them again."""
    seen: set[int] = set()
    tied: set[str] = set()
    for name, value in model.state_dict().items():
        if value.data_ptr() in seen:
            tied.add(name)
        seen.add(value.data_ptr())
    return tied
