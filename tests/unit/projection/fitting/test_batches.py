"""Batches of task tuning: a function of the step alone, from prompts a fit may see."""

import numpy as np
import torch

from ptlib.projection.fitting.batches import POSITIVE, SHARES, Batches
from tests.unit.projection.conftest import TASKS, Maker


def test_nothing_of_the_held_out_seed_enters_a_fit(make_job: Maker) -> None:
    job = make_job()
    batches = job.batches()
    seen = [
        *batches.untrained,
        *(prompt for pool in (batches.positives, batches.others) for part in pool.values() for prompt in part),
    ]
    hidden = [values for (_, seed), values in job.material.source.items() if seed == 2]
    hidden += [values for (_, seed), trail in job.material.trails.items() if seed == 2 for values in trail.values()]
    assert hidden and not any(np.array_equal(one, other) for one in seen for other in hidden)


def test_other_families_never_hold_the_training_tasks_own(make_job: Maker) -> None:
    job = make_job()
    kin = [job.material.source[task, seed] for task in TASKS[:2] for seed in (0, 1)]
    assert not any(np.array_equal(one, other) for one in job.batches().others[TASKS[0]] for other in kin)


def test_a_batch_is_a_function_of_its_step(make_job: Maker) -> None:
    job = make_job()
    one, again, other = job.batches().at(3), job.batches().at(3), job.batches().at(4)
    assert torch.equal(one.prompts, again.prompts) and one.rows == again.rows and torch.equal(one.uniform, again.uniform)
    assert not torch.equal(one.prompts, other.prompts)


def test_shares_of_positives_and_negatives(make_job: Maker) -> None:
    batches: Batches = make_job(batch_size=16).batches()
    share = 1 - torch.cat([batches.at(step).uniform for step in range(60)]).float().mean()
    assert abs(float(share) - SHARES[POSITIVE] / sum(SHARES)) < 0.06
    alone = make_job(untrained=False, others=False).batches()
    assert not alone.at(0).uniform.any()


def test_the_papers_form_sees_one_prompt_as_it_is(make_job: Maker) -> None:
    job = make_job("paper")
    batch = job.batches().at(0)
    only = torch.as_tensor(np.array(job.material.source[TASKS[0], 0]))
    assert all(torch.equal(prompt, only) for prompt in batch.prompts)


def test_the_probe_has_no_noise_and_only_labels(make_job: Maker) -> None:
    job = make_job()
    probe = job.batches().probe()
    known = [values for part in job.batches().positives.values() for values in part]
    assert not probe.uniform.any()
    assert all(any(np.array_equal(prompt.numpy(), values) for values in known) for prompt in probe.prompts)
