"""Transfer as initialisation: how many steps does a start from another task's prompt save? (paper, section 5)

Converged: the first evaluation whose best score so far is not beaten by more than `GAIN` in the next `PATIENCE` ones.
`reach`: the first evaluation of the warm run that is at least as good as its own-start twin's converged score (same target,
same seed). Step 0 counts as the first evaluation after it, so that a prompt that needs no tuning gives no division by zero.
A run that ended without getting there is censored: how many steps it would take is not known. It has no share and is counted
beside the shares of the others; `restricted` is the mean over all, in which it counts with all its steps (restricted mean).
Torch-free.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from ptlib.base.errors import PtlibError
from ptlib.base.stats import mean_interval
from ptlib.prompts.spec import TuneSettings
from ptlib.results.catalogue import Catalogue
from ptlib.tasks.registry import get_task

GAIN, PATIENCE = 0.005, 5
SAME, OTHER = "same family", "another family"
COLUMNS = (
    "target",
    "source",
    "relation",
    "seed",
    "level",
    "own_steps",
    "warm_steps",
    "reached",
    "warm_converged",
    "share",
    "restricted",
    "at_once",
)
SUMMARY = ("relation", "runs", "reached", "not_reached", "targets", "share", "low", "high", "speed_up", "restricted", "at_once")


def converged(curve: pd.DataFrame, gain: float = GAIN, patience: int = PATIENCE) -> tuple[int, float] | None:
    """(step, score) at which a learning curve had converged; its best point when the run ended before that was sure.

    curve: columns step and validation, in order; None when it has no score.
    """
    known = curve[curve["validation"].notna()]
    steps, scores = known["step"].to_list(), known["validation"].to_list()
    if not scores:
        return None
    best = 0
    for place, score in enumerate(scores):
        if score > scores[best] + gain:
            best = place
        elif place - best >= patience:
            break
    return int(steps[best]), float(scores[best])


def reach(curve: pd.DataFrame, level: float) -> int | None:
    """The first evaluated step with at least this score; None when it was never reached."""
    there = curve[curve["validation"] >= level]
    return int(there["step"].iloc[0]) if len(there) else None


def comparisons(catalogue: Catalogue, backbone: str, recipe: str | None = None) -> pd.DataFrame:
    """Every prompt that was started from another task's, beside the own-start prompt of the same target and seed.

    Returns:
        `COLUMNS`: level (the own start's converged validation score, a fraction), own_steps (when it got there), warm_steps
        (when the warm run did; where it never did, with reached = False, the whole run and never less than own_steps),
        warm_converged, restricted = warm_steps / own_steps, share = the same, NaN where it was never reached; at_once: the own
        start was there at its first evaluation. Runs whose twin is missing, or whose settings differ from their twin's in more
        than the start, are left out.
    """
    return pd.DataFrame(list(_compared(catalogue, backbone, recipe)), columns=list(COLUMNS))


def _compared(catalogue: Catalogue, backbone: str, recipe: str | None) -> Iterator[Mapping[str, object]]:
    rows, recipes = {row.id: row for row in catalogue.prompt_rows(backbone)}, catalogue.recipes(backbone)
    for row in rows.values():
        source = rows.get(row.start.value) if row.start.is_warm else None
        if source is None or source.task == row.task or recipe not in (None, source.recipe):
            continue
        if row.recipe != continued(source.recipe, row.init, recipes.get(source.recipe)):  # tuned on with other settings
            continue
        own = next(
            (other for other in rows.values() if (other.task, other.seed, other.recipe) == (row.task, row.seed, source.recipe)),
            None,
        )
        curves = [catalogue.curve(name) for name in (own.id, row.id)] if own else []
        if not curves or any(curve["validation"].notna().sum() < 2 for curve in curves):
            continue
        yield {
            "target": row.task,
            "source": source.task,
            "relation": _relation(source.task, row.task),
            "seed": row.seed,
            **measured(*curves),
        }


def continued(recipe: str, init: str, settings: TuneSettings | None) -> str | None:
    """Recipe of a run with these settings but another start; None when the settings are not known."""
    data = recipe.partition("-")[1:]
    return None if settings is None else replace(settings, init=init).recipe + "".join(data)


def measured(own: pd.DataFrame, warm: pd.DataFrame) -> dict[str, Any]:
    """What a start saved against its twin's: level ... at_once of `COLUMNS`, from curves with two scores or more."""
    own_end, warm_end = converged(own), converged(warm)
    assert own_end and warm_end  # both curves have two scores or more
    (own_steps, level), (warm_converged, _) = own_end, warm_end
    first, found = int(own["step"].iloc[1]), reach(warm, level)
    whole = max(int(warm["step"].iloc[-1]), own_steps)  # censored: it may have been stopped early, and saved nothing for sure
    steps = [max(first, step) for step in (own_steps, whole if found is None else found, warm_converged)]
    return {
        "level": level,
        "own_steps": steps[0],
        "warm_steps": steps[1],
        "reached": found is not None,
        "warm_converged": steps[2],
        "share": steps[1] / steps[0] if found is not None else np.nan,
        "restricted": steps[1] / steps[0],
        "at_once": steps[0] == first,
    }


def _relation(source: str, target: str) -> str:
    try:
        return SAME if get_task(source).family == get_task(target).family else OTHER
    except PtlibError:
        return OTHER


def summary(found: pd.DataFrame) -> pd.DataFrame:
    """By relation of source and target, `SUMMARY`.

    share: mean over targets of warm steps in own steps of the runs that got there, seeds averaged first, with its 95 %
    bootstrap interval over targets; speed_up: mean own steps / mean warm steps of the same runs; not_reached: censored runs,
    which count in restricted alone; at_once: runs whose own start had converged at the first evaluation already, so that
    nothing could be saved.
    """
    rows = []
    for relation, group in found.groupby("relation", sort=False):
        there = group[group["reached"]]
        means = there.groupby("target")["share"].mean().to_numpy(float)
        interval = mean_interval(means)
        several = len(means) > 1
        rows.append(
            {
                "relation": relation,
                "runs": len(group),
                "reached": len(there),
                "not_reached": len(group) - len(there),
                "targets": len(means),
                "share": np.nan if interval.value is None else interval.value,
                "low": interval.low if several else np.nan,
                "high": interval.high if several else np.nan,
                "speed_up": float(there["own_steps"].mean() / there["warm_steps"].mean()) if len(there) else np.nan,
                "restricted": float(group.groupby("target")["restricted"].mean().mean()),
                "at_once": int(group["at_once"].sum()),
            }
        )
    return pd.DataFrame(rows, columns=list(SUMMARY)).sort_values("relation", ascending=False, ignore_index=True)
