"""The space of prompts as a page: presets, drawer, search, selection; links keep all of it."""

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from pages.common.analyses import PromptSet
from pages.space import set_parts
from ptlib.prompts.record import Prompt
from ptlib.prompts.soft import SoftPrompt
from tests.app.conftest import Open, texts
from tests.app.test_analysis_apps import HERE, SOURCE, TARGET


def figure(app: object) -> dict:
    return json.loads(app.get("plotly_chart")[0].proto.spec)  # type: ignore[attr-defined]


def test_the_space_tells_whether_families_cluster_and_lists_neighbours(open_page: Open) -> None:
    app = open_page("prompts", **HERE)
    assert not app.exception and "silhouette" in texts(app) and "In the original space" in texts(app)
    assert len(app.dataframe[0].value) == 10
    drawn = figure(app)
    assert "of the variance" in drawn["layout"]["xaxis"]["title"]["text"] and not drawn.get("frames")
    assert len({trace["marker"]["symbol"] for trace in drawn["data"] if trace.get("customdata")}) > 3


def test_what_a_link_gets_wrong_of_the_drawer_is_said_outside_of_it(open_page: Open) -> None:
    app = open_page("prompts", **HERE, axes="9", colour="taste", fit="cgone", hide="Weather")
    drawer = {caption.value for box in app.get("popover") for caption in box.get("caption")}
    told = {caption.value for caption in app.main.caption if "nknown" in caption.value} - drawer
    assert (
        len(app.get("popover"))
        and not app.exception
        and all(any(word in one for one in told) for word in ("'9'", "'taste'", "'cgone'", "'Weather'"))
    )


def test_how_they_got_there_plays_without_the_server_and_the_link_keeps_the_picture(open_page: Open) -> None:
    app = open_page("prompts", **HERE, look="How they got there")
    drawn = figure(app)
    assert (
        not app.exception and len(drawn["frames"]) > 20 and drawn["layout"]["updatemenus"][0]["buttons"][0]["method"] == "animate"
    )
    link = app.code[-1].value
    assert "&fit=c" in link and "look=" in link
    early = open_page("prompts", **HERE, look="How they got there", step="step 40")
    assert not early.exception and figure(early)["data"][-1]["x"] != drawn["data"][-1]["x"] and len(figure(early)["frames"]) > 20
    plain = open_page("prompts", **HERE)
    assert link.split("fit=")[1][:11] != plain.code[-1].value.split("fit=")[1][:11]


def test_a_selection_comes_with_the_link_and_can_be_dropped(open_page: Open) -> None:
    app = open_page("prompts", **HERE)
    names = [mark[0] for trace in figure(app)["data"] if trace.get("customdata") for mark in trace["customdata"]][:9]
    app = open_page("prompts", **HERE, sel=".".join(names))
    assert not app.exception and "9 prompts inside the selection" in texts(app)
    assert ".".join(names) in app.code[-1].value
    dim = [value for trace in figure(app)["data"] if trace.get("customdata") for value in trace["marker"]["opacity"]]
    assert sorted(set(dim)) == [0.18, 1.0] and dim.count(1.0) == 9
    assert "tells" in texts(app) and "of the gain" in texts(app)
    next(button for button in app.button if button.label == "Show all").click().run()
    assert "inside the selection" not in texts(app)


@pytest.mark.parametrize("axes", ["2-D", "3-D"])
def test_a_search_finds_and_selects_also_in_three_dimensions(open_page: Open, axes: str) -> None:
    app = open_page("prompts", **HERE, axes=axes, find="inference seed 1")
    assert not app.exception and "found for" in texts(app)
    next(button for button in app.button if button.label == "Select them").click().run()
    assert not app.exception and "inside the selection" in texts(app)


def test_what_is_hidden_is_not_drawn_and_tokens_are_points_of_their_own(open_page: Open) -> None:
    every = sum(len(trace["customdata"]) for trace in figure(open_page("prompts", **HERE))["data"] if trace.get("customdata"))
    app = open_page("prompts", **HERE, hide="All of Sentiment")
    fewer = {trace["name"]: len(trace["customdata"]) for trace in figure(app)["data"] if trace.get("customdata")}
    assert not app.exception and "Sentiment" not in fewer and 0 < sum(fewer.values()) < every
    app = open_page("prompts", **HERE, single="true")
    tokens = sum(len(trace["customdata"]) for trace in figure(app)["data"] if trace.get("customdata"))
    assert not app.exception and tokens > every and "soft token" in texts(app)


