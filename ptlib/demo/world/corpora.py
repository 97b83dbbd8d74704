"""The corpus of every model family."""

import random
from collections.abc import Iterator

from ptlib.demo.world.corpus import Corpus, Document, Mix
from ptlib.demo.world.corpus_t5 import CorpusT5


def corpus_of(model: str) -> Corpus:
    """The corpus of a model family, "mlm" or "t5"."""
    return Corpus() if model == "mlm" else CorpusT5()


def corpus_documents(seed: int, n: int, model: str = "mlm", mix: Mix | None = None) -> Iterator[Document]:
    """The first `n` documents of a seed."""
    rng, corpus = random.Random(seed), corpus_of(model)
    for _ in range(n):
        yield corpus.draw(rng, mix or Mix())
