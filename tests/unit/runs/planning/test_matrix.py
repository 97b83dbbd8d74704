"""A matrix as jobs: counted by hand, without what is stored; how it scales."""

from dataclasses import replace
from pathlib import Path

import pytest

from ptlib.analysis.kinds import READ_S
from ptlib.base.errors import BadInput
from ptlib.prompts.spec import TuneSettings
from ptlib.results.catalogue import Catalogue
from ptlib.results.speeds import LOAD_S, Speed
from ptlib.results.store import Store
from ptlib.runs.planning.matrix import WRITE_S, Missing, best_stack, costs_of, jobs_of, scaling
from ptlib.runs.planning.simulation import Costs, Job, simulate
from ptlib.transfer import run
from ptlib.transfer.spec import TransferSpec
from tests.bench.bench_scaling import PROCESSOR, full_set, speed_of
from tests.fixtures import fakes

SETTINGS = TuneSettings(steps=10, batch_size=5)
NAMES = ("sst2", "imdb", "mnli")
ROBERTA = "FacebookAI/roberta-base"


def speed(backbone: str, work: str) -> Speed:
    return Speed({"tune": 25.0, "evaluate": 100.0}[work], "made up")


def missing(*seeds: int, **more) -> Missing:
    return Missing.of(TransferSpec(ROBERTA, NAMES, NAMES, seeds, **{"settings": SETTINGS} | more), Catalogue())


def test_stacks_first_then_each_target_of_a_stack_and_its_neurons(cache: Path) -> None:
    jobs = jobs_of([missing(0, 1, references=("untrained",), limit=10)], speed, stack=4)
    assert jobs[:2] == [Job(ROBERTA, 4 * 50 / 25, 4), Job(ROBERTA, 2 * 50 / 25, 2)]
    crossed = sorted((job.after is None, job.after or 0, job.writes, job.seconds) for job in jobs[2:-2])
    own = [(False, place, count, count * 0.1) for place, count in ((0, 4), (1, 2)) for _ in NAMES]
    assert crossed == [*own, *((True, 0, 2, 0.2) for _ in NAMES)]
    assert jobs[-2:] == [Job(ROBERTA, 4 * READ_S, 4, 0), Job(ROBERTA, 2 * READ_S, 2, 1)]


def test_what_waits_for_a_stack_of_a_later_map_points_into_that_map(cache: Path) -> None:
    jobs = jobs_of([missing(0), missing(1)], speed)
    assert all(job.after is None or (job.after < place and not jobs[job.after].after) for place, job in enumerate(jobs))
    assert {job.after for job in jobs} == {None, 0, len(jobs) // 2}


def test_what_is_stored_is_not_planned_again(cache: Path) -> None:
    before = missing(0)
    first = before.plan.prompts[0]
    run._save_prompt("run", first, fakes.result(first), Store())
    after = missing(0)
    assert [prompt.id for prompt in after.plan.prompts] == [prompt.id for prompt in before.plan.prompts[1:]]
    assert sum(job.writes for job in jobs_of([after], speed)) == sum(job.writes for job in jobs_of([before], speed)) - 1


def test_loading_costs_by_the_weights_and_a_map_that_cannot_be_made_is_refused(cache: Path) -> None:
    costs = costs_of([missing(0)])
    assert costs.write == WRITE_S and costs.load == {ROBERTA: pytest.approx(LOAD_S + 0.4988)}
    with pytest.raises(BadInput, match="cannot run 'squad'"):
        Missing.of(TransferSpec(ROBERTA, ("squad",), ("squad",), (0,), SETTINGS), Catalogue())


def test_the_time_of_equal_jobs_falls_with_the_devices_until_there_are_no_more() -> None:
    found = scaling([Job("a", 2.0) for _ in range(8)], 16, Costs({"a": 0.0}))
    assert [(row.devices, row.seconds, row.efficiency) for row in found] == [
        (1, 16, 1),
        (2, 8, 1),
        (4, 4, 1),
        (8, 2, 1),
        (16, 2, 0.5),
    ]
    assert found[-1].limit == "the longest stack"
    with pytest.raises(BadInput, match="devices is 0"):
        scaling([], 0, Costs({}))


def test_the_full_set_scales_to_64_devices_in_small_stacks_and_not_in_large_ones(cache: Path) -> None:
    """17 tasks, 10 backbones, 5 seeds at a processor's speed; what limits 512 is that one prompt is tuned on one device."""
    maps, by_size = full_set(), speed_of(lambda spec: PROCESSOR)
    assert len(maps) == 10 and sum(len(found.plan.prompts) for found in maps) == 5 * (4 * 13 + 6 * 17)
    costs, small = costs_of(maps), jobs_of(maps, by_size, 2)
    one, some, many = (simulate(small, devices, costs) for devices in (1, 64, 512))
    large = simulate(jobs_of(maps, by_size), 64, costs)
    assert one.seconds / 64 / some.seconds > 0.85 > one.seconds / 64 / large.seconds
    assert large.limit == many.limit == "the longest stack"


def test_the_stack_is_the_largest_that_is_as_quick_as_the_best(cache: Path) -> None:
    maps = [missing(0, 1, 2, 3, settings=replace(SETTINGS, steps=1000))]
    assert [best_stack(maps, speed, devices) for devices in (1, 3, 6, 12)] == [8, 4, 2, 1]
