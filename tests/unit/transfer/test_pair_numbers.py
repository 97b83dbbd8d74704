"""Numbers of tables from elsewhere: commas, missing cells, fractions or percent, similarity or distance."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ptlib.base.errors import BadInput
from ptlib.transfer.pair_numbers import is_distance, numbers_of, scaled

FILE, NONE = Path("t.csv"), pd.DataFrame()


def square(*values: float) -> pd.DataFrame:
    return pd.DataFrame(np.reshape(values, (2, 2)), index=["a", "b"], columns=["a", "b"])


def test_empty_words_are_missing_and_other_text_is_refused() -> None:
    cells = pd.DataFrame({"x": ["1.5", " NaN ", "–"], "y": ["", "n/a", "-2"]})
    values, notes = numbers_of(cells, FILE, ",")
    assert np.array_equal(values.to_numpy(), [[1.5, np.nan], [np.nan, np.nan], [np.nan, -2]], equal_nan=True) and notes == ()
    for wrong in ("many", "inf", "1.2.3"):
        with pytest.raises(BadInput, match=f"'{wrong}' in column 'x'"):
            numbers_of(pd.DataFrame({"x": [wrong]}), FILE, ",")


def test_decimal_commas_are_read_and_said_unless_they_may_be_thousands() -> None:
    values, notes = numbers_of(pd.DataFrame({"x": ["1,5", "-20,25"]}), FILE, ";")
    assert values["x"].tolist() == [1.5, -20.25] and "decimal comma" in notes[0]
    for cells, separator, told in ((["1,5", "2.5"], ";", "in one way"), (["1,234"], ",", "or thousands")):
        with pytest.raises(BadInput, match=told):
            numbers_of(pd.DataFrame({"x": cells}), FILE, separator)


@pytest.mark.parametrize(
    ("column", "values", "factor", "said"),
    [
        ("score", (0.1, 0.5, 1.0, 0.2), 100, "fractions"),
        ("accuracy", (10, 50, 99, 20), 1, "percent"),
        ("gain_kept", (-0.5, 1.2, 2.9, 0), 100, "fractions"),
        ("gain_kept", (-5, 120, 90, 0), 1, "percent"),
        ("anything", (3, 4, 5, 6), 1, "whatever that is"),
    ],
)
def test_units_are_told_by_name_and_size(column: str, values: tuple[float, ...], factor: int, said: str) -> None:
    found, unit, told = scaled(square(*values), column, None, NONE, FILE)
    assert np.allclose(found, square(*values) * factor) and said in told
    assert unit == ("as given" if column == "anything" else "points")


def test_what_could_be_both_is_asked_and_what_is_said_is_taken() -> None:
    for column, most in (("score", 1.5), ("gain_kept", 10.0)):
        with pytest.raises(BadInput, match="--unit fraction"):
            scaled(square(0, 0, most, 0), column, None, NONE, FILE)
    scores = pd.DataFrame({"score": ["0.5", "0.9"]})  # our own tables: the scores beside it are fractions
    assert scaled(square(0, 0, 10, 0), "gain_kept", None, scores, FILE)[2].count("fractions")
    assert scaled(square(0, 0, 1.5, 0), "score", "fraction", NONE, FILE)[0].loc["b", "a"] == 150
    with pytest.raises(BadInput, match="Unknown unit 'miles'"):
        scaled(square(0, 0, 1, 0), "score", "miles", NONE, FILE)


def test_distances_are_known_by_name_or_by_a_diagonal_of_zeros() -> None:
    assert is_distance(square(0, 3, 3, 0), "") and is_distance(square(1, 1, 1, 1), "Distance")
    assert not is_distance(square(0, 3, -3, 0), "") and not is_distance(square(1, 0.5, 0.5, 1), "")
    assert not is_distance(square(0, 0, 0, 0), "") and not is_distance(square(0, np.nan, np.nan, 0), "")
