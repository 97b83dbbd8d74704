"""The table of runs: looked through, compared, with a way for the keyboard, and a choice that stands in the link."""

import json
from types import SimpleNamespace

import pytest

from pages.runs import compare_view, curve_view, table_view
from ptlib.results.store import Store
from ptlib.runs import queue
from ptlib.runs.history.alerts import Alert
from ptlib.runs.history.comparison import Difference
from tests.app.conftest import Open, texts
from tests.app.runs.conftest import FIRST, SECOND, THIRD, Finish, spec


def test_runs_are_compared_from_the_link_and_from_the_keyboard(open_page: Open, finish: Finish) -> None:
    one, other = finish(FIRST, SECOND, 7, title="A run"), finish(THIRD, SECOND, 7, title="Another run")
    app = open_page("runs", run=one.id)
    assert not app.exception and "This run measured" in texts(app) and "Finished at" in texts(app)
    (table,) = [frame for frame in app.dataframe if "What" in frame.value]
    assert list(table.value["State"]) == ["finished", "finished"] and set(table.value["Run"]) == {one.id, other.id}
    assert list(table.value["Seeds"]) == ["7", "7"] and table.value["Score"].notna().all()
    assert all(len(course) > 1 for course in table.value["Curve"])
    app.multiselect[0].set_value([other.id]).run()
    assert not app.exception and app.query_params["run"] == f"{one.id},{other.id}"
    told = texts(app)
    assert "2 runs compared" in told and "Settings that differ" in told
    settings = next(frame.value for frame in app.dataframe if "Setting" in frame.value)
    assert list(settings["Setting"]) == ["Sources"]
    again = open_page("runs", run=f"{one.id},{other.id},gone")
    assert "2 runs compared" in texts(again) and "There is no run gone here" in texts(again)


def test_the_table_is_searched_by_state_kind_and_words(open_page: Open) -> None:
    for seed in range(3, 9):
        queue.enqueue(spec(seed=seed), f"run number {seed}")
    done = queue.listing()[-1]
    queue.cancel(done.id)
    app = open_page("runs", find="NUMBER seed 4")
    (table,) = [frame.value for frame in app.dataframe if "What" in frame.value]
    assert list(table["What"]) == ["run number 4"]
    jobs = queue.listing()
    assert [job.id for job in table_view.wanted(jobs, "unfinished", "any", "")] == [done.id]
    assert table_view.wanted(jobs, "all", "mask", "") == [] and len(table_view.wanted(jobs, "active", "transfer", "")) == 5
    assert "No run fits" in texts(open_page("runs", find="nothing like that"))


def test_resume_never_stands_where_cancel_was_and_delete_asks_with_a_way_out(open_page: Open) -> None:
    job = queue.enqueue(spec(), "waits")
    places = []
    for _ in range(2):
        app = open_page("runs", run=job.id)
        row = [button.label for button in app.button if button.key and button.key.startswith("run_")]
        places.append((row.index("Cancel"), "Resume" in row and row.index("Resume")))
        if app.button(key="run_cancel").disabled is False:
            app.button(key="run_cancel").click().run()
    assert places == [(0, False), (0, 1)]
    assert app.button(key="run_cancel").disabled
    app.button(key="run_delete").click().run()
    assert [app.button(key=key).label for key in ("delete_not", "delete_sure")] == ["Keep", ":red[Delete]"]
    app.button(key="delete_not").click().run()
    assert not app.exception and len(queue.listing()) == 1 and "delete_sure" not in {button.key for button in app.button}


def test_a_running_run_shows_its_curve_on_the_whole_axis_with_levels_and_alerts(open_page: Open) -> None:
    job = queue.enqueue(spec(), "runs")
    own = next(tune.id for tune in job.prompts if tune.task == SECOND)
    losses = ((0, 0.7), (20, 0.6), (40, float("inf")))
    Store().add_points(job.id, own, (SimpleNamespace(step=s, loss=v, validation=0.5, seconds=0.1) for s, v in losses))
    app = open_page("runs", run=job.id)
    assert not app.exception and "the loss was no finite number at step 40" in texts(app)
    drawn = json.loads(app.get("plotly_chart")[0].proto.spec)
    assert drawn["layout"]["xaxis"]["range"][1] >= job.prompts[0].settings.steps
    told = " ".join(note["text"] for note in drawn["layout"]["annotations"])
    assert "untrained 50" in told and "so far 9" in told


@pytest.mark.parametrize(
    ("found", "told"),
    [
        ([], "no target in common"),
        ([Difference("a", "b", 0.02, -0.01, 0.05, 0.2, 100, ("t",))], "No two of them can be told apart by their scores on T."),
        ([Difference("a", "b", -0.02, -0.03, -0.01, 0.01, 100, ("t",))], "B scores 2.0 points above A on T."),
    ],
)
def test_the_verdict_comes_first(found: list[Difference], told: str) -> None:
    assert told in compare_view.verdicts(found, {"a": "A", "b": "B"}, str.upper)[0]


def test_alerts_say_what_to_do() -> None:
    told = {
        kind: curve_view.alert_words(Alert(kind, "p", 20, 0.5), {"p": "Film, seed 1"}) for kind in ("divergence", "never left")
    }
    assert "Film, seed 1: the loss rises again" in told["divergence"] and "lower learning rate" in told["divergence"]
    assert "50.0 %" in told["never left"] and "higher learning rate" in told["never left"]
    flat = Alert("plateau", "p", 20, 0.5)
    assert "fewer steps would do" in curve_view.alert_words(flat, {})
    for curves in ([flat], [flat, Alert("plateau", "q", 20, 0.5)]):
        assert "so far" in curve_view.grouped(curves, {}, running=True)[0][1], (
            "a run that goes on is not judged as if it had ended"
        )
    many = [Alert("never left", name, 20, 0.5) for name in "abcdef"]
    found = curve_view.grouped([*many, Alert("plateau", "p", 20, 0.5)], {"a": "Film"})
    assert [kind for kind, _ in found] == ["never left", "plateau"]
    assert found[0][1].startswith("6 curves (Film, b, c and 3 more): no better than the untrained prompt")
