"""The content words of the world: those of the tables and those of the frames, found by drawing texts."""

import random
from collections.abc import Callable, Iterator
from typing import Any

from ptlib.demo.world.families import lexicon, questions, summaries
from ptlib.demo.world.families import words as word_tables
from ptlib.demo.world.tables import read

_TABLES = (lexicon, word_tables, questions, summaries)
_COMMON = frozenset(read("lexicon")["common"])


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
