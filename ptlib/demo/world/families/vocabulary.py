"""The content words of the world: those of the tables and those of the frames, found by drawing texts."""

import random
from collections.abc import Callable, Iterator
from typing import Any

from ptlib.demo.world.families import lexicon, questions, summaries
from ptlib.demo.world.families.words import ethics as ethics_words
from ptlib.demo.world.families.words import inference as inference_words
from ptlib.demo.world.families.words import paraphrase as paraphrase_words
from ptlib.demo.world.families.words import sentiment as sentiment_words

_TABLES = (lexicon, sentiment_words, ethics_words, inference_words, paraphrase_words, questions, summaries)
_COMMON = frozenset(
    (
        *(
            "a",
            "an",
            "the",
            "is",
            "are",
            "was",
            "were",
            "be",
            "am",
            "i",
            "we",
            "you",
            "he",
            "she",
            "it",
            "they",
            "me",
            "us",
            "him",
        ),
        *(
            "her",
            "them",
            "my",
            "our",
            "your",
            "his",
            "its",
            "this",
            "that",
            "these",
            "those",
            "and",
            "or",
            "but",
            "so",
            "if",
            "of",
        ),
        *(
            "to",
            "in",
            "on",
            "at",
            "by",
            "for",
            "with",
            "from",
            "as",
            "not",
            "no",
            "yes",
            "do",
            "does",
            "did",
            "can",
            "could",
            "will",
        ),
        *("would", "shall", "should", "must", "have", "has", "had", "there", "because", "then", "than", "too", "s"),
    )
)


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from _strings(tuple(value.items()))
    elif isinstance(value, tuple | list):
        for inner in value:
            yield from _strings(inner)
    elif hasattr(value, "__slots__") and not isinstance(value, type):
        for name in value.__slots__:
            yield from _strings(getattr(value, name, ()))


def words(draws: Callable[[random.Random], str], count: int) -> tuple[str, ...]:
    """Every word of the tables and of some drawn texts that carries content, sorted."""
    rng = random.Random(0)
    found = {word for _ in range(count) for word in draws(rng).split()}
    for module in _TABLES:
        for name, value in vars(module).items():
            if name.strip("_").isupper():
                found.update(word for text in _strings(value) for word in text.split())
    return tuple(sorted(word for word in found if word.isalpha() and word.islower() and word not in _COMMON))
