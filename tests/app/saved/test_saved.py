"""What a chart draws equals what its Save menu gives, on every view: CSV, JSON and the figure hold the same numbers."""

import base64
import io
import json
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pandas as pd
import pytest
import streamlit as st

from pages.common import words
from pages.models import number_charts
from tests.app.conftest import Open
from tests.fixtures import fake_demo, fake_projections
from tests.fixtures.fake_projections import SMALL, T5, TRAINED

SOURCE, TARGET, _ = fake_demo.family_of_three()
LOOKS: list[tuple[str, dict[str, str], set[str]]] = [
    ("transfer", {"metric": "gain_kept"}, {"map"}),
    ("transfer", {"metric": "relative"}, {"map"}),
    ("transfer", {"metric": "score"}, {"map"}),
    ("transfer", {"show": "asymmetry"}, {"asymmetry"}),
    ("transfer", {"show": "two"}, {"first_map", "second_map", "difference"}),
    ("pair", {}, {"pair_scores", "pair_curves", "quadrants"}),
    ("prompts", {}, {"space", "trust"}),
    ("prompts", {"look": "way"}, {"space"}),
    ("prompts", {"look": "way", "step": "40"}, {"space"}),
    ("prompts", {"single": "true"}, {"space_tokens"}),
    ("prompts", {"view": "two"}, {"space_first", "space_second", "neighbourhoods"}),
    ("prompts", {"view": "two", "way": "one"}, {"together"}),
    ("prompts", {"axes": "3"}, {"space"}),
    ("prompts", {"view": "pick", "mode": "show"}, {"measured", "judged"}),
    ("neurons", {}, {"overlap_scatter", "twin_matrix"}),
    ("neurons", {"question": "where"}, {"profile", "shared_bars", "sensitivity"}),
    ("neurons", {"question": "where", "compare": "family"}, {"profile"}),
    ("neurons", {"question": "many"}, {"upset", "barcode"}),
    ("neurons", {"question": "mask"}, {"dose"}),
    ("models", {"from": SMALL, "to": T5, "on": TRAINED}, {"lines", "own_map"}),
]
"""Page, its address, charts that must be among those compared."""
NOT_SAVED = {"mini", "cell_scores"}
"""The map in small and the scores in the map's panel: both stand whole, with their numbers, one click away."""
MEANS = {"projected"}
"""Saved one row a held-out seed, drawn as means of them: `test_models` compares these."""
AT_THE_EDGE = {"lines": number_charts.RANGE}
"""The few gains beyond the axis are drawn at its ends."""
Saved = dict[str, Callable[[], str]]


@pytest.fixture
def saved(monkeypatch: pytest.MonkeyPatch) -> Iterator[Saved]:
    """File makers of all menus, by the key of their buttons."""
    found: Saved = {}
    monkeypatch.setattr(st, "download_button", lambda *given, key, **more: found.update({key: given[1]}))
    yield found


def numbers(values: Any) -> np.ndarray:
    """The finite numbers of a drawn axis, unpacked; none for names and for places 0, 1, 2 …, which only put marks in order."""
    if isinstance(values, dict):
        values = np.frombuffer(base64.b64decode(values["bdata"]), values["dtype"])
    flat = (
        [item for row in values or () for item in (row if isinstance(row, list) else [row])]
        if isinstance(values, list)
        else values
    )
    if flat is None or any(isinstance(item, str) for item in flat):
        return np.empty(0)
    array = np.array([np.nan if item is None else item for item in flat], float)
    is_order = len(array) > 1 and any(np.array_equal(array, np.arange(first, first + len(array))) for first in (0, 1))
    return np.empty(0) if is_order else array[np.isfinite(array)]


def drawn(figure: dict[str, Any]) -> np.ndarray:
    """What the marks of a figure stand for: tiles, bars, and the points and lines that say something when pointed at."""
    found = []
    for trace in figure["data"]:
        if trace["type"] == "heatmap":
            found.append(numbers(trace["z"]))
        elif trace.get("hoverinfo") != "skip" and trace.get("opacity") != 0:
            found += [numbers(trace.get(axis)) for axis in "xyz"]
    return np.concatenate(found) if found else np.empty(0)


def differences(figure: dict[str, Any], table: pd.DataFrame) -> list[float]:
    """Drawn numbers that the table does not hold, as fractions or percent."""
    told = table.select_dtypes("number").to_numpy(float).ravel()
    told = told[np.isfinite(told)]
    shown = drawn(figure)
    near = [np.isclose(shown[:, None], factor * told[None, :], rtol=1e-9, atol=1e-9).any(axis=1) for factor in (1, 100, 0.01)]
    return sorted({float(value) for value in shown[~(near[0] | near[1] | near[2])]})


def compared(app: Any, saved: Saved) -> dict[str, tuple[dict[str, Any], pd.DataFrame]]:
    """Charts of a page with the table that is saved beside them."""
    found = {}
    for chart in app.get("plotly_chart"):
        key = chart.proto.id.rpartition("-")[2]
        if f"{key}_csv" in saved:
            found[key] = json.loads(chart.proto.spec), pd.read_csv(io.StringIO(saved[f"{key}_csv"]()))
        else:
            assert key in NOT_SAVED, f"{key} cannot be saved"
    return found


@pytest.mark.parametrize(
    ("page", "query", "charts"), LOOKS, ids=[f"{page}-{'-'.join(query.values())}" for page, query, _ in LOOKS]
)
def test_a_figure_draws_the_numbers_that_are_saved(
    open_page: Open, saved: Saved, page: str, query: dict[str, str], charts: set[str]
) -> None:
    if page == "models":
        fake_projections.write(fake_projections.ladder("per token"))
    found = compared(open_page(page, backbone="demo/roberta-small", source=SOURCE, target=TARGET, **query), saved)
    assert charts <= found.keys()
    for key, (figure, table) in found.items():
        assert key in MEANS or set(differences(figure, table)) <= set(AT_THE_EDGE.get(key, ())), key
        told = json.loads(saved[f"{key}_json"]())
        again = pd.DataFrame(told["rows"], columns=table.columns).to_csv(index=False)
        pd.testing.assert_frame_equal(pd.read_csv(io.StringIO(again)), table, obj=key)
        without = [column["name"] for column in told["columns"] if "unit" not in column]
        assert not set(without) & set(table.select_dtypes("number").dropna(axis=1, how="all").columns), key
        assert told["title"] and told["view"]["backbone"] == "demo/roberta-small"


def test_quadrants_count_the_examples_that_are_saved(open_page: Open, saved: Saved) -> None:
    figure, table = compared(open_page("pair", source=SOURCE, target=TARGET), saved)["quadrants"]
    texts = " ".join(map(str, (note["text"] for note in figure["layout"]["annotations"])))
    assert all(f"<b>{count}</b>" in texts for count in table.quadrant.value_counts())


def test_a_number_that_is_not_drawn_is_found(open_page: Open, saved: Saved) -> None:
    for key, (figure, table) in compared(open_page("neurons", question="where", source=SOURCE, target=TARGET), saved).items():
        assert differences(figure, table) == [] and differences(figure, table.select_dtypes("number") + 0.001), key


def test_every_unit_is_of_a_column_that_some_page_saves() -> None:
    assert all(unit and name == name.lower() for name, unit in words.UNITS.items())
