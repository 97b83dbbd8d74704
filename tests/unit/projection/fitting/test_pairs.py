"""Fits on pairs of prompts: too few, whose they are, and anchors without their own task."""

import numpy as np
import pytest

from ptlib.base.errors import BadInput
from ptlib.projection.fitting.fit import fit
from ptlib.projection.fitting.pairs import WORD_PAIRS, prompt_pairs
from tests.unit.projection.conftest import TASKS, Maker


def test_one_pair_is_too_few(make_job: Maker) -> None:
    with pytest.raises(BadInput, match="There is 1 pair of prompts"):
        fit(make_job("distance", seeds=(0, 2)))


def test_anchors_leave_the_own_task_out(make_job: Maker) -> None:
    job = make_job("anchors")
    projector = fit(job)
    values = job.material.source[TASKS[0], 2]
    assert not np.array_equal(projector.apply(values, TASKS[0]), projector.apply(values))
    assert projector.info.more["anchor_tasks"] == TASKS


def test_pairs_are_of_the_same_task_and_seed_and_never_of_the_held_out_one(make_job: Maker) -> None:
    job = make_job("distance", untrained=False)
    first, second = prompt_pairs(job)
    keys = [(TASKS[0], seed) for seed in (0, 1)]
    assert len(first) == len(second) == 2
    for place, key in enumerate(keys):
        assert np.array_equal(first[place], job.material.source[key]) and np.array_equal(second[place], job.material.target[key])


def test_untrained_pairs_are_the_same_words_in_both_models(make_job: Maker) -> None:
    job = make_job("distance")
    first, second = prompt_pairs(job)
    assert len(first) == 2 + WORD_PAIRS
    source, target = job.material.words
    rows = {values.tobytes(): word for word, values in ((word, source.table[row]) for word, row in source.ids.items())}
    words = [rows[token.tobytes()] for token in first[-1]]
    assert all(np.array_equal(target.table[target.ids[word]], token) for word, token in zip(words, second[-1], strict=True))


def test_distance_per_token_is_nearer_to_its_pairs_than_the_start(make_job: Maker) -> None:
    plain = make_job("distance", untrained=False)
    first, second = prompt_pairs(plain)
    moved, start = fit(plain).apply(first), fit(make_job("vocabulary")).apply(first)
    assert np.square(moved - second).mean() < np.square(start - second).mean()
