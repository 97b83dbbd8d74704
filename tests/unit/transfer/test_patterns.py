"""Families as blocks, cells that break the rule, harm, asymmetry, and rankings with sure places and ties."""

import numpy as np
import pandas as pd
import pytest

from ptlib.transfer import patterns
from ptlib.transfer.matrix import Cell, TransferMatrix
from tests.fixtures.fake_demo import grid

FAMILIES = {"a": "x", "b": "x", "c": "y"}


def cell(source: str, target: str, gain: float | None, low: float | None = None) -> Cell:
    return Cell(source=source, target=target, n_seeds=3, n_examples=10, score=0.5, gain_kept=gain, gain_low=low)


MAP = TransferMatrix(
    "m",
    "r",
    ("a", "b", "c", "untrained"),
    ("a", "b", "c"),
    (
        cell("a", "a", 1.0, 0.9),
        cell("a", "b", 0.98, 0.9),
        cell("b", "a", 0.7, 0.6),
        cell("c", "a", 0.75, 0.7),
        cell("a", "c", None),
        cell("untrained", "a", 0.0),
    ),
)


def test_blocks_hold_reused_prompts_only_and_skip_what_is_undefined() -> None:
    assert patterns.block_values(MAP, FAMILIES) == ([0.98, 0.7], [0.75])


def test_the_first_cell_is_clear_not_perfect_and_within_a_family() -> None:
    assert patterns.striking_cell(MAP, FAMILIES) == ("b", "a")
    assert patterns.striking_cell(TransferMatrix("m", "r", (), (), ()), FAMILIES) is None


def wide(source: str, target: str, gain: float, half: float) -> Cell:
    return Cell(
        source=source,
        target=target,
        n_seeds=3,
        n_examples=10,
        score=0.5,
        gain_kept=gain,
        gain_low=gain - half,
        gain_high=gain + half,
    )


CELLS = (
    wide("a", "b", 0.6, 0.1),  # weak within the family
    wide("b", "a", 0.97, 0.01),  # as expected
    wide("a", "c", 0.4, 0.1),  # clearly something across
    wide("c", "a", 0.1, 0.2),  # cannot be told from nothing
    wide("b", "c", -0.3, 0.1),  # clear harm
    wide("c", "c", 1.0, 0.1),
)


def test_cells_that_break_the_rule_are_weak_within_or_clear_across() -> None:
    broken = TransferMatrix("m", "r", ("a", "b", "c"), ("a", "b", "c"), CELLS)
    found = [(cell.source, cell.target) for cell in patterns.rule_breakers(broken, FAMILIES)]
    assert found == [("a", "b"), ("a", "c"), ("b", "c")]
    assert len(patterns.rule_breakers(broken, FAMILIES, 2)) == 2
    assert [(cell.source, cell.target) for cell in patterns.harmful(broken)] == [("b", "c")]


def test_three_cells_tell_the_story() -> None:
    broken = TransferMatrix("m", "r", ("a", "b", "c"), ("a", "b", "c"), CELLS)
    found = [(cell.source, cell.target) for cell in patterns.telling_cells(broken, FAMILIES)]
    assert found == [("b", "a"), ("c", "a"), ("a", "b")]


def test_asymmetry_is_the_way_there_minus_the_way_back() -> None:
    gap = patterns.asymmetry(TransferMatrix("m", "r", ("a", "b", "c"), ("a", "b", "c"), CELLS))
    assert round(gap.loc["a", "c"], 9) == 0.3 and round(gap.loc["c", "a"], 9) == -0.3 and gap.isna().sum().sum() == 5


NAMES = list("abcd")


def table(rows: list[list[float]]) -> pd.DataFrame:
    return pd.DataFrame(rows, index=NAMES, columns=NAMES)


def test_clear_gaps_give_sure_places_and_groups_of_their_own() -> None:
    levels = np.array([0.9, 0.5, 0.7, 0.1])
    found = patterns.ranked(table([[level] * 4 for level in levels]), "sources")
    assert list(found.name) == ["a", "c", "b", "d"] and list(found.group) == [1, 2, 3, 4]
    assert list(found.rank_low) == list(found.rank_high) == [1, 2, 3, 4] and list(found["mean"]) == pytest.approx(
        [0.9, 0.7, 0.5, 0.1]
    )
    assert list(found.cells) == [3, 3, 3, 3]  # the own prompt never counts


def test_equal_ones_share_a_group_and_the_first_place() -> None:
    found = patterns.ranked(table([[0.5] * 4] * 4), "sources")
    assert set(found.group) == {1} and list(found.rank_low) == [1] * 4


def test_the_comparison_is_paired() -> None:
    """Targets differ a lot, sources by a little everywhere: their intervals overlap, on the same draws the order is sure."""
    ease = np.array([0.0, 0.3, 0.6, 0.9, 0.1, 0.5])
    rows = [ease + 0.02 * place for place in range(3)]
    found = patterns.ranked(pd.DataFrame(rows, index=["x", "y", "z"], columns=list("pqrstu")), "sources")
    assert list(found.name) == ["z", "y", "x"] and list(found.group) == [1, 2, 3] and found.low[0] < found.high[2]


def test_receivers_are_the_same_turned_and_holes_are_left_out() -> None:
    rows = table([[1, 0.2, np.nan, 0.4], [0.3, 1, np.nan, 0.2], [0.1, 0.6, 1, 0.3], [0.2, 0.5, np.nan, 1]])
    found, turned = patterns.ranked(rows, "targets"), patterns.ranked(rows.T, "sources")
    assert found.equals(turned) and "c" not in set(found.name)
    b = found.set_index("name").loc["b"]
    assert b["mean"] == pytest.approx((0.2 + 0.6 + 0.5) / 3) and b.low <= b["mean"] <= b.high
    assert patterns.ranked(table([[np.nan] * 4] * 4), "sources").empty


def test_the_intervals_of_blocks_are_those_of_drawn_targets() -> None:
    found = grid(0.5, 0.1, 0.3, 8)
    assert patterns.blocks(TransferMatrix("m", "r", (), (), ()), {}) is None
    told = patterns.blocks(found, {name: name[0] for name in found.sources})
    assert told is not None and told.cells_within == 8 and told.cells_across == 48
    inside = np.array([cell.gain_kept for cell in patterns.reused(found) if cell.source[0] == cell.target[0]])
    assert told.within.value == pytest.approx(inside.mean()) and told.within.low < inside.mean() < told.within.high
    spread = inside.std() / np.sqrt(len(inside))  # one cell a target: the classical standard error
    assert told.within.high - told.within.low == pytest.approx(2 * 1.96 * spread, rel=0.15)
    assert told.gap.value == pytest.approx(told.within.value - told.across.value)
