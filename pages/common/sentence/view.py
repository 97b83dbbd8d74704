"""Answers of prompts to a sentence as words and tables. No Streamlit."""

from collections.abc import Mapping, Sequence

import pandas as pd

from pages.common import charts, words
from ptlib.models.words import Spelled

Answer = Sequence[float] | str
SHOWN = 6
"""Words that are named."""


def said(labels: Sequence[str], answer: Answer) -> str:
    """What a prompt answers: the likeliest label, or its text."""
    return answer if isinstance(answer, str) else labels[max(range(len(labels)), key=answer.__getitem__)]


def verdict(labels: Sequence[str], answers: Mapping[str, Answer]) -> str:
    """`Own prompt says negative and reused prompt says positive`."""
    return " and ".join(f"{charts.PROMPTS[kind]} says {said(labels, found)}" for kind, found in answers.items()).capitalize()


def table(labels: Sequence[str], answers: Mapping[str, Answer]) -> pd.DataFrame:
    """Answers of many prompts, one row each: prompt, answer, how sure it is in percent (absent for generated texts)."""
    rows = [{"prompt": name, "answer": said(labels, found)} | _share(found) for name, found in answers.items()]
    return pd.DataFrame(rows)


def _share(answer: Answer) -> dict[str, float]:
    return {} if isinstance(answer, str) else {"percent": 100 * max(map(float, answer))}


def agreed(found: pd.DataFrame) -> str:
    """How many of the prompts say what, the most frequent answer first."""
    counts = found.answer.value_counts()
    told = [f"**{words.literal(str(answer)) or '(nothing)'}** by {count}" for answer, count in counts.head(SHOWN).items()]
    return f"{words.counted(len(found), 'prompt')} asked: {', '.join(told)}."


def unknown(found: Spelled) -> str:
    """Which words the model does not know; empty where it knows them all."""
    told = []
    if found.unknown:
        told.append(f"The model cannot read {_named(found.unknown)}.")
    if found.split:
        told.append(f"The model does not know {_named(found.split)} whole and reads pieces, so that the sense may be lost on it.")
    return " ".join(told)


def _named(found: Sequence[str]) -> str:
    return words.listing((f"“{word}”" for word in found), SHOWN)
