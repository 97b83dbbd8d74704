"""The Cross-model page on synthetic projections: verdict, matrix, cells, steps, launch and follow, bad choices, empty states."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from pages.common import data, theme
from pages.models import charts, number_charts, plan_view, store_parts, table_view, view
from pages.models.plan_view import Wish
from ptlib.base.errors import BadInput
from ptlib.projection import stored, table
from ptlib.projection.spec import ProjectSpec, recipe
from ptlib.results.catalogue import Catalogue
from ptlib.runs import estimates, queue
from tests.app.conftest import Open, texts
from tests.fixtures import fake_projections
from tests.fixtures.fake_projections import SMALL, T5, TRAINED, ladder

HERE = {"from": SMALL, "to": T5, "on": TRAINED}


def button(app: AppTest, key: str):
    return next(one for one in app.button if one.key == key)


def grid_points(app: AppTest) -> list[list[str]]:
    """Group, name and target of the cells that can be clicked."""
    specs = [json.loads(chart.proto.spec) for chart in app.get("plotly_chart")]
    return next(t["customdata"] for s in specs for t in s["data"] if t.get("customdata") and len(t["customdata"][0]) == 3)


@pytest.fixture
def carried(places: Path) -> ProjectSpec:
    """The default recipe, stored."""
    fake_projections.write(ladder("per token"))
    return ladder("per token")


def test_what_was_not_fitted_says_its_cost_and_why_a_projector_is_needed(open_page: Open) -> None:
    app = open_page("models", **HERE)
    assert not app.exception
    assert "Not fitted yet" in texts(app) and "soft tokens × width" in texts(app)
    assert {metric.label for metric in app.metric} == {"Time", "Fits", "Columns to measure"}
    assert not button(app, "launch_projection").disabled
    assert f"--tasks {TRAINED}" in app.code[0].value


def test_the_same_model_on_both_sides_is_refused_in_words_before_anything_runs(open_page: Open) -> None:
    app = open_page("models", **HERE | {"to": SMALL})
    assert not app.exception and "nothing has to be carried over" in texts(app)
    assert not [one for one in app.button if one.key == "launch_projection"]


def test_no_training_task_is_asked_for(open_page: Open) -> None:
    app = open_page("models", **{"from": SMALL, "to": T5, "on": "choose"})
    assert not app.exception and "Name at least one training task" in texts(app)


def test_pairs_that_are_too_few_are_refused_with_the_message_of_the_core(
    open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise BadInput("There is 1 pair of prompts.")

    monkeypatch.setattr(estimates, "estimate", refuse)
    app = open_page("models", **HERE, method="distance")
    assert "There is 1 pair" in texts(app) and not [one for one in app.button if one.key == "launch_projection"]


def test_a_stored_projection_says_its_verdict_first_then_the_matrix_then_numbers(open_page: Open, carried: ProjectSpec) -> None:
    app = open_page("models", **HERE)
    assert not app.exception
    assert "**Carries the task** (unseen tasks of the family)" in texts(app)
    heads = [one.value for one in app.header]
    assert heads == ["Every prompt through this projector", "In numbers", "What is behind a cell", "What it has to beat"]
    keys = {(group, name) for group, name, _ in grid_points(app)}
    assert {("random", "2"), ("random_tuned_norm", "1"), ("shuffled", ""), ("anchors", ""), ("task", TRAINED)} <= keys


def test_a_step_of_the_ladder_shows_the_collapse(open_page: Open, carried: ProjectSpec) -> None:
    fake_projections.write(ladder("paper"), collapsed=True)
    app = open_page("models", **HERE, step="paper")
    assert "**One good prompt for everything**" in texts(app)
    assert "From *Paper's form* to *Per token*" in texts(app)
    app.session_state["step"] = "per token"  # what a click on a step of the chart does
    app.run()
    assert "**Carries the task**" in texts(app)


def test_a_cell_opens_its_examples_by_its_two_boxes_and_by_its_address(open_page: Open, carried: ProjectSpec) -> None:
    app = open_page("models", **HERE, row="random:1", column=TRAINED, held="1")
    assert not app.exception
    assert "An untrained prompt, carried over, on" in texts(app) and "Only prompts of a source task" in texts(app)
    row = next(box for box in app.selectbox if box.key == "row")
    row.set_value(f"task:{TRAINED}").run()
    assert "the projected prompt" in texts(app)
    frame = next(one for one in app.dataframe if "Projected" in str(one.proto.columns))
    answers = stored.examples(stored.load(carried, Catalogue()), Catalogue(), "task", TRAINED, TRAINED, seed=1)
    assert len(frame.value) == len(answers) == 24
    assert sorted(frame.value["reused"]) == sorted(answers["predicted"])


def test_a_projection_that_is_partly_done_shows_what_there_is_and_offers_the_rest(open_page: Open, places: Path) -> None:
    fake_projections.write(ladder("per token"), seeds=(0, 2))
    app = open_page("models", **HERE)
    assert "Not complete" in texts(app) and "Only seed 0, 2 of 3 held out so far" in texts(app)
    assert next(one.value for one in app.metric if one.label == "Fits") == "1"


def test_a_launched_projection_is_followed_after_a_reload_cancelled_and_resumed(
    open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue, "start_worker", lambda: None)
    app = open_page("models", **HERE)
    button(app, "launch_projection").click().run()
    assert [job.id for job in queue.listing()] == [ladder("per token").id]
    again = open_page("models", **HERE)  # another session: nothing but the disk is known
    button(again, "projection_cancel").click().run()
    assert queue.get(ladder("per token").id).state == "cancelled"
    assert "Stopped on request" in texts(again)
    button(again, "projection_resume").click().run()
    assert queue.get(ladder("per token").id).state == "queued"


def test_nothing_is_launched_in_read_only_mode(open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PTLIB_READ_ONLY", "1")
    assert button(open_page("models", **HERE), "launch_projection").disabled


def test_a_report_gets_its_methods(open_page: Open, carried: ProjectSpec) -> None:
    app = open_page("models", **HERE)
    app.session_state["methods_open"] = True
    assert any(carried.id in code.value and "held out once" in code.value for code in app.run().code)


def test_published_prompts_are_told_with_their_source(open_page: Open) -> None:
    app = open_page("models", **HERE)
    app.session_state["published_open"] = True
    words = texts(app.run())
    assert "Nothing generalises" in words and "thunlp/Prompt-Transferability" in words
    assert len(app.dataframe[-1].value) == 10


def test_the_decks_table_stands_beside_ours(open_page: Open, carried: ProjectSpec) -> None:
    app = open_page("models", **HERE)
    app.session_state["deck_open"] = True
    frames = [one.value for one in app.run().dataframe]
    ours, deck = (frame for frame in frames if "Prompts" in frame)
    assert list(ours["Prompts"]) == ["Own prompt of the target model", "Untrained prompt", "Per token"]
    assert any("Task Tuning" in str(row) for row in deck.iloc[:, 0])
    matrix = stored.load(carried, Catalogue()).matrix
    own = matrix.get("task", TRAINED, TRAINED)
    assert ours.loc[2, data.task_name(TRAINED)] == pytest.approx(100 * own.score, abs=0.05)


def test_the_drawn_matrix_is_the_table_that_is_saved(carried: ProjectSpec) -> None:
    look = store_parts._look.__wrapped__("", carried.id, carried)
    cells = look.table.groupby(["group", "row", "target"]).gain_kept.mean()
    drawn = charts.grid_figure(look.grid, theme.LIGHT).data[0]
    shown = sorted(value for row in drawn.z for value in row if value is not None)
    assert shown == pytest.approx(sorted(cells.dropna()))
    matrix = look.projection.matrix
    for (key, target), value in look.grid.values.items():
        gain = matrix.gain([view.cell_at(matrix, key, target)]).value
        assert (value is None) == (gain is None) and (value is None or value == pytest.approx(gain))


def test_lines_agree_with_the_reading_and_draw_every_seed(carried: ProjectSpec) -> None:
    parts = view.parts_of(stored.load(carried, Catalogue()))
    assert [part.key for part in parts] == [table.TRAINED, table.UNSEEN, table.OTHERS]
    figure = number_charts.lines_figure(parts[1].lines, theme.DARK)
    whole = number_charts.panels_figure(parts, theme.DARK)
    assert len(whole.data) == sum(len(number_charts.lines_figure(part.lines, theme.DARK).data) for part in parts)
    shown = [note.text for note in whole.layout.annotations]
    assert all(f"<b>{view.percent(line.gain.value)}</b>" in shown for part in parts for line in part.lines)
    assert sum("Carries the task" in text for text in shown) == sum(part.reading.verdict == table.CARRIES for part in parts) > 0
    dots = [trace for trace in figure.data if len(trace.x) == len(carried.seeds) and trace.mode == "markers"]
    assert len(dots) == len(parts[1].lines)
    assert view.depends(parts[1].reading) == pytest.approx(
        1 - max(parts[1].reading.other.value, parts[1].reading.random.value, parts[1].reading.tuned_norm.value, 0)
        / parts[1].reading.own.value
    )  # fmt: skip
    told = table_view.as_json(stored.load(carried, Catalogue()), parts)
    assert json.loads(json.dumps(told))["readings"][1]["verdict"] == table.CARRIES


def test_choices_become_the_specs_of_the_command_line() -> None:
    wish = Wish(SMALL, T5, plan_view.TASK, "per token", (TRAINED,))
    assert plan_view.wanted(wish) == recipe(SMALL, T5, (TRAINED,))
    assert plan_view.wanted(replace(wish, steps=20)).steps == 20
    assert plan_view.wanted(replace(wish, method=plan_view.CLOSED, step="relative")) == ProjectSpec(SMALL, T5, "relative")
    assert plan_view.wanted(replace(wish, method=plan_view.CLOSED, step="relative", steps=20)).steps == 120  # nothing to train
    distance = plan_view.wanted(replace(wish, method=plan_view.DISTANCE, step="flattened"))
    assert (distance.method, distance.form) == ("distance", "flattened")


def test_presets_say_what_they_do() -> None:
    families = {"a": "sentiment", "b": "sentiment", "c": "inference"}
    names = {key: key.upper() for key in families}
    sets = plan_view.task_sets([recipe("x", "y", ("b",))], list(families), families)
    assert sets == [("b",), ("a", "c"), ("a",), ("c",)]
    assert plan_view.task_sets([], list(families), families)[0] == ("a",)
    order = ["sentiment", "inference"]
    shown = [plan_view.set_name(tasks, families, names, order) for tasks in (*sets, ("a", "b"))]
    assert shown == [
        "B (sentiment)",
        "One task of each of 2 families",
        "A (sentiment)",
        "C (inference)",
        "2 sentiment tasks",
    ]
    told = plan_view.set_meaning(("b",), list(families), families, names)
    assert told == "Fitted on B; 1 further task of the same family stays unseen, 1 task of other families."


@pytest.mark.parametrize(("wide", "says"), [(192, "does not fit as it is"), (128, "do not mean the same")])
def test_both_shapes_are_told(wide: int, says: str) -> None:
    told = plan_view.shapes(("Small", 20, 128), ("Wide", 20, wide))
    assert "[20, 128]" in told and f"[20, {wide}]" in told and says in told
