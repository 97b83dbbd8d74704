"""Alerts on made curves: what each course is called, and that a good course is left in peace."""

import numpy as np
import pandas as pd
import pytest

from ptlib.runs.history.alerts import Alert, alerts

STEPS = np.arange(0, 201, 20)
FALL = 0.1 + 0.6 * np.exp(-STEPS / 40)
RISE = 0.5 + 0.45 * (1 - np.exp(-STEPS / 150))


def curve(loss: np.ndarray, validation: np.ndarray, series: str = "p") -> pd.DataFrame:
    return pd.DataFrame({"series": series, "step": STEPS[: len(loss)], "loss": loss, "validation": validation, "seconds": 0.0})


def put(values: np.ndarray, place: int, value: float | None) -> np.ndarray:
    changed = values.astype(object)
    changed[place] = value
    return changed


CASES = {
    "a good course": (FALL, RISE, None),
    "infinite": (put(FALL, 4, np.inf), RISE, ("not finite", 80)),
    "not stored, as the database keeps what is no number": (put(FALL, 6, None), RISE, ("not finite", 120)),
    "up again": (np.r_[FALL[:6], 0.2, 0.4, 0.6, 0.7, 0.8], RISE, ("divergence", 100)),
    "up from the start": (0.7 + STEPS / 100, RISE, ("divergence", 0)),
    "noise at the bottom": (np.r_[FALL[:9], 0.13, 0.11], RISE, None),
    "never left": (FALL, 0.5 + 0.01 * (STEPS % 40 == 20), ("never left", 20)),
    "plateau": (FALL, np.r_[0.5, 0.7, 0.9, np.full(8, 0.902)], ("plateau", 40)),
    "nothing left to gain": (FALL, np.r_[0.5, 0.9, np.full(9, 1.0)], None),
    "too short to tell": (FALL[:4], RISE[:4] * 0 + 0.5, None),
}


@pytest.mark.parametrize("name", CASES)
def test_a_course_is_called_by_its_name(name: str) -> None:
    loss, validation, wanted = CASES[name]
    found = alerts(curve(loss, validation))
    assert [(alert.kind, alert.step) for alert in found] == ([wanted] if wanted else [])


def test_every_curve_is_judged_by_itself_and_curves_without_scores_or_losses_too() -> None:
    rows = pd.concat([curve(FALL, RISE, "good"), curve(put(FALL, 2, np.inf), RISE, "bad")])
    assert alerts(rows) == [Alert("not finite", "bad", 40, None)]
    none = np.full(len(STEPS), None, dtype=object)
    assert alerts(curve(none, RISE)) == [] and alerts(curve(FALL, none)) == []
    assert alerts(rows.iloc[:0]) == []
