"""What a tuning curve says that a reader should hear without looking: a loss that is not finite, divergence, a plateau."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

SHORTEST = 5
"""Points of a curve below which nothing is said of its course."""
BACK, BETTER, ROOM, CEILING = 0.5, 0.005, 0.02, 0.995
"""Share of the fall of a loss that is given back when it diverges; how much a validation score rises to count as better, and to
have left the untrained level (fractions); a score from which nothing can be gained."""


@dataclass(frozen=True, slots=True)
class Alert:
    """One thing to say of one curve."""

    kind: Literal["not finite", "divergence", "never left", "plateau"]
    series: str
    step: int
    """Where it began: first bad loss, lowest loss, or best score."""
    value: float | None
    """The loss or the score there; None where it is no number."""


def alerts(points: pd.DataFrame) -> list[Alert]:
    """At most one alert a curve, the gravest.

    points: as `queue.curves` gives them: series, step, loss, validation; a loss that is missing was none that can be stored.
    """
    found = (_alert(str(name), rows.sort_values("step")) for name, rows in points.groupby("series", sort=False))
    return [alert for alert in found if alert is not None]


def _alert(series: str, rows: pd.DataFrame) -> Alert | None:
    steps = rows.step.to_numpy(int)
    loss, score = (pd.to_numeric(rows[name]).to_numpy(float) for name in ("loss", "validation"))
    bad = np.flatnonzero(~np.isfinite(loss))
    if len(bad) and (np.isfinite(loss).any() or np.isinf(loss).any()):
        return Alert("not finite", series, int(steps[bad[0]]), None)
    if len(loss) >= SHORTEST and np.isfinite(loss).all() and (low := _turned(loss)) is not None:
        return Alert("divergence", series, int(steps[low]), float(loss[low]))
    known = np.isfinite(score)
    return _flat(series, steps[known], score[known]) if known.sum() > SHORTEST else None


def _turned(loss: np.ndarray) -> int | None:
    """Place of the lowest loss, when the mean of the last two gives back too much of the fall, or is above the first."""
    low, last = int(np.argmin(loss)), float(loss[-2:].mean())
    fall = float(loss[0] - loss[low])
    given_back = fall > 0 and last > loss[low] + BACK * fall
    return low if low < len(loss) - 2 and (given_back or last > (1 + BACK) * loss[0]) else None


def _flat(series: str, steps: np.ndarray, score: np.ndarray) -> Alert | None:
    """Nothing gained since the untrained level, or nothing in the later half of the curve."""
    best, half = int(np.argmax(score)), steps[-1] / 2
    if score[1:].max() < score[0] + ROOM and score[0] < CEILING:
        return Alert("never left", series, int(steps[best]), float(score[best]))
    first = int(np.argmax(score >= score[best] - BETTER))
    if steps[first] <= half and score[best] < CEILING:
        return Alert("plateau", series, int(steps[first]), float(score[first]))
    return None
