"""Runs compared: scores paired on the same examples, against numbers worked out by hand; settings that differ."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from ptlib.prompts.spec import TuneSpec
from ptlib.runs import queue
from ptlib.runs.history import comparison
from ptlib.transfer.spec import TransferSpec
from tests.fixtures import fakes
from tests.unit.transfer.test_matrix import entry


def job(spec: TransferSpec | TuneSpec) -> queue.Job:
    return queue.enqueue(spec)


@pytest.fixture
def spec(toy: str) -> TransferSpec:
    return replace(fakes.transfer(toy, "alpha", seeds=(0,)), sources=("toy/alpha",), targets=("toy/beta",))


def books(rows: list) -> SimpleNamespace:
    """A catalogue of results of this recipe."""
    return SimpleNamespace(entries=lambda backbone, recipe, limit, everything: rows)


def test_a_pair_is_compared_on_the_examples_that_both_answered(spec: TransferSpec) -> None:
    rng = np.random.default_rng(0)
    right = (rng.random(200) < 0.5).astype(np.float32)
    better = np.where(np.arange(200) < 60, 1.0, right).astype(np.float32)
    other = job(replace(spec, seeds=(1,)))
    found = comparison.differences(
        [job(spec), other], books([entry("toy/alpha", "toy/beta", 0, right), entry("toy/alpha", "toy/beta", 1, better)])
    )
    (one,) = found
    gain = float((better - right).mean())
    assert one.value == pytest.approx(-gain) and (one.examples, one.targets) == (200, ("toy/beta",))
    assert one.low < -gain < one.high < 0 and one.is_clear
    changed = int((better != right).sum())
    assert one.p == pytest.approx(max(2.0 ** (1 - changed), 1e-4), abs=2e-3), "all changes go one way: two of 2^n signs"
    draws = rng.integers(0, 200, (4000, 200))
    assert [one.low, one.high] == pytest.approx(np.quantile((right - better)[draws].mean(axis=1), (0.025, 0.975)), abs=0.015)


def test_runs_without_a_target_in_common_or_on_other_examples_are_not_compared(spec: TransferSpec) -> None:
    scores = np.resize([1.0, 0.0], 50).astype(np.float32)
    elsewhere = replace(entry("toy/alpha", "toy/beta", 1, scores), examples="others")
    rows = [entry("toy/alpha", "toy/beta", 0, scores), entry("toy/alpha", "toy/gamma", 0, scores), elsewhere]
    first, second, third = (job(other) for other in (spec, replace(spec, targets=("toy/gamma",)), replace(spec, seeds=(1,))))
    assert comparison.differences([first, second], books(rows)) == [] == comparison.differences([first, third], books(rows))
    assert comparison.measured(replace(first, kind="nobody knows"), books(rows)) == {}
    (same,) = comparison.differences([first, replace(first, id="twin")], books(rows))
    assert (same.value, same.p, same.is_clear) == (0.0, 1.0, False)


def test_settings_are_told_only_where_they_differ(spec: TransferSpec) -> None:
    other = replace(spec, seeds=(1,), settings=replace(spec.settings, lr=0.5))
    assert comparison.settings([job(spec), job(other)]) == {"seeds": [(0,), (1,)], "lr": [spec.settings.lr, 0.5]}
    tune = TuneSpec(spec.backbone, "toy/alpha", 0, spec.settings)
    found = comparison.settings([job(spec), job(tune)])
    assert found["kind"] == ["transfer", "tune"] and found["task"] == [None, "toy/alpha"] and "lr" not in found
