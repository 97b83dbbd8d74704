"""The space of prompts as data for a picture: groups, neighbours, what the picture misplaces, readings. No Streamlit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from pages.common import theme
from pages.common.theme import Palette
from pages.common.words import SURE, counted, family, known, listing, number, p_says, percent
from ptlib.analysis import separation
from ptlib.analysis.clusters import distances
from ptlib.base.stats import holm
from ptlib.tasks.task import FAMILIES

COLOUR_BY = {"family": "Family", "task": "Task", "seed": "Seed", "score": "Own score", "set": "Where from"}
OLD_COLOURS = {"Set": "set"}
"""What links of earlier versions call a colouring."""
LOOKS = {"ended": "Where they ended", "way": "How they got there"}
MOST_NAMES = 24
"""Tasks that are named in a picture."""
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


@dataclass(frozen=True, slots=True)
class Name:
    """A name at the centre of its points."""

    text: str
    family: str
    x: float
    y: float


def centres(
    ends: pd.DataFrame, by: str, frame: tuple[tuple[float, float], tuple[float, float]], room: tuple[float, float]
) -> list[Name]:
    """Names of families or tasks, each as near to the middle of its points as it lies on none of them and on no other name.

    frame: (low, high) of both axes; room: width and height of the picture in letter sizes. Prompts without a known family are
    no family and have no name; neither have more than `MOST_NAMES` tasks.
    """
    known_ = ends[ends.family.isin(FAMILIES)] if by == "family" else ends
    groups_ = list(known_.groupby(by, sort=False))
    if len(groups_) > MOST_NAMES:
        return []
    low, span = np.array([axis[0] for axis in frame]), np.array([axis[1] - axis[0] for axis in frame])
    marks = (ends[["x", "y"]].to_numpy(float) - low) / span * room
    taken, found = [np.array([*mark, 1.0, 0.9]) for mark in marks], []
    for key, rows in sorted(groups_, key=lambda item: -len(item[1])):
        text = family(str(key)) if by == "family" else str(rows.task_name.iloc[0])
        middle = (rows[["x", "y"]].median().to_numpy(float) - low) / span * room
        width = 0.6 * len(text) + 0.6
        spots = [
            np.array([*np.clip(middle + shift, (width / 2, 0.8), np.array(room) - (width / 2, 0.8)), width, 1.5])
            for shift in _SHIFTS
        ]
        best = min(spots, key=lambda spot: (_covered(spot, taken), float(np.hypot(*(spot[:2] - middle)))))
        taken.append(best)
        x, y = best[:2] / room * span + low
        found.append(Name(text, str(rows.family.iloc[0]), float(x), float(y)))
    return found


_SHIFTS = [np.array([0.0, 0.0])] + [
    radius * np.array([1.6 * np.cos(turn), np.sin(turn)])
    for radius in (1.5, 2.5, 4, 6, 8)
    for turn in np.arange(0, 2 * np.pi, np.pi / 6)
]
"""Where a name may go from the middle of its points, in letter sizes; nearest first."""


def _covered(spot: np.ndarray, taken: Sequence[np.ndarray]) -> float:
    """Area that a box (x, y, width, height) shares with others."""
    found = 0.0
    for other in taken:
        over = [min(spot[at] + spot[at + 2] / 2, other[at] + other[at + 2] / 2) for at in (0, 1)]
        under = [max(spot[at] - spot[at + 2] / 2, other[at] - other[at + 2] / 2) for at in (0, 1)]
        found += max(over[0] - under[0], 0) * max(over[1] - under[1], 0)
    return found


def reach(values: pd.Series) -> list[float]:
    """Ends of an axis that these values fill but for a margin."""
    low, high = float(values.min()), float(values.max())
    room = (high - low) * 0.06 or 1.0
    return [low - room, high + room]


def reaches(points: pd.DataFrame, scale: tuple[int, int] | None) -> list[list[float]]:
    """Ends of both axes. scale: width and height of the picture, where one unit is as long on both; None: both are filled."""
    found = [reach(points[axis]) for axis in "xy"]
    if scale is None:
        return found
    unit = max((high - low) / pixels for (low, high), pixels in zip(found, scale, strict=True))
    middles = [(low + high) / 2 for low, high in found]
    return [[middle - unit * pixels / 2, middle + unit * pixels / 2] for middle, pixels in zip(middles, scale, strict=True)]


def score_range(scores: pd.Series) -> tuple[float, float]:
    """From where to where a scale for these scores goes, in steps of 5 %: scores between 89 and 100 % would all look alike."""
    there = [value for value in scores if known(value)]
    if not there:
        return 0.0, 1.0
    low, high = np.floor(min(there) * 20) / 20, np.ceil(max(there) * 20) / 20
    return float(min(low, high - 0.05)), float(high)


def score_fills(scores: pd.Series, colours: Palette) -> list[str]:
    """Colour of each score on the scale of `score_range`; what is not known has none."""
    low, high = score_range(scores)
    return [theme.colour_at(colours.sequential, (v - low) / (high - low)) if known(v) else colours.panel for v in scores]


def drawn_silhouette(ends: pd.DataFrame) -> float | None:
    """Silhouette by family in the picture itself, of prompts with a known family; None with fewer than two families."""
    rows = ends[ends.family.isin(FAMILIES)]
    if rows.family.nunique() < 2:
        return None
    places = rows[[axis for axis in "xyz" if axis in rows]].to_numpy(float)
    return separation.silhouette(distances(places), rows.family.to_numpy())


def identical(prints: Mapping[str, str], labels: Mapping[str, str]) -> dict[str, str]:
    """Prompt -> names of the others with the very same values; prompts without a twin are absent.

    prints: prompt -> digest of its values; labels: prompt -> shown name.
    """
    same: dict[str, list[str]] = {}
    for name, print_ in prints.items():
        same.setdefault(print_, []).append(name)
    twins = [names for names in same.values() if len(names) > 1]
    return {name: listing(labels[other] for other in names if other != name) for names in twins for name in names}


def matching(ends: pd.DataFrame, words: str) -> list[str]:
    """Prompts whose task, family or name holds every one of these words, upper or lower case."""
    told = [f"{row.label} {row.task} {family(row.family)}".casefold() for row in ends.itertuples()]
    wanted = words.casefold().split()
    return [name for name, text in zip(ends["prompt"], told, strict=True) if all(word in text for word in wanted)]


def hideable(ends: pd.DataFrame) -> dict[str, str]:
    """What can be hidden: family or task -> its name; the families first."""
    families = {f"family:{name}": f"All of {family(name)}" for name in dict.fromkeys(ends.family)}
    return families | dict(zip(ends.task, ends.task_name, strict=True))


def without(points: pd.DataFrame, hidden: Sequence[str]) -> pd.DataFrame:
    """The points that are not hidden by task or family."""
    families = {name.removeprefix("family:") for name in hidden if name.startswith("family:")}
    return points[~(points.task.isin(hidden) | points.family.isin(families))]


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
    unknown = int(row.get("left_out") or 0) if known(row.get("left_out")) else 0
    more = f" {counted(unknown, 'prompt')} without a known family left out." if unknown else ""
    return f"Prompts of one family {verdict}: {numbers}. {counted(int(row['n']), 'prompt')}.{more}"


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
