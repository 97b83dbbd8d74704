"""Drawing words and keeping the splits apart.

Every opinion, argument, premise, question and fact sentence belongs to exactly one split, decided by a checksum of its words.
A sentence of the evaluation split is therefore never generated for the pretraining corpus, whatever the seed.
"""

import random
import zlib
from collections.abc import Callable, Sequence
from typing import TypeVar

from ptlib.demo.world.items import Split

T = TypeVar("T")
Told = TypeVar("Told", bound=tuple)
_BUCKETS: tuple[Split, ...] = (*("corpus",) * 7, "train", "validation", "evaluation")


def pick(rng: random.Random, options: Sequence[T]) -> T:
    """One of the options; much faster than `rng.choice`."""
    return options[int(rng.random() * len(options))]


def chance(rng: random.Random, probability: float) -> bool:
    """True with this probability."""
    return rng.random() < probability


def other(rng: random.Random, options: Sequence[T], than: T) -> T:
    """One of the options that is not `than`."""
    while (found := pick(rng, options)) == than:
        pass
    return found


def split_of(sentence: str) -> Split:
    """The only split that may contain this sentence; punctuation does not count."""
    words = " ".join(word for word in sentence.split() if word.isalnum())
    return _BUCKETS[zlib.crc32(words.encode()) % len(_BUCKETS)]


def held(rng: random.Random, split: Split, build: Callable[[random.Random], str]) -> str:
    """Draw until the sentence falls into the split."""
    while split_of(text := build(rng)) != split:
        pass
    return text


def held_first(rng: random.Random, split: Split, build: Callable[[random.Random], Told]) -> Told:
    """Draw a text with what belongs to it until the text, which stands first, falls into the split."""
    while split_of((told := build(rng))[0]) != split:
        pass
    return told


def a(phrase: str) -> str:
    """The phrase with its indefinite article."""
    return f"{'an' if phrase[0] in 'aeiou' and not phrase.startswith(('usual', 'use', 'uni', 'one')) else 'a'} {phrase}"


def join(rng: random.Random, first: str, second: str) -> str:
    """Two sentences in random order."""
    return f"{first} {second}" if rng.random() < 0.5 else f"{second} {first}"
