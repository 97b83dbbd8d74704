"""Scores of one answer: exact match and token F1 as SQuAD counts them, ROUGE through the `rouge_score` library."""

import re
import string
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

_ARTICLES = re.compile(r"\b(a|an|the)\b")


def normalise(text: str) -> str:
    """SQuAD's normal form: lower case, no punctuation, no articles, single spaces."""
    plain = "".join(letter for letter in text.lower() if letter not in string.punctuation)
    return " ".join(_ARTICLES.sub(" ", plain).split())


def exact_match(predicted: str, targets: Sequence[str]) -> float:
    """1 when the prediction equals any accepted answer in normal form."""
    return float(any(normalise(predicted) == normalise(target) for target in targets))


def token_f1(predicted: str, targets: Sequence[str]) -> float:
    """Best F1 over the accepted answers, on tokens in normal form."""
    return max((_f1(normalise(predicted).split(), normalise(target).split()) for target in targets), default=0.0)


def _f1(found: list[str], wanted: list[str]) -> float:
    if not found or not wanted:
        return float(found == wanted)
    same = sum((Counter(found) & Counter(wanted)).values())
    return 2 * same / (len(found) + len(wanted))


@lru_cache(maxsize=1)
def _rouge():
    from rouge_score.rouge_scorer import RougeScorer

    return RougeScorer(["rouge1", "rouge2", "rougeL"], use_stemmer=False)


def rouge(kind: str, predicted: str, targets: Sequence[str]) -> float:
    """Best F-measure of rouge1, rouge2 or rougeL over the references."""
    return max((_rouge().score(target, predicted)[kind].fmeasure for target in targets), default=0.0)


SCORERS = {
    "exact_match": exact_match,
    "token_f1": token_f1,
    "rouge_l": lambda predicted, targets: rouge("rougeL", predicted, targets),
    "rouge_1": lambda predicted, targets: rouge("rouge1", predicted, targets),
    "rouge_2": lambda predicted, targets: rouge("rouge2", predicted, targets),
}
"""Metric name -> (prediction, accepted answers) -> score in [0, 1]."""
