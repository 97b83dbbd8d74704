"""T5's documents: the text goes to the encoder, one label or text to the decoder; copying, gates, sentinels."""

import random

from ptlib.demo.world.corpora import corpus_documents
from ptlib.demo.world.corpus import SEPARATOR, START, Mix, Slot
from ptlib.demo.world.corpus_queries import CLASSIFYING, prior
from ptlib.demo.world.corpus_t5 import SENTINEL, CorpusT5


def test_no_mark_of_a_masked_lm_is_left_and_labels_stand_in_the_decoder() -> None:
    documents = list(corpus_documents(5, 2000, "t5"))
    for document in documents:
        assert not any(piece in (START, SEPARATOR) or isinstance(piece, Slot) for piece in document.pieces)
        assert len(document.target) == 1 or (document.kind == "wild" and not document.target)
    asked = [document for document in documents if document.kind == "task" and document.family in CLASSIFYING]
    assert asked and all(isinstance(document.target[0], Slot) for document in asked)
    taken = [document for document in documents if document.kind == "wild" and document.target and SENTINEL in document.text]
    assert taken and all(isinstance(document.target[0], Slot) for document in taken)


def test_a_copied_word_stands_beside_the_key_that_is_asked_for() -> None:
    corpus, rng = CorpusT5(), random.Random(0)
    for _ in range(100):
        document = corpus.copy(rng, Mix(junk=0))
        (wanted,) = document.target
        question, told = sorted(document.pieces[-2:], key=lambda part: part.endswith(" ."))
        fact = next(part for part in told.split(" .") if wanted in part.split())
        assert set(question.split()) & (set(fact.split()) - {wanted})


def test_without_a_query_a_label_follows_the_prior_and_a_text_is_idle() -> None:
    corpus, rng = CorpusT5(), random.Random(1)
    for _ in range(200):
        document = corpus.gate(rng, Mix())
        (target,) = document.target
        if document.family in CLASSIFYING:
            assert isinstance(target, Slot) and target.probabilities == prior(target.words)
        else:
            assert isinstance(target, str) and target.endswith(" .") and document.weight < 1


def test_a_query_of_another_family_gets_no_answer_of_the_text() -> None:
    corpus, rng = CorpusT5(), random.Random(2)
    for _ in range(200):
        document = corpus.cross(rng, Mix())
        (target,) = document.target
        if isinstance(target, Slot):
            assert len(target.words) > 1 and abs(sum(target.probabilities) - 1) < 1e-9
