"""The corpus keeps held-out texts out and holds its gates."""

import random
import re
from collections import Counter

import pytest

from ptlib.demo.world import families
from ptlib.demo.world.corpora import corpus_documents, corpus_of
from ptlib.demo.world.corpus import Mix, Noise, Slot
from ptlib.demo.world.corpus_queries import prior
from ptlib.tasks.demo import DEMO_TASKS


def plain(text: str) -> str:
    """Lower-case letters and digits only: what counts as the same text."""
    return re.sub(r"[^a-z0-9]+", " ", text.lower()).strip()


def _sentences(text):
    """Sentences long enough not to be a mere phrase."""
    found = (plain(part) for part in text.replace(" ? ", " . ").replace(" ! ", " . ").split(" . "))
    return {sentence for sentence in found if len(sentence.split()) > 4}


@pytest.mark.parametrize("model", ["mlm", "t5"])
def test_no_held_out_text_is_in_the_corpus(model):
    pieces = [piece for document in corpus_documents(11, 3000, model) for piece in document.pieces if isinstance(piece, str)]
    seen, said = {plain(piece) for piece in pieces}, {sentence for piece in pieces for sentence in _sentences(piece)}
    for task in DEMO_TASKS:
        rng = random.Random(5)
        for split in ("validation", "evaluation"):
            for _ in range(40):
                item = families.make(task.id, rng, split)
                texts = {plain(item.text_a), plain(f"{item.text_a} {item.text_b}")}
                assert not texts & seen, item
    for seed in range(100):
        for split in ("validation", "evaluation"):
            for make in (families.opinion, families.argument):
                text = make(random.Random(seed), seed % 2, split)
                assert text.count(" .") + text.count(" ?") > 1 or plain(text) not in said, text
    own = {sentence for seed in range(400) for sentence in _sentences(families.opinion(random.Random(seed), 1, "corpus"))}
    assert own & said, "corpus sentences should repeat, or this test compares nothing"


@pytest.mark.parametrize("model", ["mlm", "t5"])
def test_every_family_has_its_gates(model):
    mix = Mix(gate=0.2, cross=0.25, wild=0.1)
    documents = list(corpus_documents(1, 4000, model, mix))
    kinds = Counter(document.kind for document in documents)
    for kind, share in (("gate", 0.2), ("cross", 0.25), ("wild", 0.1), ("task", 0.45)):
        assert abs(kinds[kind] / 4000 - share) < 0.03
    closed = Counter(document.family for document in documents if document.kind in ("gate", "cross"))
    told = Counter(document.family for document in documents if document.kind == "task")
    for family in corpus_of(model).families:
        assert closed[family] * 2 >= told[family], family


def test_a_gate_says_nothing_about_its_text():
    for document in corpus_documents(2, 3000, "mlm"):
        if document.kind not in ("gate", "cross"):
            continue
        slot = next(piece for piece in document.pieces if isinstance(piece, Slot))
        assert len(slot.words) > 1 and abs(sum(slot.probabilities) - 1) < 1e-9
        if document.kind == "gate":
            assert slot.probabilities == prior(slot.words)


def test_noise_of_every_kind_is_shown():
    kinds = {piece.kind for document in corpus_documents(2, 2000, "mlm") for piece in document.pieces if isinstance(piece, Noise)}
    assert kinds == {"rows", "uniform", "normal", "scaled"}
