"""What a fit may see: common tasks, moments of a prompt, untrained prompts."""

from dataclasses import replace

import numpy as np
import pytest

from ptlib.base.errors import BadInput
from ptlib.projection.material import (
    EARLIEST,
    FRESH,
    SCALED,
    at_tuned_length,
    collect,
    common_tasks,
    prompt_keys,
    untrained_prompts,
    words_in_turn,
)
from ptlib.projection.spec import recipe
from ptlib.results.catalogue import Catalogue
from tests.unit.projection.conftest import SMALL, T5, TASKS, WIDE, Maker

SPEC = recipe(SMALL, WIDE, TASKS[:1])


def test_common_tasks_are_those_both_can_answer(make_job: Maker) -> None:
    make_job()
    names = common_tasks(SPEC, Catalogue(), "mlm")
    assert len(names) == 13 and set(TASKS) < set(names)
    assert common_tasks(replace(SPEC, source=T5), Catalogue(), "mlm") == names  # its questions and summaries have no label words
    with pytest.raises(BadInput, match="no task in common"):
        common_tasks(replace(SPEC, seeds=(7, 8)), Catalogue(), "mlm")


def test_prompts_of_the_main_recipe_that_started_cold(make_job: Maker) -> None:
    make_job()
    keys = prompt_keys(Catalogue(), SMALL)
    rows = {row.id: row for row in Catalogue().prompt_rows(SMALL)}
    assert len(keys) == 39 and all(rows[name].init == "vocab" for name in keys.values())


def test_moments_leave_the_beginning_out(make_job: Maker) -> None:
    material = make_job().material
    trail = material.trails[TASKS[0], 0]
    moments = material.moments(TASKS[0], (0,))
    assert len(moments) == 1 + sum(step >= EARLIEST for step in trail)
    assert not any(np.array_equal(trail[0], values) for values in moments)


def test_values_that_are_not_finite_are_refused(make_job: Maker, monkeypatch: pytest.MonkeyPatch) -> None:
    words = make_job().material.words
    monkeypatch.setattr(Catalogue, "values", lambda self, name: np.full((20, 128), np.inf, np.float32))
    with pytest.raises(BadInput, match="not finite numbers"):
        collect(SPEC, Catalogue(), words, TASKS)


def test_untrained_prompts_are_words_some_as_long_as_tuned_ones(make_job: Maker) -> None:
    job = make_job()
    material, rng = job.material, np.random.default_rng(0)
    table = {row.tobytes() for row in material.words[0].table[list(material.words[0].ids.values())]}
    plain = words_in_turn(material.words[0], 20, rng)
    assert all(token.tobytes() in table for token in plain)
    tuned = list(material.source.values())
    lengths = np.concatenate([np.linalg.norm(values, axis=1) for values in tuned])
    scaled = np.linalg.norm(at_tuned_length(plain, tuned, rng), axis=1)
    assert np.abs(scaled[:, None] - lengths[None]).min(1).max() < 1e-3
    starts = len(TASKS) * 2  # of the two fitted seeds
    assert len(untrained_prompts(job.spec, material, 2)) == starts + FRESH + SCALED
