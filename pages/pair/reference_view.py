"""What prompt tuning, LoRA and full fine-tuning train, cost and reach, as tables and a sentence. Pure; no Streamlit."""

from collections.abc import Mapping, Sequence

import pandas as pd

from pages.common.words import listing, percent
from ptlib.finetuning.spec import NAMES
from ptlib.finetuning.stored import Fitted
from ptlib.transfer.warm import converged

Runs = Sequence[Mapping[str, Fitted]]
"""One mapping a seed: method -> its fit."""


BUSY = 0.7
"""Below this share of its time spent in computing, a fit on a CPU had to wait for others."""


def clock(runs: Runs) -> str:
    """The time that is shown: "seconds" by the clock; "cpu", those of computing, where one thread had to wait for others."""
    told = [fitted.told for run in runs for fitted in run.values()]
    alone = all(one["device"] == "cpu" and one["threads"] == 1 for one in told)
    return "cpu" if alone and min(one["cpu"] / one["seconds"] for one in told) < BUSY else "seconds"


def summary(runs: Runs) -> pd.DataFrame:
    """One row a method, means over the seeds.

    trained: numbers; share: of the whole model; kb: kilobytes of what is kept; seconds: whole fit; to_step, to_seconds: until
    the validation curve had converged, as for warm starts; untrained, validation, score: fractions. Times as `clock` says.
    """
    time = clock(runs)
    rows = [
        {
            "method": method,
            "name": NAMES[method],
            "seed": fitted.spec.seed,
            "trained": fitted.told["trained"],
            "share": fitted.told["trained"] / fitted.told["total"],
            "kb": fitted.told["bytes"] / 1000,
            "seconds": fitted.told[time],
            **_converged(fitted.curve, time),
            "untrained": fitted.told["untrained"],
            "validation": fitted.told["validation"],
            "score": fitted.told["evaluation"]["score"],
            "low": fitted.told["evaluation"]["low"],
            "high": fitted.told["evaluation"]["high"],
        }
        for run in runs
        for method, fitted in run.items()
    ]
    return pd.DataFrame(rows).drop(columns="seed").groupby(["method", "name"], sort=False).mean().reset_index()


def _converged(curve: pd.DataFrame, time: str) -> dict[str, float]:
    found = converged(curve)
    step = found[0] if found else float("nan")
    at = curve.loc[curve["step"] == step, time]
    return {"to_step": step, "to_seconds": float(at.iloc[0]) if len(at) else float("nan")}


def points(runs: Runs) -> pd.DataFrame:
    """All points of all curves: method, seed, step, loss, validation, seconds (as `clock` says), trained."""
    time = clock(runs)
    parts = [
        fitted.curve.assign(seconds=fitted.curve[time], method=method, seed=fitted.spec.seed, trained=fitted.told["trained"])
        for run in runs
        for method, fitted in run.items()
    ]
    return pd.concat(parts, ignore_index=True)


def reading(table: pd.DataFrame, task: str) -> str:
    """What each trains, reaches and costs, in one sentence."""
    told = [
        f"{row.name.lower() if row.name != 'LoRA' else row.name} trains {row.trained:,.0f} numbers ({share(row.share)}), reaches "
        f"**{percent(row.score, 1)}** and had converged after {row.to_seconds:.1f} s"
        for row in table.drop(columns="method").itertuples(index=False)
    ]
    whole = listing(told)
    return f"On {task}, {whole}."


def share(value: float) -> str:
    """A share of the model's numbers, small ones with more digits."""
    return f"{100 * value:.0f} %" if value >= 0.1 else f"{100 * value:.2g} %"


def basis(runs: Runs) -> str:
    """Where the times come from."""
    fitted = [one for run in runs for one in run.values()]
    seeds = ", ".join(str(seed) for seed in dict.fromkeys(one.spec.seed for one in fitted))
    told = fitted[0].told
    threads = " or ".join(str(count) for count in sorted({one.told["threads"] for one in fitted}))
    where = f"{threads} thread{'s' if threads != '1' else ''} of a CPU" if told["device"] == "cpu" else told["device"]
    spent, passed = (sum(one.told[name] for one in fitted) for name in ("cpu", "seconds"))
    waited = (
        f" Times are seconds of computing: the machine had other work, too, and {passed:.0f} s passed for {spent:.0f} s of it."
        if clock(runs) == "cpu"
        else ""
    )
    return (
        f"Seed {seeds}; each seed's methods one after another in one run, on {where}, {told['made']}. Same batches, answer words "
        "and number of steps; no dropout; times hold training and validation. Score: evaluation split, best validated step, "
        f"95 % interval over {told['evaluation']['n']} examples (mean of the seeds' bounds).{waited}"
    )
