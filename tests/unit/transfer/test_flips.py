"""Which examples flip: the four quadrants, and what they say."""

import pandas as pd

from ptlib.transfer import flips


def test_flips_are_counted_by_quadrant_and_sorted_by_change() -> None:
    ids = ["1", "2", "3", "4"]
    own = pd.DataFrame(
        {"example_id": ids, "gold": "x", "predicted": "x", "score": [1, 1, 0, 0], "margin": [2.0, 1.0, -1.0, -2.0]}
    )
    reused = own.assign(score=[1, 0, 1, 0], margin=[2.5, -3.0, 1.0, -2.1])
    table = flips.join(own, reused, pd.DataFrame({"id": ids, "text_a": list("abcd"), "text_b": ""}))
    assert flips.counts(table) == {"lost": 1, "gained": 1, "both": 1, "neither": 1}
    assert list(table.id) == ["2", "3", "1", "4"] and list(table.quadrant[:2]) == ["lost", "gained"]


def test_the_sentence_says_what_is_lost_and_gained() -> None:
    assert "loses more than it gains" in flips.reading({"lost": 2, "gained": 1, "both": 3, "neither": 0})
    assert "exactly the same of the 3" in flips.reading({"lost": 0, "gained": 0, "both": 3, "neither": 0})
    assert "No example" in flips.reading(dict.fromkeys(flips.WORDS, 0))
