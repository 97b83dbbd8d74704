"""Queries are many, belong to one family, and without one a prior decides."""

from collections import Counter

import pytest

from ptlib.demo.world.corpus_queries import AFTER, BEFORE, CLASSIFYING, prior


def test_queries_are_many_and_belong_to_one_family():
    seen = Counter(text for group in BEFORE.values() for text in group)
    assert max(seen.values()) == 1
    assert all(len(BEFORE[family]) >= 6 for family in CLASSIFYING)
    assert all(text.count("{label}") == 1 for group in AFTER.values() for text in group)


def test_the_prior_sums_to_one_and_has_one_most_likely_word():
    for words in (("no", "yes"), (" no", " yes", " maybe"), ("negative", "positive", "neutral")):
        shares = prior(words)
        assert sum(shares) == pytest.approx(1) and shares.index(max(shares)) == 1
