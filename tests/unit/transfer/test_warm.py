"""What a start from another prompt saves, on curves whose answer is known by hand."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from ptlib.base.progress import Silent
from ptlib.cli import main
from ptlib.prompts.spec import TuneSpec
from ptlib.results.catalogue import Catalogue
from ptlib.runs import execution
from ptlib.transfer import warm
from ptlib.transfer.spec import TransferSpec
from tests.fixtures import fakes


def curve(*scores: float) -> pd.DataFrame:
    return pd.DataFrame({"step": np.arange(len(scores)) * 10, "validation": scores})


@pytest.mark.parametrize(
    ("scores", "expected"),
    [
        ((0.5, 0.7, 0.9, 0.9, 0.904, 0.9, 0.9, 0.9), (20, 0.9)),  # four thousandths more are no gain
        ((0.5, 0.7, 0.7, 0.7, 0.7, 0.7, 0.7, 0.9), (10, 0.7)),  # what comes after five idle evaluations came too late
        ((0.5, 0.7, 0.7, 0.7, 0.7, 0.9), (50, 0.9)),
        ((0.9, 0.8, 0.7), (0, 0.9)),
        ((np.nan, np.nan), None),
    ],
)
def test_convergence_is_where_nothing_more_was_gained(scores: tuple[float, ...], expected: tuple[int, float] | None) -> None:
    assert warm.converged(curve(*scores)) == expected


def test_reaching_a_level() -> None:
    assert warm.reach(curve(0.5, 0.8, 0.7), 0.75) == 10 and warm.reach(curve(0.5, 0.6), 0.75) is None


def test_a_warm_run_that_is_there_at_once_counts_the_first_evaluation_and_one_that_never_is_counts_whole() -> None:
    own = curve(0.5, 0.6, 0.7, 0.8, 0.9, 0.9, 0.9)
    assert warm.measured(own, curve(0.9, 0.9, 0.9)) == {
        "level": 0.9,
        "own_steps": 40,
        "warm_steps": 10,
        "reached": True,
        "warm_converged": 10,
        "share": 0.25,
        "restricted": 0.25,
        "at_once": False,
    }
    never = warm.measured(own, curve(0.5, 0.8, 0.8, 0.8, 0.8, 0.8, 0.8))
    assert (never["warm_steps"], never["reached"], never["restricted"]) == (60, False, 1.5) and np.isnan(never["share"])


def test_the_summary_averages_targets_and_counts_the_censored_beside() -> None:
    rows = [("a", 0, 10, 40, True), ("a", 1, 40, 40, True), ("b", 0, 80, 40, False)]
    frame = pd.DataFrame(
        [
            {
                "target": target,
                "source": "s",
                "relation": warm.SAME,
                "seed": seed,
                "own_steps": own,
                "warm_steps": steps,
                "reached": reached,
                "share": steps / own if reached else np.nan,
                "restricted": steps / own,
                "at_once": own == 10,
            }
            for target, seed, steps, own, reached in rows
        ]
    )
    (row,) = warm.summary(frame).to_dict("records")
    assert (row["runs"], row["reached"], row["not_reached"], row["targets"]) == (3, 2, 1, 1)
    assert row["share"] == 0.625 and row["restricted"] == pytest.approx((0.625 + 2.0) / 2)
    assert np.isnan(row["low"]) and row["speed_up"] == pytest.approx(40 / 25)
    (none,) = warm.summary(frame[~frame.reached]).to_dict("records")
    assert np.isnan(none["share"]) and none["reached"] == 0 and none["restricted"] == 2.0


def test_stored_warm_starts_are_compared_with_their_twin(toy: str, capsys: pytest.CaptureFixture[str]) -> None:
    spec = TransferSpec(toy, ("toy/alpha",), ("toy/beta",), (0, 1), fakes.SETTINGS, (), warm_start=True)
    execution.execute(spec, Silent())
    found = warm.comparisons(Catalogue(), toy)
    assert found[["target", "source", "seed"]].values.tolist() == [["toy/beta", "toy/alpha", 0], ["toy/beta", "toy/alpha", 1]]
    assert found["own_steps"].tolist() == found["warm_steps"].tolist() == [10, 10]
    assert main(["warm", toy]) == 0
    assert "1.000" in capsys.readouterr().out
    assert main(["warm", toy, "--runs", "--json"]) == 0 and main(["warm", toy, "--recipe", "other"]) == 2
    other = replace(spec, settings=replace(fakes.SETTINGS, lr=0.5))
    execution.execute(other, Silent())
    capsys.readouterr()
    assert main(["warm", toy, "--runs", "--json"]) == 0 and len(json.loads(capsys.readouterr().out)) == 2  # one recipe only
    assert main(["warm", toy, "--recipe", other.settings.recipe]) == 0


def test_without_warm_starts_the_command_says_how_to_make_them(toy: str, capsys: pytest.CaptureFixture[str]) -> None:
    execution.execute(fakes.transfer(toy, "alpha", "beta"), Silent())
    assert main(["warm", toy]) == 2
    assert "--warm-start" in capsys.readouterr().err


def test_a_warm_start_with_other_settings_is_no_comparison(toy: str) -> None:
    spec = TransferSpec(toy, ("toy/alpha",), ("toy/beta",), (0,), fakes.SETTINGS, (), warm_start=True)
    execution.execute(spec, Silent())
    start = next(row.id for row in Catalogue().prompt_rows(toy) if row.task == "toy/alpha")
    shorter = replace(fakes.SETTINGS, steps=5, lr=1e-4)
    execution.execute(TuneSpec(toy, "toy/beta", 0, shorter).started_from(start), Silent())
    assert len(Catalogue().prompt_rows(toy)) == 4 and len(warm.comparisons(Catalogue(), toy)) == 1


@pytest.mark.parametrize("last", [10, 20, 60])
def test_a_run_that_never_got_there_saved_nothing(last: int) -> None:
    own, stopped = curve(0.2, 0.4, 0.6, 0.8, 0.8), curve(0.2, *[0.3] * (last // 10))
    found = warm.measured(own, stopped)
    assert found["reached"] is False and np.isnan(found["share"]) and found["restricted"] == max(last, 30) / 30 >= 1
