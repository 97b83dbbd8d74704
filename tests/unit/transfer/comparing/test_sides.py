"""Maps as square tables in percent, worked out by hand."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from ptlib.base.progress import Silent
from ptlib.results.catalogue import Catalogue
from ptlib.runs import execution
from ptlib.transfer.comparing import sides
from ptlib.transfer.matrix import Cell, TransferMatrix, build_matrix
from ptlib.transfer.spec import TransferSpec
from tests.fixtures import fakes


def cell(source: str, target: str, score: float, gain: float | None) -> Cell:
    return Cell(source=source, target=target, n_seeds=3, n_examples=10, score=score, gain_kept=gain, relative=100 * score / 0.9)


MAP = TransferMatrix(
    "m",
    "r",
    ("a", "b", "untrained"),
    ("a", "b"),
    (cell("a", "a", 0.9, 1.0), cell("b", "a", 0.7, 0.5), cell("untrained", "a", 0.5, 0.0), cell("b", "b", 0.9, None)),
)


def test_an_own_map_is_in_percent_and_has_no_reference_rows() -> None:
    gain = sides.own(MAP, "gain_kept")
    assert list(gain.index) == ["a", "b"] and gain.loc["b", "a"] == 50 and np.isnan(gain.loc["b", "b"])
    assert sides.own(MAP, "score").loc["b", "a"] == 70 and sides.own(MAP, "relative").loc["a", "a"] == 100


def test_scores_become_gain_and_relative_by_the_levels_of_the_map() -> None:
    scores = pd.DataFrame({"a": {"b": 0.8}, "b": {"b": 0.6}})
    assert sides.scaled(scores, MAP, "gain_kept").loc["b", "a"] == pytest.approx(75)
    assert np.isnan(sides.scaled(scores, MAP, "gain_kept").loc["b", "b"]), "no untrained level: no gain"
    assert sides.scaled(scores, MAP, "relative").loc["b", "b"] == pytest.approx(100 * 0.6 / 0.9)
    assert sides.scaled(scores, MAP, "score").loc["b", "a"] == pytest.approx(80)


def test_prompts_that_were_tuned_on_stand_beside_the_map_of_their_recipe(toy: str) -> None:
    spec = TransferSpec(toy, ("toy/alpha",), ("toy/beta",), (0, 1), fakes.SETTINGS, (), warm_start=True)
    execution.execute(spec, Silent())
    books = Catalogue()
    found = sides.warm(books, build_matrix(books, toy), "score")
    rows = books.warm_scores(toy)
    assert found.shape == (1, 1) and len(rows) == 2
    assert found.loc["toy/alpha", "toy/beta"] == pytest.approx(100 * rows.score.mean())
    with_other_settings = replace(fakes.SETTINGS, lr=0.5)
    execution.execute(replace(spec, settings=with_other_settings), Silent())
    assert sides.warm(books, build_matrix(books, toy, spec.settings.recipe), "score").equals(found)