def test_the_map_lights_the_rows_and_columns_of_a_selection(open_page: Open) -> None:
    app = open_page("transfer", **HERE, lit=f"{SOURCE}.{TARGET}.gone")
    veils = [shape for shape in figure(app)["layout"]["shapes"] if "0.72" in shape.get("fillcolor", "")]
    assert not app.exception and "are lit" in texts(app) and len(veils) > 10
    next(button for button in app.button if button.label == "Show all").click().run()
    assert "are lit" not in texts(app)
    assert not any("0.72" in shape.get("fillcolor", "") for shape in figure(app)["layout"]["shapes"])


def test_two_spaces_share_one_selection_and_say_how_far_they_agree(open_page: Open) -> None:
    app = open_page("prompts", **HERE, view="Two spaces", tasks=SOURCE)
    drawn = [json.loads(chart.proto.spec) for chart in app.get("plotly_chart")]
    assert not app.exception and len(drawn) == 3 and "tasks in common" in texts(app)
    for picture in drawn[:2]:
        lit = [mark for trace in picture["data"] if trace.get("customdata") for mark in trace["marker"]["opacity"] if mark == 1]
        assert len(lit) == 3  # three seeds of one task
    link = app.code[-1].value
    assert "first=demo%2Froberta-small" in link and "second=" in link and "tasks=" in link
    next(button for button in app.button if button.label == "Show all").click().run()
    assert not app.exception and "Lit in both" not in texts(app)


def test_two_spaces_are_drawn_by_one_method_though_one_has_prompts_that_its_picture_lacks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    one = PromptSet("tuned", "One", "demo/roberta-small", ("a", "b", "c"))
    table = pd.DataFrame({"prompt": ["a", "b", "c"]})
    ends = pd.DataFrame({"prompt": ["a", "b"], "x": [1.0, 2.0], "y": [3.0, 4.0], "earlier": False})
    monkeypatch.setattr(set_parts.analyses, "fitting", lambda *of: [SimpleNamespace(id=of[1].name, trails=False)])
    stored = {"One": SimpleNamespace(points=ends), "Other": None}
    monkeypatch.setattr(set_parts.analyses, "picture", lambda _, name: stored[name])
    monkeypatch.setattr(set_parts, "_pca", lambda _, chosen, rows: (rows, "pca", ()))
    both = set_parts.pictures("", [one, one], [table, table])
    assert [(list(points["prompt"]), method) for points, method, _ in both] == [(["a", "b"], "umap")] * 2
    mixed = set_parts.pictures("", [one, replace(one, name="Other")], [table, table])
    assert [method for _, method, _ in mixed] == ["pca", "pca"]


def test_two_spaces_in_one_picture_say_how_prompts_were_placed(open_page: Open) -> None:
    app = open_page("prompts", **HERE, view="Two spaces", way="In one picture")
    assert not app.exception and "placed **by their values**" in texts(app)
    app = open_page("prompts", **HERE, view="Two spaces", way="In one picture", placed="Relative to common tasks")
    assert not app.exception and "placed **relative to" in texts(app) and "nearest prompt of the other space" in texts(app)
    assert {"Demo RoBERTa, small", "Sentiment"} <= {trace["name"] for trace in figure(app)["data"]}


def test_imported_prompts_stand_beside_own_ones_or_the_page_says_why_not(open_page: Open, places: Path) -> None:
    for place, task in enumerate(("mnli", "snli", "sst2", "qqp")):
        values = np.random.default_rng(place).normal(size=(5, 12)).astype(np.float32)
        info = Prompt(f"i{place}", "demo/roberta-small", task, 0, prompt_length=5, width=12)
        SoftPrompt(values, info).save(places / "store" / "imported" / "theirs" / task)
    app = open_page("prompts", **HERE, view="Two spaces", second="Imported: theirs")
    drawn = [json.loads(chart.proto.spec) for chart in app.get("plotly_chart")]
    assert not app.exception and len(drawn) == 2 and "fewer than four tasks in common" in texts(app)
    app = open_page("prompts", **HERE, view="Two spaces", second="Imported: theirs", way="In one picture")
    assert not app.exception and "0 tasks in common" in texts(app) and "Choose sets with more" in texts(app)
