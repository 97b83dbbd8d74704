"""Starts on the Pair page and in the Lab: what each saved and forgot, its lineage, and how to launch a comparison."""

from dataclasses import replace

import pytest

from pages.pair import start_view
from ptlib.results.catalogue import Catalogue
from ptlib.runs import queue
from ptlib.transfer.starting import stored
from tests.app.conftest import Open, texts
from tests.fixtures import fake_demo, fake_warm

_, SOURCE, TARGET = fake_demo.family_of_three()
HERE = {"backbone": "demo/roberta-small", "source": SOURCE, "target": TARGET}
SPEC = fake_warm.spec(HERE["backbone"], TARGET)


def test_starts_are_compared_with_their_lineage(open_page: Open, places: object) -> None:
    assert "Not compared on this task yet" in texts(open_page("pair", **HERE, pair_starts_open="true"))
    for seed in (0, 1):
        fake_warm.write(replace(SPEC, seed=seed))
    app = open_page("pair", **HERE, pair_starts_open="true", start_x="seconds")
    words = texts(app)
    assert not app.exception and "needs **20 steps** to converge (mean of 2 seeds)" in words
    assert "5 (25%)" in words.replace("\u202f", "").replace(" %", "%") and "it never got there" in words
    assert "Projected by R, held out: the seed itself." in words and "enter no map" in words
    table = next(frame.value for frame in app.dataframe if "forgotten" in frame.value)
    assert table["forgotten"].round(2).dropna().tolist() == [50] and table["not_reached"].tolist() == [0, 0, 2]


def test_the_numbers_of_the_page_are_those_of_the_curves(places: object) -> None:
    fake_warm.write(SPEC)
    found = [stored.load(SPEC, Catalogue())]
    table = start_view.runs(found, {SPEC.task: "T"}, {})
    assert table["name"].tolist()[::2] == ["untrained", "T's prompt, projected from demo/roberta-wide"]
    points = start_view.points(found, table)
    assert points.groupby("name").size().tolist() == [13, 13, 13] and points["seed"].unique().tolist() == [0]
    assert start_view.summary(table)["speed_up"].tolist() == pytest.approx([1.0, 4.0, float("nan")], nan_ok=True)


def test_the_lab_offers_prompts_of_the_seed_and_launches(open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue, "start_worker", lambda: None)
    app = open_page("lab", **HERE)
    app.session_state["starts_open"] = True
    app.run()
    assert not app.exception and "Choose at least one start." in texts(app)
    box = next(one for one in app.multiselect if one.label == "Starts")
    assert all("prompt of this model" in option for option in box.options)
    name = next(row.id for row in Catalogue().prompt_rows(HERE["backbone"]) if (row.task, row.seed) == (SOURCE, 0))
    box.set_value([name]).run()
    assert any(f"--start {name}" in code.value for code in app.code)
    next(one for one in app.button if one.key == "launch_starts").click().run()
    (job,) = queue.listing()
    assert (job.kind, job.spec.starts) == ("start", (name,))
