"""Gains and verdicts against numbers worked out by hand."""

import numpy as np
import pytest

from ptlib.projection import table
from ptlib.projection.table import Cell, Matrix, best_sources, own_family_best, read, split_targets, verdict

FAMILIES = {"a": "sentiment", "b": "sentiment", "c": "inference"}
N = 40


def cell(group: str, name: str, target: str, share: float) -> Cell:
    scores = np.zeros((3, N), np.uint8)
    scores[:, : round(share * N)] = 1
    return Cell(group, name, target, (0, 1, 2), scores)


def matrix(own: float, other: float, random: float) -> Matrix:
    cells = []
    for target, family in FAMILIES.items():
        cells += [cell("own", target, target, 1.0), cell("untrained", "untrained", target, 0.5)]
        cells += [cell("task", name, target, own if FAMILIES[name] == family else other) for name in FAMILIES]
        cells += [cell("random", "0", target, random), cell("random_tuned_norm", "0", target, random)]
    return Matrix({(one.group, one.name, one.target): one for one in cells}, FAMILIES, tuple(FAMILIES))


def test_gain_is_a_share_of_what_own_has_over_untrained() -> None:
    one = matrix(own=0.9, other=0.6, random=0.5)
    found = read(one, FAMILIES)
    assert found.own.value == pytest.approx(0.8) and found.other.value == pytest.approx(0.2)
    assert found.random.value == pytest.approx(0.0) and found.family.value == pytest.approx(0.8)
    assert found.own.low is not None and found.own.low <= 0.8 <= (found.own.high or 0)
    assert found.by_seed == {0: pytest.approx(0.8), 1: pytest.approx(0.8), 2: pytest.approx(0.8)}
    lead = one.difference(one.rows("task", "a")[:1], one.rows("random", "a"))
    assert lead.value == pytest.approx(0.8) and lead.over == "seeds and examples"


@pytest.mark.parametrize(
    ("own", "other", "random", "told"),
    [
        (0.95, 0.5, 0.5, table.CARRIES),
        (0.95, 0.9, 0.95, table.ONE_PROMPT),
        (0.95, 0.9, 0.5, table.ONE_PROMPT),
        (0.95, 0.5, 0.95, table.ONE_PROMPT),
        (0.55, 0.5, 0.5, table.NOTHING),
        (0.70, 0.55, 0.5, table.PART),
    ],
)
def test_the_verdict_comes_from_own_other_and_random(own: float, other: float, random: float, told: str) -> None:
    assert read(matrix(own, other, random), FAMILIES).verdict == told


def test_nothing_known_is_no_verdict() -> None:
    assert verdict(None, [0.1]) == "" and verdict(0.9, [None]) == ""


def test_a_target_whose_own_prompts_are_no_better_has_no_gain() -> None:
    one = matrix(0.9, 0.6, 0.5)
    flat = Matrix({**one.cells, ("own", "a", "a"): cell("own", "a", "a", 0.5)}, FAMILIES, one.targets)
    assert flat.gain(flat.rows("task", "a")).value is None
    assert read(flat, ["a"]).verdict == ""


def test_best_sources_and_parts() -> None:
    one = matrix(0.9, 0.6, 0.5)
    assert own_family_best(one) == 1.0 and best_sources(one)["a"] == ("a", "b")
    alike = matrix(0.5, 0.5, 0.5)  # all sources tie: chance, not a win of the own family
    assert own_family_best(alike) == pytest.approx((2 / 3 + 2 / 3 + 1 / 3) / 3)
    assert split_targets(one, ["a"]) == {table.TRAINED: ("a",), table.UNSEEN: ("b",), table.OTHERS: ("c",)}


def test_projected_prompts_as_a_square_in_percent() -> None:
    one = matrix(own=0.9, other=0.6, random=0.5)
    assert one.square("score").loc["a", "b"] == pytest.approx(90) and one.square("relative").loc["a", "c"] == pytest.approx(60)
    gain = one.square("gain_kept")
    assert list(gain.index) == list(gain.columns) == ["a", "b", "c"] and gain.loc["c", "c"] == pytest.approx(80)
    cells = {key: found for key, found in one.cells.items() if key[0] == "task" and key != ("task", "a", "b")}
    bare = Matrix(cells, FAMILIES, tuple(FAMILIES))
    assert np.isnan(bare.square("gain_kept")).all(axis=None) and np.isnan(bare.square("score").loc["a", "b"])
