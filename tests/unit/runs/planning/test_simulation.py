"""Simulated devices: small cases by hand, bounds on many, the same answer every time."""

import random
from collections.abc import Sequence

import pytest

from ptlib.base.errors import BadInput
from ptlib.runs.planning.simulation import NOTHING, Costs, Job, Simulated, simulate

FREE = Costs({"a": 0.0, "b": 0.0})


def test_the_longest_job_is_done_first() -> None:
    jobs = [Job("a", seconds) for seconds in (1, 2, 3, 4)]
    found = simulate(jobs, 2, FREE)
    assert found.order == ((3, 0, 0.0), (2, 1, 0.0), (1, 1, 3.0), (0, 0, 4.0))
    assert found.seconds == 5 and found.limit == NOTHING


def test_what_others_wait_for_is_done_before_what_is_longer_itself() -> None:
    jobs = [Job("a", 2), Job("a", 3), Job("a", 3, after=0)]
    found = simulate(jobs, 1, FREE)
    assert [place for place, _, _ in found.order] == [0, 1, 2] and found.seconds == 8
    assert simulate(jobs, 2, FREE).seconds == 5 == simulate(jobs, 9, FREE).longest
    assert simulate(jobs, 9, FREE).limit == "the longest stack"


def test_a_device_pays_for_another_backbone_and_keeps_the_one_it_holds() -> None:
    jobs = [Job(backbone, 4 + place / 10) for place, backbone in enumerate("abab")]
    found = simulate(jobs, 1, Costs({"a": 2.0, "b": 3.0}))
    assert [jobs[place].backbone for place, _, _ in found.order] == ["a", "a", "b", "b"]  # 4.2 - 2 against 4.3 - 3
    assert found.loading == 5 and found.seconds == pytest.approx(16.6 + 5)
    assert simulate(jobs, 4, Costs({"a": 20.0, "b": 30.0})).limit == "loading backbones"


def test_a_far_longer_job_is_worth_the_loading() -> None:
    jobs = [Job("a", 1), Job("a", 1), Job("b", 9)]
    found = simulate(jobs, 1, Costs({"a": 1.0, "b": 2.0}))
    assert found.order == ((2, 0, 0.0), (0, 0, 11.0), (1, 0, 13.0)) and found.seconds == 14


def test_one_driver_writes_one_result_after_another_and_what_waits_begins_after_it() -> None:
    jobs = [Job("a", 1, 3), Job("a", 1, 3), Job("a", 1, 0, after=1)]
    found = simulate(jobs, 2, Costs({"a": 0.0}, write=2.0))
    assert found.order[-1] == (2, 0, 13.0)  # job 0 is written from 1 to 7, job 1 from 7 to 13
    assert found.seconds == 14 and found.writing == 12
    assert found.limit == "the driver's writes"


def lists(count: int) -> list[tuple[list[Job], Costs]]:
    """Random jobs that wait for earlier ones."""
    dice = random.Random(7)
    out = []
    for _ in range(count):
        jobs: list[Job] = []
        for place in range(dice.randint(1, 40)):
            after = dice.randrange(place) if place and dice.random() < 0.5 else None
            backbone = jobs[after].backbone if after is not None else dice.choice("ab")
            jobs.append(Job(backbone, dice.uniform(0, 9), dice.randint(0, 3), after))
        out.append((jobs, Costs({"a": dice.uniform(0, 3), "b": dice.uniform(0, 3)}, dice.choice((0.0, 0.01, 1.0)))))
    return out


@pytest.mark.parametrize("devices", [1, 2, 7, 64])
def test_bounds_hold_and_every_job_is_done_once(devices: int) -> None:
    for jobs, costs in lists(60):
        found = simulate(jobs, devices, costs)
        assert sorted(place for place, _, _ in found.order) == list(range(len(jobs)))
        lower = max(found.working / devices, found.longest, found.writing)
        assert lower - 1e-9 <= found.seconds <= found.working + found.loading + found.writing + 1e-9
        assert found == simulate(jobs, devices, costs)
        _nobody_does_two_things_at_once(jobs, found)


def _nobody_does_two_things_at_once(jobs: Sequence[Job], found: Simulated) -> None:
    until = [0.0] * found.devices
    for place, device, start in found.order:
        assert start >= until[device] - 1e-9
        until[device] = start + jobs[place].seconds


def test_nothing_to_do_takes_no_time_and_no_devices_are_refused() -> None:
    assert simulate([], 3, FREE).seconds == 0
    with pytest.raises(BadInput, match="devices is 0"):
        simulate([], 0, FREE)
