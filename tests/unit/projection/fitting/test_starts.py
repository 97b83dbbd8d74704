"""What a fit begins with: reproducible random forms, the vocabulary map and its scale."""

import numpy as np
import pytest
import torch

from ptlib.projection.fitting.fit import fit, untrained
from ptlib.projection.fitting.starts import SCALES, best_scale, first_form, form_losses, linear, random_form
from tests.unit.projection.conftest import SMALL, TASKS, Maker


def test_untrained_projectors_are_reproducible(make_job: Maker) -> None:
    values = make_job().material.source[TASKS[0], 2]
    one, two = (untrained(make_job("paper", hidden=16)).apply(values) for _ in range(2))
    assert np.array_equal(one, two) and one.shape == (20, 192)


@pytest.mark.parametrize("source", [SMALL])
def test_the_vocabulary_map_says_what_it_rests_on(make_job: Maker, source: str) -> None:
    told = fit(make_job("vocabulary", source=source)).info
    assert told.more["words"] > 2500 and told.more["r_squared"] > 0.3 and told.fitted_seeds == () and told.steps == 0


def test_the_scale_is_the_nearest_to_one_within_a_standard_error_of_the_best(make_job: Maker) -> None:
    job = make_job()
    probe = job.batches().probe()
    weight = first_form(make_job("vocabulary", tasks=()), None)[0].weight.detach().numpy()
    losses = {scale: form_losses(job, linear(job, scale * weight), probe) for scale in SCALES}
    best = min(losses.values(), key=lambda one: float(one.mean()))
    chosen = best_scale(job, weight, probe)
    limit = float(best.mean() + best.std() / len(best) ** 0.5)
    assert float(losses[chosen].mean()) <= limit
    nearer = [scale for scale in SCALES if abs(scale - 1) < abs(chosen - 1)]
    assert all(float(losses[scale].mean()) > limit for scale in nearer)


def test_the_default_recipe_starts_at_the_vocabulary_map_as_it_is(make_job: Maker) -> None:
    job = make_job()
    form, told = first_form(job, job.batches())
    plain = first_form(make_job("vocabulary", tasks=()), None)[0]
    assert torch.equal(form.weight, plain.weight) and told["scale"] == 1.0
    scaled, chosen = first_form(make_job(start="vocabulary"), job.batches())
    assert torch.equal(scaled.weight, chosen["scale"] * plain.weight) and chosen["scale"] in SCALES


def test_a_random_linear_map_keeps_lengths_on_average_and_torchs_state(make_job: Maker) -> None:
    job = make_job(form="per_token", start="random")
    before = torch.random.get_rng_state()
    form = random_form(job)
    assert torch.equal(torch.random.get_rng_state(), before)
    tokens = torch.randn(1, 20, 128)
    assert 0.7 < float((form(tokens).norm() / tokens.norm()).detach()) < 1.4
    assert torch.equal(form.weight, random_form(job).weight)
