"""Starts from another task's prompt in words and as a table. Pure; no Streamlit."""

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from pages.common.words import MISSING, counted, known, listing, owner, percent
from ptlib.transfer import warm

DEFINITION = (
    "Converged: the first evaluation on the validation examples whose score is not beaten by more than "
    f"{100 * warm.GAIN:g} points in the next {warm.PATIENCE} evaluations, or the best one of a shorter run. Reached: the first "
    "evaluation that is at least as good as the own start of the same task and seed once it had converged. A prompt that is "
    "there before any tuning counts up to the first evaluation after step 0. A run that ended without getting there is censored: "
    "it is counted beside the means and not in them, and the mean in which it counts with all its steps is told, too. Between "
    "two evaluations nothing is known. The question is that of section 5 of Su et al. (NAACL 2022); this rule is "
    "ours."
)
FROM = {warm.SAME: "from a relative", warm.OTHER: "from a stranger"}
"""Relation of source and target -> how it is called here."""
_COLUMNS = ("task", "target", "relation", "sources", "seeds", "runs", "not_reached", "level", "own_steps", "warm_steps", "share")


def pair_reading(rows: pd.DataFrame, source: str, target: str) -> str:
    """What starts of one target from one source saved, averaged over seeds. rows: of `warm.comparisons`, not empty."""
    runs, seeds, never = len(rows), rows["seed"].nunique(), int((~rows["reached"]).sum())
    there = rows if never == runs else rows[rows["reached"]]
    level = percent(rows["level"].mean(), 1)
    own, steps = (steps_text(there[name].mean()) for name in ("own_steps", "warm_steps"))
    start = f"Started from {owner(source)} prompt, the prompt of {target}"
    basis = f"mean of {counted(seeds, 'seed')}" if seeds > 1 else "1 seed"
    if never == runs:
        return (
            f"{start} never reached the converged score of an own start ({level}): not within all its {steps} steps, where an "
            f"own start needed {own} ({basis}{f'; none of {runs} got there' if runs > 1 else ''})."
        )
    missed = f"{runs - never} of {runs} got there; the others, censored, are not in this mean" if never else ""
    note = missed or (f"all {runs} got there" if runs > 1 else "")
    basis = f"mean of {counted(there['seed'].nunique(), 'seed')}" if seeds > 1 else basis
    after = f"after {steps} instead of {own} steps" if steps != own else f"after {steps} steps, as many as an own start needed"
    notes = "; ".join(filter(None, (basis, note)))
    return f"{start} reached the converged score of an own start ({level}) {after} ({notes})."


def steps_text(value: float) -> str:
    """A number of steps; a dash when it is not known."""
    return f"{value:,.0f}" if known(value) else MISSING


def summary_reading(summary: pd.DataFrame) -> str:
    """Share of an own start's steps, from relatives and from strangers, as `warm.summary` has it."""
    told = [_relation_reading(row) for row in summary.to_dict("records")]
    text = "; ".join(told)
    return f"{text[:1].upper()}{text[1:]}.{_nothing_to_save(summary)}" if told else ""


def _nothing_to_save(summary: pd.DataFrame) -> str:
    """What bounds the shares from below: own starts that were there by the first evaluation."""
    at_once, runs = int(summary["at_once"].sum()), int(summary["runs"].sum())
    if not at_once:
        return ""
    share = f"{at_once} of {counted(runs, 'run')}"
    return f" Against {share} the own start had converged by its first evaluation: nothing was left to save."


def _relation_reading(row: Mapping[str, Any]) -> str:
    low, high = row["low"], row["high"]
    span = f"95 % interval {low * 100:.0f}–{high * 100:.0f}" if known(low) and known(high) else "no interval"
    never, runs = row["not_reached"], row["runs"]
    everyone = "the 1 run got there" if runs == 1 else f"all {runs} runs got there"
    if never == runs:
        return f"{FROM[row['relation']]}: none of {counted(runs, 'run')} got there"
    missed = (
        f"{runs - never} of {runs} runs got there; {percent(row['restricted'])} with the "
        f"{'other' if never == 1 else f'{never} others'} counted whole"
    )
    return (
        f"{FROM[row['relation']]}: {percent(row['share'])} of an own start's steps [{span}] over "
        f"{counted(row['targets'], 'task')} ({missed if never else everyone})"
    )


def by_target(found: pd.DataFrame, names: Mapping[str, str]) -> pd.DataFrame:
    """One row a target and relation, means over seeds and sources; the target that was helped most comes first.

    Steps and share are of the runs that got there, NaN where none did.

    Columns `_COLUMNS`: task (shown name), target (id), relation, sources (shown names), counts, level (fraction), steps, share.
    """
    rows = []
    for (target, relation), group in found.groupby(["target", "relation"], sort=False):
        there = group[group["reached"]]
        means = {name: float(group[name].mean()) for name in ("level", "own_steps")}
        means |= {name: float(there[name].mean()) if len(there) else math.nan for name in ("warm_steps", "share")}
        sources = listing(dict.fromkeys(names.get(source, source) for source in group["source"]))
        counts = {"seeds": group["seed"].nunique(), "runs": len(group), "not_reached": int((~group["reached"]).sum())}
        named = {"task": names.get(target, target), "target": target, "relation": relation, "sources": sources}
        rows.append({**named, **counts, **means})
    table = pd.DataFrame(rows, columns=list(_COLUMNS))
    shares = table.pivot(index="target", columns="relation", values="share").reindex(columns=list(FROM))
    place = {target: index for index, target in enumerate(shares.sort_values(list(FROM)).index)}
    order = table["relation"].map({relation: index for index, relation in enumerate(FROM)})
    return table.assign(_place=table["target"].map(place), _order=order).sort_values(["_place", "_order"], ignore_index=True)[
        list(_COLUMNS)
    ]
