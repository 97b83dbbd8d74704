"""Each page opens without an exception, says what it should, and survives bad links and empty or damaged folders."""

import json
import os
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from pages.common import frame
from ptlib.transfer import flips
from tests.app.conftest import Open, texts
from tests.fixtures import fake_demo

SOURCE, TARGET, _ = fake_demo.family_of_three()
PAGES = ("start", "transfer", "pair", "prompts", "neurons", "models", "lab", "runs", "about")


@pytest.mark.parametrize("page", PAGES)
def test_a_page_opens_without_an_exception(open_page: Open, page: str) -> None:
    app = open_page(page)
    assert not app.exception and not app.error
    assert app.title


@pytest.mark.parametrize("page", PAGES)
def test_a_page_opens_without_any_result_and_names_the_next_action(
    open_page: Open, page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PTLIB_DEMO", str(tmp_path / "nothing"))
    app = open_page(page)
    assert not app.exception
    if page in ("start", "transfer", "pair", "prompts", "neurons", "models"):
        assert "demo build" in texts(app)


def test_a_link_with_ids_opens_its_cell_and_shows_names_in_the_address(open_page: Open) -> None:
    app = open_page("pair", backbone="demo/roberta-small", source=SOURCE, target=TARGET)
    assert [box.value for box in app.sidebar.selectbox] == ["demo/roberta-small", SOURCE, TARGET]
    assert "/" not in str(app.query_params["source"])


def test_an_unknown_name_in_a_link_is_reported_and_replaced(open_page: Open) -> None:
    app = open_page("transfer", source="demo/tweeet")
    assert not app.exception
    assert app.sidebar.selectbox[1].value.startswith("demo/")


NAMED = {
    "start": {"backbone", "source", "target", "recipe", "whose"},
    "transfer": {"metric", "order", "show", "lit", "recipe", "whose"},
    "pair": {"flip", "seed"},
    "prompts": {"view", "look", "method"},
    "neurons": {"question"},
    "models": {"method"},
    "lab": {"preset"},
}
"""Page -> parameters of which it says that a link's value is none; what a first page said is not said again."""


def test_unknown_values_of_every_parameter_are_harmless_and_named(open_page: Open) -> None:
    wrong = {key: f"no{key}" for key in ("run", "cell", "value", *(key for keys in NAMED.values() for key in keys))}
    for page in PAGES:
        app = open_page(page, **wrong)
        said = texts(app)
        assert not app.exception and [key for key in NAMED.get(page, ()) if f"no{key}" not in said] == []
    said = texts(open_page("transfer", **wrong | {"show": "two"}))
    assert "novalue" in said and "nocell" in said


def test_the_map_names_its_chosen_cell_and_compares_families(open_page: Open) -> None:
    app = open_page("transfer", source=SOURCE, target=TARGET)
    assert "across families" in texts(app)
    assert "reused as it is" in texts(app)


def test_a_click_on_the_map_moves_the_selectors(open_page: Open) -> None:
    app = open_page("transfer")
    spec = json.loads(app.get("plotly_chart")[0].proto.spec)
    points = next(trace for trace in spec["data"] if trace.get("customdata"))
    assert [SOURCE, TARGET] in [list(pair) for pair in points["customdata"]]
    assert {trace["type"] for trace in spec["data"]} == {"heatmap", "scatter"}


def test_the_panel_holds_sentence_scores_flips_and_ways_on(open_page: Open) -> None:
    app = open_page("transfer", source=SOURCE, target=TARGET)
    said, buttons = texts(app), [button.label for button in app.button]
    assert not app.exception and "reused as it is" in said and "reused says" in said and "lost," in said
    assert "Why? Open the pair" in buttons and "Run this for real" in buttons
    assert [one for one in app.get("plotly_chart") if "cell_scores" in one.proto.id]


def test_what_stands_out_is_listed_below_the_map(open_page: Open) -> None:
    app = open_page("transfer", source=SOURCE, target=TARGET, strengths_open="true")
    titles = [one.value for one in app.header]
    assert titles[:4] == ["Five cells that break the rule", "Where a reused prompt hurts", "Whose prompt gives most",
                          "Which task receives most"]  # fmt: skip
    rule = next(button for button in app.button if str(button.key).startswith("rule|"))
    rule.click().run()
    assert not app.exception and str(rule.key).split("|")[1:] == [box.value for box in app.sidebar.selectbox[1:3]]
    ranking = app.dataframe[0].value
    assert (
        list(ranking.columns) == ["Place", "Task", "Gain kept", "95 %", "Group"] and ranking["Gain kept"].is_monotonic_decreasing
    )


def test_asymmetry_is_a_view_of_its_own(open_page: Open) -> None:
    app = open_page("transfer", show="Asymmetry")
    assert not app.exception and "more than back" in texts(app)
    (chart,) = app.get("plotly_chart")
    tiles = [trace for trace in json.loads(chart.proto.spec)["data"] if trace["type"] == "heatmap"]
    assert (tiles[-1]["zmin"], tiles[-1]["zmax"]) == (-100, 100)


@pytest.mark.parametrize("metric", ["Gain kept", "Relative (paper)", "Raw score"])
@pytest.mark.parametrize("order", ["Family", "Strength"])
def test_every_metric_and_order_can_be_linked(open_page: Open, metric: str, order: str) -> None:
    app = open_page("transfer", metric=metric, order=order)
    assert not app.exception and metric in texts(app)


def test_the_pair_page_shows_the_input_structure_of_the_deck(open_page: Open) -> None:
    codes = [str(code.value) for code in open_page("pair", source=SOURCE, target=TARGET, pair_input_open="true").code]
    assert any(code.startswith("<soft> × 20, <mask>, text_a") for code in codes)
    assert any("[p20] <s> <mask>" in code for code in codes)


def test_the_flip_quadrants_list_their_examples(open_page: Open) -> None:
    app = open_page("pair", source=SOURCE, target=TARGET, flip="Both right")
    assert "the reused prompt loses" in texts(app)
    assert len(app.dataframe[0].value) > 0


def test_the_flips_open_on_a_quadrant_that_has_examples(open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    real = flips.counts
    monkeypatch.setattr(flips, "counts", lambda table: real(table) | {"lost": 0, "gained": 0})
    app = open_page("pair", source=SOURCE, target=TARGET)
    assert not app.exception and app.session_state["flip"] == "both"


def test_the_lab_proposes_a_seed_that_the_demo_lacks(open_page: Open) -> None:
    app = open_page("lab", source=SOURCE, target=TARGET)
    assert [box.value for box in app.multiselect] == [[SOURCE], [TARGET], [3]]
    assert "--seeds 3" in "".join(str(code.value) for code in app.code)
    assert any(button.label == "Launch" and not button.disabled for button in app.button)


def test_a_quick_look_is_a_recipe_of_its_own_on_fewer_examples(open_page: Open) -> None:
    app = open_page("lab", source=SOURCE, target=TARGET, pace="quick")
    told = "".join(str(code.value) for code in app.code)
    assert not app.exception and "--limit 100" in told and "--patience 2" in told and "quick recipe" in texts(app)


def test_the_deck_experiment_quotes_the_deck_and_says_so(open_page: Open) -> None:
    app = open_page("lab", preset="The deck's experiment")
    assert [metric.value for metric in app.metric][:3] == ["77.17 %", "72.13 %", "74.10 %"]
    assert "slides' own numbers" in texts(app)


def test_a_prompt_that_does_not_fit_is_refused_next_to_the_field(open_page: Open) -> None:
    app = open_page("lab")
    next(box for box in app.number_input if box.label.startswith("Soft tokens")).set_value(500).run()
    assert not app.exception and "positions" in texts(app)
    assert all(button.disabled for button in app.button if button.label == "Launch")


def test_nothing_chosen_is_said_next_to_the_field(open_page: Open) -> None:
    app = open_page("lab")
    app.multiselect[0].set_value([]).run()
    assert not app.exception and "Pick at least one source" in texts(app)


def test_damaged_results_are_named_and_not_used(open_page: Open, synthetic_demo: Path, tmp_path: Path, monkeypatch) -> None:
    import shutil

    copy = tmp_path / "damaged"
    shutil.copytree(synthetic_demo, copy)
    (copy / "results" / "t5-small" / "scores.parquet").write_bytes(b"not a table")
    monkeypatch.setenv("PTLIB_DEMO", str(copy))
    app = open_page("transfer")
    assert not app.exception and "Checksum does not match" in texts(app)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_cache_still_shows_the_demo(open_page: Open, places: Path) -> None:
    places.mkdir()
    places.chmod(0o500)
    app = open_page("start")
    assert not app.exception and "read-only" in texts(app)


def test_an_unknown_run_in_a_link_is_said_so(open_page: Open) -> None:
    from ptlib.models.registry import get_backbone
    from ptlib.prompts.spec import default_settings
    from ptlib.runs import queue as jobs
    from ptlib.transfer.spec import TransferSpec

    app = open_page("start")
    spec = get_backbone("demo/roberta-small")
    jobs.enqueue(TransferSpec(spec.id, (SOURCE,), (TARGET,), (3,), default_settings(spec)), "Tweets → Laptop")
    app = open_page("runs", run="t0000000000")
    assert not app.exception


def test_a_queued_run_can_be_seen_moved_and_cancelled(open_page: Open) -> None:
    from ptlib.models.registry import get_backbone
    from ptlib.prompts.spec import default_settings
    from ptlib.runs import queue as jobs
    from ptlib.transfer.spec import TransferSpec

    open_page("start")
    spec = get_backbone("demo/roberta-small")
    for seed in (3, 4):
        run = TransferSpec(spec.id, (SOURCE,), (TARGET,), (seed,), default_settings(spec))
        jobs.enqueue(run, f"run with seed {seed}")
    app = open_page("runs")
    assert not app.exception
    next(button for button in app.button if button.label == "Later").click().run()
    assert [job.title for job in jobs.active()] == ["run with seed 4", "run with seed 3"]
    next(button for button in app.button if button.label == "Cancel").click().run()
    assert len(jobs.active()) == 1


def test_no_timer_draws_the_page_while_a_deletion_is_confirmed(open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    from ptlib.models.registry import get_backbone
    from ptlib.prompts.spec import default_settings
    from ptlib.runs import queue as jobs
    from ptlib.transfer.spec import TransferSpec

    open_page("start")
    spec = get_backbone("demo/roberta-small")
    waiting, dropped = (TransferSpec(spec.id, (SOURCE,), (TARGET,), (seed,), default_settings(spec)) for seed in (3, 4))
    jobs.enqueue(waiting, "waits")
    gone = jobs.enqueue(dropped, "goes")
    jobs.cancel(gone.id)
    timers, real = [], frame.ticking
    monkeypatch.setattr(frame, "ticking", lambda part, on: (timers.append(on), real(part, on))[1])
    app = open_page("runs", run=gone.id)
    assert timers[-1]
    next(button for button in app.button if button.label == "Delete").click().run()
    assert not timers[-1]
    app.button(key="delete_sure").click().run()
    assert not app.exception and timers[-1] and [job.title for job in jobs.listing()] == ["waits"]


def test_the_first_sentence_is_there_again_when_its_box_was_dropped(places: Path) -> None:
    def part() -> None:
        import streamlit as st

        from pages.common.sentence import parts
        from ptlib.tasks.registry import get_task

        st.session_state["own_text_first"] = ("a good film .", "")
        parts.inputs("own", get_task("demo/film_review"))

    app = AppTest.from_function(part, default_timeout=60).run()
    assert not app.exception and app.text_input(key="own_text_a").value == "a good film ."


def test_the_stand_alone_page_holds_the_map_that_is_on_screen(open_page: Open) -> None:
    def page() -> None:
        import streamlit as st

        from pages.common import context
        from pages.transfer import parts

        context.read()
        now = context.current()
        text = parts.standalone(now, next(iter(parts.map_view.METRICS)), next(iter(parts.map_view.ORDERS)))
        st.text(f"{'Plotly.newPlot' in text} {text.count('<h2>')}")

    open_page("transfer")
    app = AppTest.from_function(page, default_timeout=60).run()
    assert not app.exception and app.text[0].value.startswith("True")
