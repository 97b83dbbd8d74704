"""Rows of one pair that differ in more than the seed are chosen or averaged on request, never in silence."""

from pathlib import Path

import pandas as pd
import pytest

from ptlib.base.errors import BadInput
from ptlib.transfer import pair_keys

FILE = Path("t.csv")


def table(**more: list[str]) -> pd.DataFrame:
    """Two pairs, each twice, as texts."""
    return pd.DataFrame({"source": list("aabb"), "target": list("bbaa"), "score": list("1234"), **more})


def test_wanted_rows_are_kept_and_columns_that_are_not_there_are_passed_over() -> None:
    kept = pair_keys.selected(table(setting=list("xyxy")), {"setting": "y", "colour": "red"}, FILE)
    assert kept["score"].tolist() == ["2", "4"]
    with pytest.raises(BadInput, match="Unknown setting 'z'"):
        pair_keys.selected(table(setting=list("xyxy")), {"setting": "z"}, FILE)


@pytest.mark.parametrize(("cells", "numeric"), [(["a", "1,5"], True), (["", "2.5"], True), (["x", ""], False), (["", ""], False)])
def test_a_column_of_numbers_has_one_in_any_cell(cells: list[str], numeric: bool) -> None:
    assert pair_keys.is_numeric(pd.Series(cells)) is numeric


def test_seeds_may_repeat_a_pair_and_averaged_columns_too() -> None:
    pair_keys.check(table(seed=list("0101")), "source", "target", ("score",), FILE)
    pair_keys.check(table(prompt_size=["10", "20"] * 2), "source", "target", ("score", "prompt_size"), FILE)


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"language": list("xyxy")}, "--where language=x"),
        ({"backbone": list("xyxy")}, "Choose one with --backbone"),
        ({}, "pair a → b more than once"),
    ],
)
def test_what_differs_is_named_with_the_choice(more: dict[str, list[str]], told: str) -> None:
    with pytest.raises(BadInput, match=told):
        pair_keys.check(table(**more), "source", "target", ("score",), FILE)


def test_settings_are_not_mixed_even_where_no_pair_has_two() -> None:
    pairs = pd.DataFrame({"source": list("aac"), "target": list("bcb"), "score": list("123"), "model": list("xyy")})
    with pytest.raises(BadInput, match="several values of 'model'"):
        pair_keys.check(pairs, "source", "target", ("score",), FILE)
    pair_keys.check(pairs.assign(model=list("xxy")), "source", "target", ("score",), FILE)  # told by the source, like a metric
