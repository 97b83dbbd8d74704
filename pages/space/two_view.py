"""Two spaces of prompts as sentences and tables. Pure; no Streamlit."""

from collections.abc import Callable, Sequence

import pandas as pd

from pages.common.words import counted, interval, known, listing, percent
from ptlib.analysis.spaces.comparing import Neighbourhoods
from ptlib.analysis.spaces.together import RELATIVE, VALUES, Together

WAYS = {"beside": "Side by side", "one": "In one picture"}
UNITS = {"shared": "fraction of the nearest tasks, 0 to 1", "spearman": "1, a rank correlation of distances"}
PLACED = {VALUES: "By their values", RELATIVE: "Relative to common tasks"}


def reading(found: Neighbourhoods | None, first: str, second: str, name: Callable[[str], str]) -> str:
    """Do tasks have the same neighbours in both spaces: verdict first."""
    if found is None:
        return f"{first} and {second} have fewer than four tasks in common: too few to speak of neighbours."
    mean = found.mean
    if known(mean.low) and mean.low > found.chance:
        verdict = "largely agree" if (mean.value or 0) >= 0.6 else "agree more than chance would have it"
    else:
        verdict = "do not clearly agree"
    least = found.table.loc[found.table.shared.idxmin()]
    sure = interval(mean.low, mean.high)
    return (
        f"The two spaces **{verdict}** on which tasks are alike: of a task's {found.nearest} nearest tasks {percent(mean.value)} "
        f"{sure} are the same in both (chance {percent(found.chance)}; {counted(len(found.table), 'task')} in common, interval "
        f"over tasks). Least on {name(str(least.task))}: {percent(float(least.shared))}."
    )


def table(found: Neighbourhoods, name: Callable[[str], str]) -> pd.DataFrame:
    """The agreement of every task with shown names: task, shared, spearman, near_first, near_second."""
    near = {
        f"near_{side}": ["; ".join(map(name, names.split("; "))) for names in found.table[side]] for side in ("first", "second")
    }
    kept = found.table.rename(columns={"rank": "spearman"}).drop(columns=["first", "second"])
    return kept.assign(task=kept.task.map(name), **near)


def placed_reading(found: Together, spaces: Sequence[str], name: Callable[[str], str]) -> str:
    """How several spaces came into one picture."""
    axes = f"The axes show {percent(sum(found.explained))} of the variance (PCA)."
    if found.by == VALUES:
        return f"{listing(spaces)} placed **by their values**, each prompt scaled to length 1: their widths are equal. {axes}"
    tasks = f"{counted(len(found.anchors), 'common task')}** ({listing(map(name, found.anchors))})"
    return (
        f"{listing(spaces)} placed **relative to {tasks}: a prompt is described by its cosines to the mean prompts of these "
        f"tasks in its own space, so spaces of any width compare. A prompt is left out of its own task's mean. {axes}"
    )


def distance(found: Together, of: Sequence[int], tasks: Sequence[str]) -> str:
    """Whether prompts of one task lie together across spaces: nearest prompt of another space has the same task."""
    places, hits, count = found.places, 0, 0
    for at, (space, task) in enumerate(zip(of, tasks, strict=True)):
        others = [other for other, there in enumerate(of) if there != space]
        if task not in {tasks[other] for other in others}:
            continue
        nearest = min(others, key=lambda other: float(((places[other] - places[at]) ** 2).sum()))
        hits, count = hits + (tasks[nearest] == task), count + 1
    if not count:
        return ""
    chance = percent(1 / len(set(tasks)))
    return (
        f"For {percent(hits / count)} of the prompts the nearest prompt of the other space is of the same task (chance {chance})."
    )
