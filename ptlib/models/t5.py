"""What only a T5-like model does: encode behind soft prompts, score target texts, generate answers."""

from collections.abc import Sequence

import torch
from transformers.modeling_outputs import BaseModelOutput

from ptlib.models.load import FrozenModel
from ptlib.models.positions import Row, embeddings_behind, pad


def target_losses(frozen: FrozenModel, soft: torch.Tensor, rows: Sequence[Row]) -> torch.Tensor:
    """Mean cross-entropy per target token, [R] (T5: questions and summaries)."""
    hidden, mask = t5_encode(frozen, soft, rows)
    total, lengths = sequence_log_probs(frozen, hidden, mask, [row.target for row in rows])
    return -total / lengths


@torch.no_grad()
def generate(frozen: FrozenModel, soft: torch.Tensor, rows: Sequence[Row], max_tokens: int) -> list[str]:
    """Greedy answers of a T5, at most `max_tokens` tokens, special tokens removed."""
    hidden, mask = t5_encode(frozen, soft, rows)
    out = frozen.model.generate(
        encoder_outputs=BaseModelOutput(last_hidden_state=hidden),
        attention_mask=mask,
        num_beams=1,
        do_sample=False,
        max_new_tokens=max_tokens,
    )
    return [text.strip() for text in frozen.tokenizer.batch_decode(out, skip_special_tokens=True)]


def t5_encode(frozen: FrozenModel, soft: torch.Tensor, rows: Sequence[Row]) -> tuple[torch.Tensor, torch.Tensor]:
    """The encoder's output [R, P+S, D] behind the soft prompts [R, P, D], and its mask [R, P+S]."""
    embeds, mask = embeddings_behind(frozen, soft, rows)
    return frozen.model.get_encoder()(inputs_embeds=embeds, attention_mask=mask).last_hidden_state, mask


def sequence_log_probs(
    frozen: FrozenModel, hidden: torch.Tensor, mask: torch.Tensor, sequences: Sequence[Sequence[int]]
) -> tuple[torch.Tensor, torch.Tensor]:
    """Summed log-probability [M] of one target sequence a row, and the sequences' lengths [M]."""
    model = frozen.model
    ids, known = pad(sequences, model.config.pad_token_id, hidden.device)
    shifted = torch.cat([ids.new_full((len(ids), 1), model.config.decoder_start_token_id), ids[:, :-1]], dim=1)
    logits = model(encoder_outputs=(hidden,), attention_mask=mask, decoder_input_ids=shifted, use_cache=False).logits.float()
    per_token = torch.log_softmax(logits, dim=-1).gather(2, ids[..., None])[..., 0]
    return (per_token * known).sum(1), known.sum(1)
