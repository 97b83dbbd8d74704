"""The matrix of one fit: its rows, controls that no fit has seen, and what is measured of a line."""

import numpy as np

from ptlib.projection.fitting.fit import fit
from ptlib.projection.material import untrained_prompts
from ptlib.projection.matrix import RANDOM, SCALED, _random_prompts, lines, measure
from ptlib.tasks.registry import get_task
from tests.unit.projection.conftest import FEW, TASKS, Maker

TARGETS = TASKS[:2]


def test_rows_of_a_trained_projector(make_job: Maker) -> None:
    job = make_job(limit=4, **FEW)
    rows = lines(fit(job), job, TARGETS)
    count = {group: sum(row.group == group for row in rows) for group in dict.fromkeys(row.group for row in rows)}
    assert count["task"] == len(TASKS) and count["random"] == RANDOM and count["random_tuned_norm"] == SCALED
    single = ("shuffled", "random_projector", "vocabulary", "relative", "anchors")
    assert all(count[group] == len(TARGETS) for group in single) and set(count) == {
        "task",
        "random",
        "random_tuned_norm",
        *single,
    }
    assert all(row.target == row.name for row in rows if row.group in single)
    assert all(row.values.shape == (20, 192) and np.isfinite(row.values).all() for row in rows)
    measured = measure(rows, job, TARGETS)
    assert len(measured) == len(TARGETS) * (len(TASKS) + RANDOM + SCALED + len(single))
    for one in measured:
        assert len(one.score) == len(one.predicted) == len(one.margin) == 4 and one.seed == 2
        assert set(one.predicted) <= set(range(len(get_task(one.target).labels)))
        assert np.array_equal(one.score, (one.margin > 0).astype(np.uint8))


def test_a_map_without_training_is_not_shown_beside_itself(make_job: Maker) -> None:
    job = make_job("relative", limit=2)
    groups = {row.group for row in lines(fit(job), job, TARGETS)}
    assert "relative" not in groups and "random_projector" not in groups and {"vocabulary", "anchors"} <= groups


def test_random_prompts_of_the_matrix_are_seen_by_no_fit(make_job: Maker) -> None:
    job = make_job()
    seen = {values.tobytes() for values in untrained_prompts(job.spec, job.material, 2)}
    drawn = [values for _, _, values in _random_prompts(job.spec, 2, job.material)]
    assert len(drawn) == RANDOM + SCALED and not any(values.tobytes() in seen for values in drawn)
