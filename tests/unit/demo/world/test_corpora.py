"""Documents of every model family depend on the seed alone."""

import pytest

from ptlib.demo.world.corpora import corpus_documents


@pytest.mark.parametrize("model", ["mlm", "t5"])
def test_documents_depend_on_the_seed_alone(model):
    first, again = list(corpus_documents(3, 200, model)), list(corpus_documents(3, 200, model))
    assert first == again
    assert first != list(corpus_documents(4, 200, model))
