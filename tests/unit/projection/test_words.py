"""Which words two vocabularies share, whatever marks their tokenizers use."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from ptlib.base.errors import BadInput
from ptlib.projection.words import LEAST_SHARED, Vocabulary, shared_rows, vocabulary_of


class Tokenizer:
    def __init__(self, tokens: list[str]) -> None:
        self.tokens, self.all_special_ids = tokens, [0]

    def __len__(self) -> int:
        return len(self.tokens)

    def convert_ids_to_tokens(self, ids: list[int]) -> list[str]:
        return [self.tokens[place] for place in ids]


def vocabulary(name: str, tokens: list[str]) -> Vocabulary:
    weight = torch.arange(float(len(tokens)))[:, None].expand(-1, 2)
    model = SimpleNamespace(get_input_embeddings=lambda: SimpleNamespace(weight=weight))
    return vocabulary_of(SimpleNamespace(tokenizer=Tokenizer(tokens), model=model, spec=SimpleNamespace(id=name)))


WORDS = [f"word{number}" for number in range(LEAST_SHARED)]


def test_marks_of_byte_level_sentencepiece_and_wordpiece_mean_the_same() -> None:
    byte_level = vocabulary("a", ["<s>", *("Ġ" + word for word in WORDS), "ing"])
    pieces = vocabulary("b", ["<s>", *("▁" + word for word in WORDS), "ing"])
    wordpiece = vocabulary("c", ["<s>", *WORDS, "##ing"])
    assert set(byte_level.ids) == set(pieces.ids) == set(wordpiece.ids) == {*(" " + word for word in WORDS), "ing"}
    first, second = shared_rows(byte_level, wordpiece)
    assert len(first) == LEAST_SHARED + 1 and np.array_equal(first, second)


def test_vocabularies_that_share_nothing_are_refused() -> None:
    with pytest.raises(BadInput, match="'a' and 'b' share 1 words"):
        shared_rows(vocabulary("a", ["<s>", "Ġone", "Ġtwo"]), vocabulary("b", ["<s>", "▁two", "▁three"]))


def test_embeddings_that_are_not_finite_are_refused() -> None:
    table = np.full((LEAST_SHARED, 2), np.nan, np.float32)
    broken = Vocabulary("a", {word: place for place, word in enumerate(WORDS)}, table)
    with pytest.raises(BadInput, match="not all finite"):
        shared_rows(broken, broken)
