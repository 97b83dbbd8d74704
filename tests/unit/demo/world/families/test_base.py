"""Every sentence belongs to one split; articles."""

import random
from collections import Counter

from ptlib.demo.world import families
from ptlib.demo.world.families.base import held, split_of
from ptlib.demo.world.items import SPLITS


def test_every_sentence_has_one_split():
    rng = random.Random(0)
    for split in SPLITS:
        assert all(split_of(families.opinion(rng, value, split)) == split for value in (0, 1, 2) for _ in range(20))
        assert all(split_of(families.argument(rng, value, split)) == split for value in (0, 1) for _ in range(20))
    assert split_of("the soup was bland .") == split_of("the soup was bland !")
    drawn = Counter(split_of(held(rng, split_of(str(n)), lambda r: str(r.randrange(10**9)))) for n in range(400))
    assert drawn["corpus"] > 200 and min(drawn[split] for split in SPLITS) > 10
