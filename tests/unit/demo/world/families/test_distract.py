"""Second latents: the share of texts that carry one, and that it says nothing about the label."""

import random

import pytest

from ptlib.demo.world import families
from ptlib.tasks.demo import DEMO_TASKS

OWN_LATENT = {"sentiment": "sentiment", "inference": "entailment", "ethics": "ethics", "paraphrase": "paraphrase"}


@pytest.mark.parametrize("task", [task for task in DEMO_TASKS if task.is_classification], ids=lambda task: task.id)
def test_label_is_the_latent_of_the_family(task):
    rng, key = random.Random(0), OWN_LATENT[task.family]
    items = [families.make(task.id, rng, "train") for _ in range(300)]
    assert all(item.latents[key] == item.label and item.family == task.family for item in items)
    second = [item for item in items if len(item.latents) > 1]
    low, high = {"sentiment": (0.25, 0.45), "ethics": (0.35, 0.55)}.get(task.family, (0.15, 0.35))
    assert low < len(second) / len(items) < high
    agree = sum(item.label == next(value for name, value in item.latents.items() if name != key) for item in second)
    assert 0.2 < agree / len(second) < 0.8  # the second latent says nothing about the label
