"""The Lab's presets in a given time: what fits, said and drawn before the launch; differences of runs in few words."""

import json
from dataclasses import replace

import pytest

from pages.common import data, plans
from ptlib.results.own import leave_out
from ptlib.runs import estimates, queue
from ptlib.transfer.spec import TransferSpec
from tests.app.conftest import Open, texts
from tests.app.runs.conftest import BACKBONE, FIRST, SECOND, THIRD, Finish, spec


@pytest.mark.parametrize(("preset", "first"), [(plans.FILL, "widest"), (plans.ONE_ROW, "disagree")])
def test_what_fits_into_the_time_is_said_drawn_and_launched(open_page: Open, preset: str, first: str, monkeypatch) -> None:
    monkeypatch.setattr(queue, "start_worker", lambda: None)
    monkeypatch.setattr("pages.common.frame.go", lambda *_, **more: None)
    app = open_page("lab", backbone=BACKBONE, source=FIRST, target=SECOND, preset=preset, minutes="2", first=first)
    told = texts(app)
    assert not app.exception and "fit into 2 min" in told and ("Why" in told) == (preset == plans.ONE_ROW)
    (drawn,) = [json.loads(chart.proto.spec) for chart in app.get("plotly_chart")]
    frames = [shape for shape in drawn["layout"]["shapes"] if shape["type"] == "rect"]
    app.button(key="launch").click().run()
    (job,) = queue.listing()
    assert isinstance(job.spec, TransferSpec) and len(frames) == len(job.spec.sources) * len(job.spec.targets)
    assert 0 < estimates.estimate(job.spec).seconds <= 121
    assert preset == plans.FILL or job.spec.sources == (FIRST,)


def test_without_a_limit_the_presets_are_as_they_were_and_the_reason_is_told(open_page: Open) -> None:
    app = open_page("lab", backbone=BACKBONE, source=FIRST, target=SECOND, preset=plans.ONE_ROW)
    sources, targets = (
        next(box.value for box in app.multiselect if box.label == label) for label in ("Source prompts", "Target tasks")
    )
    assert sources == [FIRST] and len(targets) == len(data.matrix(data.catalogue().fingerprint(), BACKBONE, None).targets)
    assert "because gain kept is measured between the untrained and the own one" in texts(app)


def test_runs_of_many_tasks_differ_by_what_was_added_and_what_is_gone() -> None:
    names = {name: name.upper() for name in "abcdefg"}
    one, many = (replace(spec(FIRST, THIRD), targets=tuple(tasks)) for tasks in ("a", "abcde"))
    assert plans.difference(one, replace(one, targets=("b",)), names) == ["target A → B"]
    assert plans.difference(many, replace(many, targets=tuple("bcdefg")), names) == ["targets with F and G and without A"]
    assert plans.difference(one, many, names) == ["targets with B, C, D and E"]


def test_a_second_run_of_the_same_cell_gets_a_seed_that_is_free_also_when_the_map_shows_the_demo_alone(
    open_page: Open, finish: Finish
) -> None:
    def proposed() -> list[int]:
        app = open_page("lab", backbone=BACKBONE, source=FIRST, target=SECOND)
        assert "is finished: launching opens its result" not in texts(app)
        return next(box.value for box in app.multiselect if box.label == "Seeds")

    assert proposed() == [3]
    job = finish(FIRST, SECOND, 3)
    assert proposed() == [4]
    leave_out(job.id)
    assert proposed() == [4], "what is left out of the map was run all the same"
