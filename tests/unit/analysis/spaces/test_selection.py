"""What tells a selection, against scikit-learn; transfer around it, against counting by hand."""

import numpy as np
import pandas as pd
import pytest

from ptlib.analysis.spaces import selection


def test_the_property_that_was_chosen_by_comes_first_and_one_that_all_share_tells_nothing() -> None:
    families = ["a"] * 6 + ["b"] * 6
    properties = {
        "seed": [0, 1] * 6,
        "start": ["vocab"] * 12,
        "family": families,
        "score": [0.5 + place / 100 for place in range(12)],
    }
    found = {item.name: item for item in selection.explain([family == "a" for family in families], properties)}
    assert next(iter(found)) == "family" and found["family"].share == pytest.approx(1) and found["start"].share is None
    assert (found["family"].commonest, found["family"].inside, found["family"].outside) == ("a", 6, 0)
    assert abs(found["seed"].share or 0) < 0.35 and (found["score"].share or 0) > 0.5
    assert found["score"].commonest in ("0.5 to 0.528", "0.528 to 0.555")


def test_the_share_equals_mutual_information_adjusted_for_chance() -> None:
    from sklearn.metrics import mutual_info_score
    from sklearn.metrics.cluster import contingency_matrix, expected_mutual_information

    rng = np.random.default_rng(0)
    inside, values = rng.random(200) < 0.4, rng.integers(0, 5, 200)
    values[inside] = rng.integers(0, 3, inside.sum())
    expected = expected_mutual_information(contingency_matrix(inside, values), 200)
    whole = -sum(share * np.log(share) for share in (inside.mean(), 1 - inside.mean()))
    (found,) = selection.explain(inside.tolist(), {"value": values.tolist()})
    wanted = (mutual_info_score(inside, values) - expected) / (whole - expected)
    assert found.share == pytest.approx(wanted, abs=0.005)


def test_values_that_are_not_known_are_a_value_of_their_own() -> None:
    (found,) = selection.explain([True, True, False, False], {"score": [float("nan"), None, 0.5, 0.9]})
    assert found.commonest == "not known" and found.inside == 2


def test_blocks_are_means_of_measured_cells_off_the_diagonal() -> None:
    names = list("abcd")
    square = pd.DataFrame(np.arange(16.0).reshape(4, 4), index=names, columns=names)
    square.loc["a", "b"] = np.nan
    found = selection.blocks(square.rename(index={}), ["a", "b"])
    assert found.cells == {"inside": 1, "outward": 4, "inward": 4, "outside": 2}
    assert found.means["inside"] == square.loc["b", "a"] and found.means["outside"] == (11 + 14) / 2
    across = [square.loc[row, column] for row in names for column in names if (row in "ab") != (column in "ab")]
    assert found.difference.value == pytest.approx(4 - np.mean(across))
    assert found.difference.low is None  # half of all draws hold one task inside twice, so no cell
    lone = selection.blocks(square, ["a"])
    assert lone.means["inside"] is None and lone.difference.value is None and lone.cells["inside"] == 0


def test_a_clear_difference_has_an_interval_above_zero() -> None:
    names = [f"t{number}" for number in range(12)]
    same = np.array([number < 6 for number in range(12)])
    table = np.where(same[:, None] == same[None, :], 0.9, 0.1) + np.random.default_rng(0).normal(0, 0.05, (12, 12))
    found = selection.blocks(pd.DataFrame(table, index=names, columns=names), names[:6])
    assert found.difference.low is not None and 0.7 < found.difference.low < 0.8 < (found.difference.high or 0) < 0.9
