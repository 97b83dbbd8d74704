"""The space of prompts as data for a picture: groups, neighbours, what the picture misplaces, readings. No Streamlit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from pages.common import theme
from pages.common.theme import Palette
from pages.common.words import SURE, counted, family, known, listing, number, p_says, percent
from ptlib.base.stats import holm
from ptlib.tasks.task import FAMILIES

COLOUR_BY = {"family": "Family", "task": "Task", "seed": "Seed", "score": "Own score", "set": "Set"}
METHODS = {"pca": "PCA", "tsne": "t-SNE", "umap": "UMAP"}
ON = {"mean": "Mean token", "flat": "All tokens", "neurons": "Neurons"}


@dataclass(frozen=True, slots=True)
class Group:
    """Points that are drawn alike and share an entry in the legend."""

    name: str
    rows: pd.DataFrame
    colour: str
    symbol: str


def groups(points: pd.DataFrame, by: str, colours: Palette) -> list[Group]:
    """Split points by a column; colour and shape both tell the groups apart. By score: one group a family."""
    if by in ("family", "score"):
        present = [name for name in (*FAMILIES, *sorted(set(points.family) - set(FAMILIES))) if (points.family == name).any()]
        return [
            Group(family(name), points[points.family == name], colours.family(name), theme.SYMBOLS.get(name, "circle-open-dot"))
            for name in present
        ]
    column = {"task": "task_name", "seed": "seed", "set": "set"}[by]
    found = []
    for place, value in enumerate(dict.fromkeys(points[column])):
        colour, form = colours.categories[place % 7], theme.FORMS[(place + place // 7) % 7]
        found.append(Group(f"seed {value}" if by == "seed" else str(value), points[points[column] == value], colour, form))
    return found


def labelled(points: pd.DataFrame) -> pd.DataFrame:
    """The points that carry a name: all of few, else of every task the one in the middle."""
    if len(points) <= 18:
        return points
    axes = ["x", "y"]
    chosen = []
    for _, rows in points.groupby("task", sort=False):
        away = ((rows[axes] - rows[axes].mean()) ** 2).sum(axis=1)
        chosen.append(away.idxmin())
    return points.loc[chosen]


def near_in_picture(points: pd.DataFrame, prompt: str) -> pd.Series:
    """Rank of every other prompt by its distance in the picture, 1 = nearest; index = prompt id."""
    here = points[~points.earlier].set_index("prompt")
    axes = [axis for axis in "xyz" if axis in here]
    away = np.sqrt(((here[axes] - here.loc[prompt, axes].astype(float)) ** 2).sum(axis=1)).drop(prompt)
    return away.rank(method="min").astype(int)


def neighbours(points: pd.DataFrame, near: pd.DataFrame, prompt: str) -> pd.DataFrame:
    """Nearest prompts in the original space: rank, neighbour, distance, picture (rank there), misplaced."""
    mine = near[near["prompt"] == prompt].sort_values("rank")
    if mine.empty:
        return mine.assign(picture=[], misplaced=[])
    ranks = near_in_picture(points, prompt)
    mine = mine.assign(picture=[int(ranks.get(name, 0)) for name in mine.neighbour])
    return mine.assign(misplaced=mine.picture > 2 * len(mine))


def only_in_picture(points: pd.DataFrame, near: pd.DataFrame, prompt: str, first: int = 5) -> list[str]:
    """Prompts that the picture shows among the nearest and that are not among the listed neighbours."""
    truly = set(near.loc[near["prompt"] == prompt, "neighbour"])
    ranks = near_in_picture(points, prompt).sort_values()
    return [str(name) for name in ranks.index[:first] if name not in truly]


def statistic(statistics: pd.DataFrame, by: str, measure: str) -> pd.Series | None:
    """One row of the statistics, None when it was not computed."""
    rows = statistics[(statistics["by"] == by) & (statistics["measure"] == measure)]
    return rows.iloc[0] if len(rows) and known(rows.iloc[0]["value"]) else None


def reading(statistics: pd.DataFrame) -> str:
    """Do prompts of one family lie together? In one sentence, with numbers."""
    row, pure = statistic(statistics, "family", "silhouette"), statistic(statistics, "family", "neighbour purity")
    if row is None:
        reasons = [str(text) for text in statistics.get("reason", []) if text]
        return f"Whether families cluster cannot be tested here. {reasons[0] if reasons else ''}".strip()
    numbers = f"silhouette {number(row['value'])} (shuffled families {number(row['chance'])}, {p_says(row['p'])})"
    if pure is not None:
        numbers += (
            f"; the nearest prompt of another task has the same family in {percent(pure['value'])} of cases "
            f"(shuffled {percent(pure['chance'])}, {p_says(pure['p'])})"
        )
    corrected = holm([row["p"], None if pure is None else pure["p"]])
    sure = any(p is not None and p < SURE for p in corrected)
    verdict = "lie closer together than chance would have it" if sure else "do not clearly lie together"
    return f"Prompts of one family {verdict}: {numbers}. {counted(int(row['n']), 'prompt')}."


def trust_rows(statistics: pd.DataFrame, stability: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Numbers that say how far to trust the picture: name, value, chance, p, note."""
    rows = []
    for by in ("family", "task"):
        for measure in ("silhouette", "neighbour purity"):
            row = statistic(statistics, by, measure)
            if row is not None:
                entry = {"value": float(row["value"]), "chance": float(row["chance"]), "p": float(row["p"])}
                rows.append({"name": f"{measure.capitalize()} by {by}", **entry, "note": f"{p_says(row['p'])}"})
    k = stability.get("k")
    kept, persist = stability.get("kept"), stability.get("persistence")
    if known(kept):
        chance, note = stability.get("kept_chance"), f"of the {k} nearest, in the picture"
        rows.append({"name": "True neighbours kept", "value": kept, "chance": chance, "p": None, "note": note})
    if known(persist):
        again = stability.get("reruns")
        note = f"over {again} fits with other seeds" if again else "every fit is the same"
        rows.append({"name": "Neighbours that stay", "value": persist, "chance": None, "p": None, "note": note})
    return rows


def trust_reading(rows: Sequence[Mapping[str, Any]]) -> str:
    """The strip in one sentence, for the alternative text."""
    return "How far to trust the picture: " + "; ".join(
        f"{row['name'].lower()} {number(row['value'])}" + (f" (chance {number(row['chance'])})" if known(row["chance"]) else "")
        for row in rows
    )


def misplaced_reading(found: pd.DataFrame, only: Sequence[str]) -> str:
    """What the picture gets wrong around one prompt; `neighbour` holds shown names here."""
    if found.empty:
        return ""
    far = [str(name) for name in found.loc[found.misplaced, "neighbour"]]
    parts = []
    if far:
        parts.append(f"The picture draws {listing(far)} far away, though {'it is' if len(far) == 1 else 'they are'} near.")
    if only:
        parts.append(f"It draws {listing(only)} near, though {'it is' if len(only) == 1 else 'they are'} not.")
    return " ".join(parts) or "The picture places these neighbours about right."
