"""What fits a time: against the estimate of the very run that is proposed, and against orders worked out by hand."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from ptlib.base.progress import Silent
from ptlib.results.catalogue import Catalogue
from ptlib.results.speeds import Speed
from ptlib.runs import execution
from ptlib.runs.planning.budget import Needed, disagreement, not_run, widest, within
from ptlib.transfer.kinds import TRANSFER
from tests.fixtures import fakes

NAMES = ("toy/alpha", "toy/beta", "toy/gamma")


def speed(backbone: str, work: str) -> Speed:
    return Speed({"tune": 2.0, "evaluate": 100.0}[work], "made up")


def everything(backbone: str, seeds: tuple[int, ...]) -> Needed:
    return Needed.of(fakes.TransferSpec(backbone, NAMES, NAMES, seeds, fakes.SETTINGS), Catalogue(), speed)


def cost(backbone: str, sources: tuple[str, ...], targets: tuple[str, ...], seeds: tuple[int, ...]) -> float:
    """What the run itself would say."""
    spec = fakes.TransferSpec(backbone, sources, targets, seeds, fakes.SETTINGS)
    todo = TRANSFER.missing(spec, Catalogue())
    return TRANSFER.cost(spec, todo, speed).seconds if todo else 0.0


def test_seconds_are_those_of_the_run_itself_also_when_something_is_there(toy: str) -> None:
    execution.execute(fakes.transfer(toy, "alpha", seeds=(0,)), Silent())
    needed = everything(toy, (0, 1))
    assert needed.prompts == {"toy/alpha": 1, "toy/beta": 2, "toy/gamma": 2}
    for sources, targets in ((NAMES[:1], NAMES[1:2]), (NAMES[1:], NAMES[1:]), (NAMES[2:], NAMES)):
        own = everything(toy, (1,))
        assert own.seconds(sources, targets) == pytest.approx(cost(toy, sources, targets, (1,)), abs=1)
    assert everything(toy, (0,)).seconds(NAMES[:1], NAMES[:1]) == 0.0


def test_as_many_cells_as_fit_and_cheap_ones_after_a_dear_one(toy: str) -> None:
    needed = everything(toy, (5,))
    two, three = (cost(toy, names, names, (5,)) for names in (NAMES[:2], NAMES))
    order = [(NAMES[0], NAMES[1]), (NAMES[0], NAMES[2]), (NAMES[1], NAMES[0])]
    assert within(order, three, needed) == tuple(order)
    assert within(order, two, needed) == (order[0], order[2]) and within(order, 1.0, needed) == ()


def test_orders_of_merit() -> None:
    def cell(source: str, target: str, low: float | None, high: float | None, score: float = 0.1) -> SimpleNamespace:
        own = source == target
        ends = {"low": 0.5, "high": 0.5 + score, "gain_low": low, "gain_high": high}
        return SimpleNamespace(source=source, target=target, is_own=own, **ends)

    cells = [cell("a", "b", 0, 0.2), cell("b", "a", 0.1, 0.9), cell("a", "a", 0, 5), cell("c", "a", None, None, 0.4)]
    cells += [cell("c", "b", None, None, 0.6), cell("z", "a", 0, 9), cell("untrained", "a", 0, 9)]
    matrix = SimpleNamespace(cells=cells, get=lambda s, t: next((c for c in cells if (c.source, c.target) == (s, t)), None))
    assert widest(matrix, "abc") == [("b", "a"), ("a", "b"), ("c", "b"), ("c", "a")]
    assert not_run(matrix, ["a", "b"]) == [("b", "b")]


def test_indicators_disagree_by_rank_not_by_scale() -> None:
    names = list("abc")
    first = pd.DataFrame([[9, 1, 2], [3, 9, 4], [5, 6, 9]], names, names, dtype=float)
    second = 100 * first
    second.loc["a", "b"] = 700
    found = disagreement(first, second, names)
    assert found[0] == ("a", "b") and len(found) == 6
    second.loc["a", "c"] = np.nan
    assert ("a", "c") not in disagreement(first, second, names) and disagreement(first, second.iloc[:1, :1], names) == []
