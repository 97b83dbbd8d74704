"""Words near soft tokens, and what distance is usual among words."""

import numpy as np

from ptlib.analysis import vocabulary


def test_a_soft_token_on_a_word_is_near_it_and_others_are_far() -> None:
    rng = np.random.default_rng(0)
    known = vocabulary.build([f"w{place}" for place in range(400)], rng.normal(size=(400, 8)).astype(np.float32))
    prompt = np.stack([known.table[7] * 2, rng.normal(size=8)]).astype(np.float32)
    found = vocabulary.nearest(prompt, known)
    assert found.words[0].startswith("w7 (0.00)") and found.distance[1] > 0.01
    assert "soft token" in vocabulary.reading(found, known)
