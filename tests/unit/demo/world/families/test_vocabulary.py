"""The content words of the world, and how they stand in texts."""

import random
from itertools import pairwise

from ptlib.demo.world import families
from ptlib.demo.world.families.base import a
from ptlib.tasks.demo import DEMO_TASKS


def texts(item):
    return item.text_a, item.text_b


def test_words_and_articles():
    assert 900 < len(families.WORDS) < 1200
    assert a("unreasonable thing") == "an unreasonable thing" and a("usual day") == "a usual day"
    rng = random.Random(0)
    for task in DEMO_TASKS:
        for _ in range(100):
            words = " ".join(texts(families.make(task.id, rng, "corpus"))).split()
            wrong = [
                pair
                for pair in pairwise(words)
                if (pair[0] == "a" and pair[1][0] in "aeio")
                or (pair[0] == "an" and pair[1][0] not in "aeiou" and pair[1] != "hour")
            ]
            assert not wrong, " ".join(words)
            assert words == [word.lower() for word in words]
