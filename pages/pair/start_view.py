"""What other starts saved and forgot, as tables and sentences. Pure; no Streamlit."""

from collections.abc import Mapping, Sequence

import pandas as pd

from pages.common.words import counted, listing, owner, percent
from pages.transfer.warm_view import steps_text
from ptlib.transfer.starting.stored import Started, measured

UNTRAINED = "untrained"


def name_of(row: Mapping[str, str], tasks: Mapping[str, str], models: Mapping[str, str]) -> str:
    """A start in words: whose prompt, of which model, and whether it was carried over."""
    if not row["start"]:
        return UNTRAINED
    own = f"{owner(tasks.get(row['task'], row['task']))} prompt"
    return f"{own}, projected from {models.get(row['model'], row['model'])}" if row["carried_by"] else own


def runs(found: Sequence[Started], tasks: Mapping[str, str], models: Mapping[str, str]) -> pd.DataFrame:
    """One row a start and seed: name, seed and the columns of `stored.measured`, the untrained start first."""
    parts = []
    for started in found:
        table = measured(started)
        names = [name_of(row, tasks, models) for row in table.to_dict("records")]
        parts.append(table.assign(name=names, seed=started.spec.seed))
    return pd.concat(parts, ignore_index=True)


def points(found: Sequence[Started], table: pd.DataFrame) -> pd.DataFrame:
    """All points of all curves: name, seed, start, step, loss, validation, seconds. table: of `runs`."""
    names = {(row.seed, row.start): row.name_ for row in table.rename(columns={"name": "name_"}).itertuples()}
    parts = [started.curves.assign(seed=started.spec.seed) for started in found]
    whole = pd.concat(parts, ignore_index=True)
    return whole.assign(name=[names[key] for key in zip(whole["seed"], whole["start"], strict=True)])


def summary(table: pd.DataFrame) -> pd.DataFrame:
    """One row a start, means over seeds: name, lineage, counts, zero_shot, steps, share, speed_up, score, forgotten.

    share: mean of steps in the untrained start's, over the seeds that got there; speed_up: its mean steps / mean steps of the
    same seeds; not_reached: the others, which are censored; forgotten: mean share of the
    source task's gain that was lost, where the source is another task. table: of `runs`.
    """
    rows = [
        {
            "name": name,
            "lineage": " ".join(dict.fromkeys(group["carried_by"])),
            "seeds": group["seed"].nunique(),
            "runs": len(group),
            "zero_shot": group["zero_shot"].mean(),
            "steps": there["warm_steps"].mean(),
            "share": pd.to_numeric(there["share"]).mean(),
            "speed_up": there["own_steps"].mean() / there["warm_steps"].mean(),
            "not_reached": int((~group["reached"].astype(bool)).sum()),
            "score": group["score"].mean(),
            "forgotten": pd.to_numeric(group["forgotten"]).mean(),
        }
        for name, group in table.groupby("name", sort=False)
        for there in [group[group["reached"].astype(bool)]]
    ]
    return pd.DataFrame(rows)


def reading(table: pd.DataFrame, task: str) -> str:
    """What the starts saved, in one sentence. table: of `summary`."""
    own, others = table[table["name"] == UNTRAINED].iloc[0], table[table["name"] != UNTRAINED]
    told = [f"from {row['name']} {_steps(row)}" for row in others.sort_values("share", kind="stable").to_dict("records")]
    seeds = f"mean of {counted(int(own['seeds']), 'seed')}" if own["seeds"] > 1 else "1 seed"
    return f"An untrained prompt of {task} needs **{steps_text(own['steps'])} steps** to converge ({seeds}); {listing(told)}."


def _steps(row: Mapping[str, float]) -> str:
    if row["not_reached"] == row["runs"]:
        return "it never got there"
    missed = f", {row['not_reached']:.0f} of {row['runs']:.0f} never" if row["not_reached"] else ""
    return f"{steps_text(row['steps'])} ({percent(row['share'])}{missed})"
