"""What stored answers say beside their score: from the very files, and as the files are now."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import balanced_accuracy_score, f1_score

from ptlib.base import paths
from ptlib.base.progress import Silent
from ptlib.results.answers import SECOND, answers_of, mean_second
from ptlib.results.catalogue import Catalogue
from ptlib.runs import execution
from ptlib.transfer.matrix import build_matrix
from tests.fixtures import fakes


def test_own_results_tell_them_from_their_predictions(toy: str) -> None:
    execution.execute(fakes.transfer(toy, "alpha", "beta", seeds=(0, 1)), Silent())
    catalogue = Catalogue()
    for entry in catalogue.entries(toy):
        frame = catalogue.predictions(entry.prompt_id, entry.target)
        assert frame is not None and entry.answers is not None
        told = entry.answers.second
        assert told["balanced_accuracy"] == pytest.approx(balanced_accuracy_score(frame.gold, frame.predicted))
        assert told["macro_f1"] == pytest.approx(f1_score(frame.gold, frame.predicted, average="macro"))
    matrix = build_matrix(catalogue, toy)
    cell, always = matrix.get("toy/alpha", "toy/beta"), matrix.get("commonest_class", "toy/beta")
    assert cell is not None and always is not None and always.score == matrix.second(cell)["commonest_class"]
    assert always.low <= always.score <= always.high and always.source not in matrix.sources


def test_a_file_that_is_damaged_tells_nothing(toy: str) -> None:
    execution.execute(fakes.transfer(toy, "alpha", seeds=(0,)), Silent())
    entry = Catalogue().entries(toy)[0]
    assert entry.file is not None and entry.answers is not None
    entry.file.path.write_bytes(b"other")
    assert entry.answers is None


@pytest.mark.skipif(not (paths.DEMO / "results").is_dir(), reason="the demo is not in this checkout")
def test_the_demo_tells_them_too_and_generated_answers_keep_their_second_metrics() -> None:
    catalogue = Catalogue(paths.DEMO)
    for target, names in (("demo/short_post", {"balanced_accuracy", "macro_f1"}), ("demo/notes_summary", {"rouge_1", "rouge_2"})):
        entry = next(one for one in catalogue.entries("demo/t5-small") if one.target == target)
        frame = catalogue.predictions(entry.prompt_id, target)
        assert frame is not None and entry.answers is not None and names <= entry.answers.second.keys()
        if "rouge_1" in names:
            assert entry.answers.second["rouge_1"] == pytest.approx(frame.rouge_1.mean(), abs=1e-4)
            assert entry.answers.is_commonest is None
        else:
            assert entry.answers.second["balanced_accuracy"] == pytest.approx(
                balanced_accuracy_score(frame.gold, frame.predicted)
            )


def test_f1_is_told_where_the_task_declares_it() -> None:
    gold, said = ["0", "1", "1", "1"], ["0", "1", "0", "1"]
    assert answers_of("mrpc", ["not equivalent", "equivalent"], ["equivalent"] * 2, {}, classes=True).second.keys() >= {"f1"}
    plain = answers_of("nowhere/known", gold, said, {}, classes=True)
    assert "f1" not in plain.second and plain.commonest == "1"
    np.testing.assert_array_equal(plain.is_commonest, np.float32([0, 1, 1, 1]))
    assert set(plain.second) <= set(SECOND)


def test_means_are_over_what_all_seeds_have() -> None:
    one, other = (
        answers_of("x", ["a", "b"], ["a", "b"], {}, classes=True),
        answers_of("x", ["a", "b"], ["a", "a"], {}, classes=True),
    )
    assert mean_second([one, other, None])["balanced_accuracy"] == 0.75
    assert mean_second([None]) == {} and pd.Series(mean_second([one])).max() == 1.0
