"""Scores of classes, against scikit-learn."""

import numpy as np
import pytest
from sklearn.metrics import balanced_accuracy_score, f1_score

from ptlib.tasks.class_scores import class_scores, commonest


@pytest.mark.parametrize("seed", range(6))
def test_as_scikit_learn_has_them(seed: int) -> None:
    chance = np.random.default_rng(seed)
    names = ["no", "yes", "так", "07"][: 2 + seed % 3]
    gold = chance.choice(names, 60, p=np.array([6, *[1] * (len(names) - 1)]) / (5 + len(names))).tolist()
    predicted = [name if chance.random() < 0.6 else str(chance.choice(names[1:])) for name in gold]
    found = class_scores(gold, predicted, "yes")
    assert found["balanced_accuracy"] == pytest.approx(balanced_accuracy_score(gold, predicted))
    assert found["macro_f1"] == pytest.approx(f1_score(gold, predicted, average="macro"))
    assert found["f1"] == pytest.approx(f1_score(gold, predicted, labels=["yes"], average="macro"))
    assert found["commonest_class"] == max(gold.count(name) for name in names) / 60


def test_always_the_commonest_class_is_chance_once_classes_count_alike() -> None:
    gold = ["good"] * 65 + ["bad"] * 35
    found = class_scores(gold, ["good"] * 100)
    assert found["commonest_class"] == 0.65 and found["balanced_accuracy"] == 0.5 and "f1" not in found
    assert commonest(gold) == "good" and commonest(["b", "a"]) == "a"


def test_a_positive_class_that_nobody_has_scores_nothing() -> None:
    assert class_scores(["a", "a"], ["a", "a"], "b")["f1"] == 0.0
