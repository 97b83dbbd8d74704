"""The words of the generator's tables."""

from collections.abc import Iterator
from typing import Any

from ptlib.world.families import (
    ethics_words,
    inference_words,
    lexicon,
    paraphrase_words,
    questions,
    sentiment_words,
    summaries,
)

_COMMON = frozenset(
    ["a", "an", "the", "is", "are", "was", "were", "be", "am", "i", "we", "you", "he", "she", "it", "they", "me", "us", "him", "her", "them", "my", "our", "your", "his", "its", "this", "that", "these", "those", "and", "or", "but", "so", "if", "of", "to", "in", "on", "at", "by", "for", "with", "from", "as", "not", "no", "yes", "do", "does", "did", "can", "could", "will", "would", "shall", "should", "must", "have", "has", "had", "there", "because", "then", "than", "too", "n", "m", "d", "r", "k", "c", "v", "t", "s", "h", "x", "p", "o"]
)


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _strings(key)
            yield from _strings(inner)
    elif isinstance(value, tuple | list):
        for inner in value:
            yield from _strings(inner)
    elif hasattr(value, "__slots__") and not isinstance(value, type):
        for name in value.__slots__:
            yield from _strings(getattr(value, name, ()))


def words() -> tuple[str, ...]:
    """Every word of the tables that carries content, sorted."""
    found: set[str] = set()
    for module in (lexicon, sentiment_words, ethics_words, inference_words, paraphrase_words, questions, summaries):
        for name, value in vars(module).items():
            if name.strip("_").isupper():
                for text in _strings(value):
                    found.update(text.split())
    return tuple(sorted(word for word in found if word.isalpha() and word.islower() and word not in _COMMON))
