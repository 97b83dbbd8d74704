"""Scores of classes that one share of right answers hides: what always answering one class gives, and each class for itself."""

from collections import Counter
from collections.abc import Sequence

import numpy as np

CLASS_SCORES = ("commonest_class", "balanced_accuracy", "macro_f1", "f1")


def commonest(gold: Sequence[str]) -> str:
    """The class that most examples have; of several the first in the alphabet."""
    counts = Counter(gold)
    return min(counts, key=lambda name: (-counts[name], name))


def class_scores(gold: Sequence[str], predicted: Sequence[str], positive: str | None = None) -> dict[str, float]:
    """`CLASS_SCORES` of answers, fractions.

    commonest_class: accuracy of always answering the commonest class; balanced_accuracy: mean recall of the classes that occur;
    macro_f1: mean F1 of the classes that occur or were answered; f1: of the class `positive`, where one is named.
    """
    names = sorted({*gold, *predicted})
    place = {name: at for at, name in enumerate(names)}
    true, said = (np.array([place[name] for name in part]) for part in (gold, predicted))
    hits = np.bincount(true[true == said], minlength=len(names))
    wanted, given = (np.bincount(part, minlength=len(names)) for part in (true, said))
    f1 = 2 * hits / (wanted + given)  # a name is there because it occurs or was answered
    occurs = wanted > 0
    found = {
        "commonest_class": wanted.max() / len(gold),
        "balanced_accuracy": (hits[occurs] / wanted[occurs]).mean(),
        "macro_f1": f1.mean(),
    }
    if positive is not None:
        found["f1"] = f1[place[positive]] if positive in place else 0.0
    return {name: float(value) for name, value in found.items()}
