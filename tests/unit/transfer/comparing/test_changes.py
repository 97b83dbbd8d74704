"""What a run measured and what it changed, on scores worked out by hand."""

from types import SimpleNamespace

import numpy as np
import pytest

from ptlib.transfer.comparing.changes import changes
from tests.unit.transfer.test_matrix import entry


def test_a_run_is_told_by_itself_and_by_what_it_changed() -> None:
    levels = (("a", 0.7), ("c", 0.6), ("b", 0.9), ("untrained", 0.5))
    before = [
        entry(name, "b", seed, np.resize([1.0] * round(level * 10) + [0.0] * round(10 - level * 10), 300))
        for name, level in levels
        for seed in range(3)
    ]
    mine = [
        entry(name, "b", 7, np.resize([1.0] * k + [0.0] * (10 - k), 300), origin="own", prompt_id=f"own{name}")
        for name, k in (("a", 9), ("b", 10))
    ]
    for one in mine:
        object.__setattr__(one, "run_id", "r1")
    gone: dict[str, int] = {}
    catalogue = SimpleNamespace(entries=lambda *_, everything: [*before, *mine], left_out=lambda *_: gone)
    found = changes(catalogue, "m", "r", "r1").set_index("source")
    assert list(found.index[:2]) in (["a", "b"], ["b", "a"]) and found.loc["a", "seeds"] == (7,)
    assert found.loc["a", ["measured", "before", "after"]].tolist() == pytest.approx([0.9, 0.7, 0.75])
    assert found.loc["a", "gain_measured"] == pytest.approx(0.8), "its own prompt at 1.0, untrained at 0.5"
    assert np.isnan(found.loc["c", "measured"]) and found.loc["c", "gain_after"] == pytest.approx((0.6 - 0.5) / (0.925 - 0.5))
    assert changes(catalogue, "m", "r", "other").empty and changes(catalogue, "m", "r", "r1", ("c",)).empty
    gone["r1"] = 2
    assert changes(catalogue, "m", "r", "r1").set_index("source").equals(found), "a run that is left out is told like any other"
    gone["r2"] = 1
    for one in before[:3]:
        object.__setattr__(one, "run_id", "r2")
    assert changes(catalogue, "m", "r", "r1").set_index("source").equals(found), "only own results can be left out"
    for one in before[:3]:
        object.__setattr__(one, "origin", "own")
    assert np.isnan(changes(catalogue, "m", "r", "r1").set_index("source").loc["a", "before"])
