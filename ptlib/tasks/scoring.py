"""Scores of one answer: exact match and token F1 as SQuAD counts them, ROUGE through the `rouge_score` library.

ROUGE's variant: F-measure, no stemming, Unicode words. On English the words are the library's own; in every other script
they are runs of letters, and single letters where words are not set apart (Chinese, Japanese, Thai, ...) and emoji.
"""

import re
import string
import unicodedata
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


ROUGE_VARIANT = "F-measure, no stemming, Unicode words"
_ALONE = re.compile(
    r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
)
"""A letter of a script that sets no spaces between words."""


class _Words:
    """Tokenizer of the library's interface."""

    def tokenize(self, text: str) -> list[str]:
        """Words of a text in lower case."""
        if text.isascii():
            return re.sub(r"[^a-z0-9]+", " ", text.lower()).split()
        return _words(unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold()))


def _words(text: str) -> list[str]:
    words: list[str] = []
    run = ""
    for letter in text:
        kind = unicodedata.category(letter)
        if kind == "Cf" or "\ufe00" <= letter <= "\ufe0f":
            continue
        if kind[0] == "M" and (run or words):  # a mark belongs to the letter before it
            if run:
                run += letter
            else:
                words[-1] += letter
        elif kind[0] in "LN" and not _ALONE.match(letter):
            run += letter
        else:
            words += [run] if run else []
            words += [letter] if kind == "So" or kind[0] in "LN" else []
            run = ""
    return [*words, run] if run else words


@lru_cache(maxsize=1)
def _rouge():
    from rouge_score.rouge_scorer import RougeScorer

    return RougeScorer(["rouge1", "rouge2", "rougeL"], use_stemmer=False, tokenizer=_Words())


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
