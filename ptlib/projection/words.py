"""Words that two vocabularies share, with their input embeddings in both models. Torch-free once the tables are read."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ptlib.base.errors import BadInput

if TYPE_CHECKING:
    import torch

    from ptlib.models.load import FrozenModel

LEAST_SHARED = 32
"""Fewer shared words say nothing about a space of dozens of dimensions."""
_STARTS = ("Ġ", "▁")
"""Marks of a token that begins a word (byte-level, SentencePiece)."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """A model's plain tokens and their input embeddings."""

    backbone: str
    ids: Mapping[str, int]
    """Token in a common spelling (a space before what begins a word) -> row of `table`."""
    table: np.ndarray
    """[V, D] float32."""


def vocabulary_of(frozen: "FrozenModel") -> Vocabulary:
    """Read tokens and embeddings; special tokens are left out."""
    tokenizer = frozen.tokenizer
    special = set(tokenizer.all_special_ids)
    tokens = tokenizer.convert_ids_to_tokens(list(range(len(tokenizer))))
    marked = any(token.startswith(_STARTS) for token in tokens)
    weight: torch.Tensor = frozen.model.get_input_embeddings().weight
    table = weight.detach().float().cpu().numpy()
    names = {_spelled(token, marked): row for row, token in enumerate(tokens) if row not in special and row < len(table)}
    return Vocabulary(frozen.spec.id, names, table)


def _spelled(token: str, marked: bool) -> str:
    """One spelling for all tokenizers; WordPiece marks what continues a word, the others what begins one."""
    if marked:
        return " " + token[1:] if token.startswith(_STARTS) else token
    return token.removeprefix("##") if token.startswith("##") else " " + token


def shared_rows(source: Vocabulary, target: Vocabulary) -> tuple[np.ndarray, np.ndarray]:
    """Embeddings of the shared words in both models, [V, D_s] and [V, D_t].

    Raises:
        BadInput: fewer than `LEAST_SHARED` shared words, or embeddings that are not finite.
    """
    words = [word for word in source.ids if word in target.ids]
    if len(words) < LEAST_SHARED:
        raise BadInput(
            f"The vocabularies of '{source.backbone}' and '{target.backbone}' share {len(words)} words; a map between "
            f"them needs at least {LEAST_SHARED}. Use anchors, or task tuning from a random start."
        )
    first = source.table[[source.ids[word] for word in words]]
    second = target.table[[target.ids[word] for word in words]]
    for vocabulary, rows in ((source, first), (target, second)):
        if not np.isfinite(rows).all():
            raise BadInput(f"The word embeddings of '{vocabulary.backbone}' are not all finite numbers. Get its weights again.")
    return first, second
