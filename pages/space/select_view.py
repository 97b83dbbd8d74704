"""A selection of prompts as sentences and tables. Pure; no Streamlit."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from pages.common.words import counted, family, interval, known, percent
from ptlib.analysis.references import UNKNOWN
from ptlib.analysis.spaces.selection import Blocks, Explained

SHARE = "How much of the choice this tells: 100 % = all of it, 0 % = no more than chance. It describes what you chose; no test."
_NAMES = {"task_name": "task", "family": "family", "seed": "seed", "score": "own score", "start": "start"}


def properties(ends: pd.DataFrame) -> dict[str, list[Any]]:
    """What may tell prompts apart: task, family, seed, own score, start; an unknown family is each task's own."""
    found: dict[str, list[Any]] = {}
    for column, name in _NAMES.items():
        if column in ends:
            found[name] = ends[column].tolist()
    unknown = [name == UNKNOWN for name in ends.family]
    found["family"] = [
        f"unknown, {task}" if lost else family(name)
        for name, lost, task in zip(ends.family, unknown, ends.task_name, strict=True)
    ]
    return found


def explained_reading(found: Sequence[Explained]) -> str:
    """What tells the selected prompts from the others, in one sentence."""
    best = next((item for item in found if known(item.share)), None)
    if best is None:
        return "Nothing that is known of these prompts tells them from the others."
    whose = f"{best.inside} with {best.name} {best.commonest} inside, {best.outside} outside"
    verdict = "tells this choice best" if (best.share or 0) >= 0.2 else "tells most, which is little"
    return f"The {best.name} {verdict} ({percent(max(best.share or 0, 0))}): {whose}."


def explained_table(found: Sequence[Explained]) -> pd.DataFrame:
    """property, tells (percent, not below 0), mostly."""
    rows = [(item.name.capitalize(), 100 * max(item.share, 0.0), item.commonest) for item in found if item.share is not None]
    return pd.DataFrame(rows, columns=["property", "tells", "mostly"])


def tasks_inside(ends: pd.DataFrame, names: Sequence[str]) -> list[str]:
    """Tasks of which at least half of the prompts are selected."""
    share = ends.assign(inside=ends["prompt"].isin(names)).groupby("task", sort=False).inside.mean()
    return [str(task) for task in share.index[share >= 0.5]]


def transfer_reading(found: Blocks, tasks: int) -> str:
    """Gain kept inside the selection, out of it, into it and outside."""
    if found.means["inside"] is None:
        return f"{counted(tasks, 'task')} inside: no transfer between them was measured."
    told = {name: f"{percent(value)}" for name, value in found.means.items()}
    gap = found.difference
    sure = interval(gap.low, gap.high)
    more = f" Inside minus across: {percent(gap.value)} {sure}".rstrip() + "." if known(gap.value) else ""
    return (
        f"Between the {counted(tasks, 'task')} inside, reused prompts keep **{told['inside']}** of the gain "
        f"({counted(found.cells['inside'], 'cell')}); to tasks outside {told['outward']}, from outside {told['inward']}, among "
        f"the others {told['outside']}.{more}"
    )
