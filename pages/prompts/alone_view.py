"""What the model predicts with a prompt alone, as tables and sentences. Pure; no Streamlit."""

from collections.abc import Sequence

import pandas as pd

from pages.common.words import known, percent
from ptlib.analysis.alone import Alone, Answer

MEANING = (
    "This is the prompt's bias toward an answer before any text is read. It does not explain the task: what the prompt does "
    "with a text may be quite different."
)
_LEAN = 0.1
"""Label shares that differ less from an even split are not called a lean."""


def word_table(found: Alone) -> pd.DataFrame:
    """word, token, probability, untrained, label (that it answers, or empty): the prompt's words, then the untrained one's."""
    labels = {answer.word: answer.label for answer in found.answers}
    seen = {word.token: word for word in (*found.words, *found.untrained_words)}
    columns = ["word", "token", "probability", "untrained", "label"]
    rows = [(word.word, word.token, word.probability, word.untrained, labels.get(word.word, "")) for word in seen.values()]
    return pd.DataFrame(rows, columns=columns)


def answer_table(found: Alone) -> pd.DataFrame:
    """label, word, share among the label words and probability over the vocabulary, each also for the untrained prompt."""
    columns = ["label", "word", "share", "probability", "untrained_share", "untrained_probability"]
    return pd.DataFrame([[getattr(answer, name) for name in columns] for answer in found.answers], columns=columns)


def shares(found: Alone) -> dict[str, dict[str, float]]:
    """Label shares of the prompt and, where there is one, of the untrained prompt."""
    both = {"own": {answer.label: answer.share for answer in found.answers}}
    if not found.no_untrained:
        both["untrained"] = {answer.label: answer.untrained_share or 0.0 for answer in found.answers}
    return both


def chance(value: float | None) -> str:
    """A probability in percent; what would read as nothing is said to be small."""
    return "under 0.1 %" if known(value) and 0 < value < 0.001 else percent(value, 1)


def reading(found: Alone) -> str:
    """The most probable word, in plain letters, beside that of the untrained prompt."""
    first = found.words[0]
    told = f"With this prompt and no text the most probable word at the {found.position} is “{first.word}” "
    told += f"({chance(first.probability)} of the whole vocabulary"
    if found.untrained_words:
        other = found.untrained_words[0]
        told += f"; untrained: {chance(first.untrained)}). " if other.token == first.token else "). "
        told += f"With the untrained prompt it is {'the same' if other.token == first.token else f'“{other.word}”'} "
        told += f"({chance(other.untrained)})."
    else:
        told += ")."
    if found.continuation:
        told += f" By itself the model goes on: “{found.continuation}”"
        told += f"; untrained: “{found.untrained_continuation or '(nothing)'}”." if not found.no_untrained else "."
    return told


def lean_reading(answers: Sequence[Answer]) -> str:
    """Toward which label the prompt leans, and how much of all probability the label words hold."""
    best = max(answers, key=lambda answer: answer.share)
    leans = best.share > (1 + _LEAN) / len(answers)
    told = f"Before any text, {percent(best.share)} of the label words' probability lies on “{best.label}”"
    told += f": a lean, as an even split gives {percent(1 / len(answers))}." if leans else ": about an even split."
    total = sum(answer.probability for answer in answers)
    told += f" The label words hold {chance(total)} of the whole vocabulary's probability"
    if best.untrained_share is None:
        return f"{told}."
    before = sum(answer.untrained_probability or 0 for answer in answers)
    return f"{told}, untrained {chance(before)}; untrained share of “{best.label}”: {percent(best.untrained_share)}."
