"""Stored comparisons as a page reads them: steps against the untrained start of the same run, what was forgotten, by hand."""

from dataclasses import replace

import pytest

from ptlib.results.catalogue import Catalogue
from ptlib.transfer.starting import stored
from ptlib.transfer.starting.spec import OWN
from tests.fixtures import fake_warm

SPEC = fake_warm.spec()


def test_steps_seconds_and_what_was_forgotten(cache: object) -> None:
    fake_warm.write(SPEC)
    found = stored.load(SPEC, Catalogue())
    assert found is not None
    table = stored.measured(found).set_index("start")
    own, near, far = table.loc[OWN], table.loc[SPEC.starts[0]], table.loc[SPEC.starts[1]]
    assert (own["own_steps"], own["share"], own["forgotten"]) == (20, 1.0, None) or own.isna()["forgotten"]
    assert (near["warm_steps"], near["share"], near["reached"], near["seconds"]) == (5, 0.25, True, 1.0)
    assert near["forgotten"] == pytest.approx((0.9 - 0.7) / (0.9 - 0.5))
    assert (
        not far["reached"]
        and far["restricted"] == 3.0
        and far.isna()["share"]
        and far.isna()["seconds"]
        and far.isna()["forgotten"]
    )


def test_runs_of_one_task_that_differ_in_seed_and_starts_stand_together(cache: object) -> None:
    specs = [SPEC, replace(SPEC, seed=1, starts=("p7",)), replace(SPEC, settings=replace(SPEC.settings, steps=7))]
    for spec in specs:
        fake_warm.write(spec)
    found = stored.listing(Catalogue(), SPEC.backbone, SPEC.task)
    assert set(found) == set(specs) and not stored.listing(Catalogue(), SPEC.backbone, "demo/fairness")
    assert [set(group) for group in stored.alike(found)] == [set(specs[:2]), {specs[2]}]
