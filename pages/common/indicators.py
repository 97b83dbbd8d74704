"""Indicators of transfer in words: names, and what their judgement says. No Streamlit."""

import pandas as pd

from pages.common.words import SURE, known, number, p_says

NAMES = {
    "picker": "Family, answer words, mean tokens",
    "cosine_mean": "Cosine of mean tokens",
    "cosine_average": "Mean cosine of all tokens",
    "cosine_concat": "Cosine of all tokens in order",
    "euclidean_average": "Mean distance of all tokens",
    "euclidean_concat": "Distance of all tokens in order",
    "neurons": "Overlap of activated neurons",
    "family": "Same family",
    "chance": "Any source (chance)",
}
EMBEDDING = ("cosine_mean", "cosine_average", "cosine_concat", "euclidean_average", "euclidean_concat")
WARNED = ("cosine_concat", "euclidean_average", "euclidean_concat")
"""Near chance on five published backbones; never to be ranked by without a warning."""
KINDS = {"per_target": "Per target", "pooled": "All pairs", "per_source": "Per source"}


def duel_reading(what: str, other: str, found: tuple[float, float, int] | None) -> str:
    """Whether one indicator predicts better than another, in words and numbers."""
    if found is None:
        return f"{what} cannot be compared with {other}: too few targets have both."
    difference, p, count = found
    sure = p < SURE
    verb = "neither clearly better nor worse than"
    if sure:
        verb = "better than" if difference > 0 else "worse than"
    gap = f"Spearman {'+' if difference >= 0 else ''}{number(difference)} on average over {count} targets, {p_says(p)}"
    return f"{what} predicts transfer {verb} {other} ({gap})."


def figure_reading(judged: pd.DataFrame, kind: str) -> str:
    """The judgement in one sentence, for the alternative text."""
    told = [f"{row['name']}: Spearman {number(row[kind])}, loss {loss(row['regret_1'])}" for _, row in judged.iterrows()]
    return "How well indicators rank sources. " + "; ".join(told)


def loss(value: float | None) -> str:
    """Regret in points of the table, `3.2 points`."""
    return f"{number(value, 1)} points" if known(value) else "–"
