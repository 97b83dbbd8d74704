"""Transfer as initialisation on the Pair and the Transfer map page: hand-computed numbers, missing runs, the way to the Lab."""

import json
import math
import shutil
from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from pages.common import charts, frame, theme
from pages.transfer import warm_charts, warm_parts, warm_view
from ptlib.tasks.registry import all_tasks
from ptlib.transfer import warm
from tests.app.conftest import Open, texts
from tests.fixtures import fake_demo, fake_warm
from tests.fixtures.fake_warm import Start

FIRST, SOURCE, TARGET = fake_demo.family_of_three()
STRANGER = next(task.id for task in all_tasks() if task.source == "embedded" and task.family == "inference")
NAMES = {task.id: task.name for task in all_tasks()}
HERE = {"backbone": "demo/roberta-small", "source": SOURCE, "target": TARGET}
IDLE = [0.9] * 6
OWN = [0.5, 0.6, 0.7, 0.8, *IDLE]  # converged at step 40, at 90 %
"""Curves whose steps to 90 % are known by hand; nothing is gained in the last evaluations."""
RELATIVE = {0: [0.8, *IDLE], 1: [0.7, 0.8, 0.85, *IDLE], 2: [0.5] * 10}  # step 10, step 30, never: all 90 steps
NEVER = [0.5] * 8  # all 70 steps


def compared(starts: list[Start]) -> pd.DataFrame:
    """The same as `warm.comparisons`, from curves in memory."""
    rows = []
    for start in starts:
        own, tuned = (fake_warm._curve("p", scores) for scores in (start.own, start.warm))
        named = {"target": start.target, "source": start.source, "relation": warm._relation(start.source, start.target)}
        rows.append({**named, "seed": start.seed, **warm.measured(own, tuned)})
    return pd.DataFrame(rows, columns=list(warm.COLUMNS))


STARTS = [Start(SOURCE, TARGET, seed, OWN, scores) for seed, scores in RELATIVE.items()]
STARTS += [Start(STRANGER, TARGET, 0, OWN, NEVER)]


@pytest.fixture
def with_starts(synthetic_demo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    copy = tmp_path / "with_starts"
    shutil.copytree(synthetic_demo, copy)
    fake_warm.add(copy / "results" / "roberta-small", STARTS)
    monkeypatch.setenv("PTLIB_DEMO", str(copy))
    return copy


def chart(app: AppTest, words: str) -> dict:
    """The figure on the page in whose axis title the words stand."""
    specs = [json.loads(element.proto.spec) for element in app.get("plotly_chart")]
    return next(spec for spec in specs if words in str(spec["layout"].get("xaxis", {}).get("title", "")))


def opened(app: AppTest) -> AppTest:
    app.session_state["warm_open"] = True
    return app.run()


def test_the_pair_page_says_what_the_start_saved(open_page: Open, with_starts: Path) -> None:
    app = open_page("pair", **HERE)
    assert not app.exception
    # (10 + 30) / 2 = 20 steps; own starts 40; the third is censored
    expected = (
        f"prompt of {NAMES[TARGET]} reached the converged score of an own start (90.0 %) after 20 instead of 40 steps "
        "(mean of 2 seeds; 2 of 3 got there; the others, censored, are not in this mean)."
    )
    assert expected in texts(app) and "what that saves is unknown" not in texts(app)


def test_curves_of_both_starts_differ_in_line_and_marker(open_page: Open, with_starts: Path) -> None:
    traces = chart(open_page("pair", **HERE), "Tuning step")["data"]
    styles = {trace["name"]: (trace["line"]["dash"], trace["marker"]["symbol"]) for trace in traces}
    started = f"started from {NAMES[SOURCE]} (3 seeds)"
    assert styles == {"own start (3 seeds)": ("solid", "diamond"), started: ("dash", "triangle-up")}
    assert [trace["showlegend"] for trace in traces] == [True, False, False, True, False, False]
    assert any("seed 2, started from" in trace["hovertemplate"] for trace in traces)


def test_the_untrained_level_is_that_of_own_starts_only(open_page: Open, with_starts: Path) -> None:
    notes = [note["text"] for note in chart(open_page("pair", **HERE), "Tuning step")["layout"]["annotations"]]
    assert notes == ["untrained 50.0 %"]


def test_a_pair_without_warm_starts_leads_to_the_lab_with_the_switch_on(
    open_page: Open, with_starts: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(frame, "go", asked.append)  # the harness cannot change pages in a callback
    app = open_page("pair", **HERE | {"source": FIRST})
    assert "what that saves is unknown" in texts(app)
    next(button for button in app.button if button.key == "pair_warm_run").click().run()
    assert asked == ["lab"]
    app.switch_page(frame.script("lab")).run()
    assert not app.exception and app.title[0].value == "Lab"
    assert [switch.value for switch in app.toggle if switch.key == warm_parts.LAB_SWITCH] == [True]
    assert [box.value for box in app.multiselect][:2] == [[FIRST], [TARGET]]
    assert any("--warm-start" in str(code.value) for code in app.code)


@pytest.mark.parametrize("source", [TARGET, "untrained"])
def test_where_nothing_can_be_started_from_nothing_is_offered(open_page: Open, source: str) -> None:
    app = open_page("pair", **HERE | {"source": source})
    assert not app.exception and not [button for button in app.button if button.key == "pair_warm_run"]


def test_warm_starts_without_a_curve_are_said_not_to_be_countable(open_page: Open, with_starts: Path) -> None:
    fake_warm.add(with_starts / "results" / "roberta-small", [Start(FIRST, TARGET, 0, OWN, [])])
    app = open_page("pair", **HERE | {"source": FIRST})
    assert not app.exception and "to count its steps against" in texts(app)


def test_the_map_page_sums_up_relatives_and_strangers(open_page: Open, with_starts: Path) -> None:
    app = opened(open_page("transfer", **HERE))
    assert not app.exception
    # relatives: (10/40 + 30/40) / 2 = 50 %, with the censored one whole (10/40 + 30/40 + 90/40) / 3 = 108 %
    expected = (
        "From a relative: 50 % of an own start's steps [no interval] over 1 task (2 of 3 runs got there; 108 % with the other "
        "counted whole); from a stranger: none of 1 run got there."
    )
    assert expected in texts(app) and "Su et al." in texts(app)
    marks = {trace["name"]: (trace["x"], trace["marker"]["symbol"]) for trace in chart(app, "own start")["data"][1:]}
    assert marks["own start"] == ([40.0], "diamond-open")
    assert marks["from a relative (same family)"] == ([20.0], "triangle-up")
    assert "from a stranger (another family)" not in marks


def test_the_section_costs_nothing_while_it_is_closed(open_page: Open, with_starts: Path, monkeypatch) -> None:
    monkeypatch.setattr(warm_parts, "comparisons", lambda *_: pytest.fail("read for a closed section"))
    assert not open_page("transfer", **HERE).exception


def test_the_empty_section_says_what_to_do(open_page: Open) -> None:
    app = opened(open_page("transfer", **HERE))
    assert not app.exception and "no prompt of" in texts(app)
    command = f"python -m ptlib transfer demo/roberta-small {SOURCE} --targets {TARGET} --warm-start"
    assert command in [str(code.value) for code in app.code]
    assert any(button.key == "map_warm_run" for button in app.button)


def test_the_empty_section_of_a_cell_that_cannot_be_started_asks_for_another_cell(open_page: Open) -> None:
    app = opened(open_page("transfer", **HERE | {"source": TARGET}))
    assert not app.exception and "Choose two different tasks" in texts(app)


@pytest.mark.parametrize(
    ("warm_curves", "words"),
    [
        ([[0.8, *IDLE]], "after 10 instead of 40 steps (1 seed)."),
        ([[0.8, *IDLE], [0.9, *IDLE]], "after 10 instead of 40 steps (mean of 2 seeds; all 2 got there)."),
        ([OWN], "after 40 steps, as many as an own start needed (1 seed)."),
        (
            [NEVER],
            "never reached the converged score of an own start (90.0 %): not within all its 70 steps, where an own start "
            "needed 40 (1 seed).",
        ),
        ([NEVER, NEVER], "needed 40 (mean of 2 seeds; none of 2 got there)."),
    ],
)
def test_the_sentence_fits_the_runs(warm_curves: list[list[float]], words: str) -> None:
    rows = compared([Start(SOURCE, TARGET, seed, OWN, scores) for seed, scores in enumerate(warm_curves)])
    told = warm_view.pair_reading(rows, "A", "B")
    assert told.startswith("Started from A's prompt, the prompt of B ") and told.endswith(words)


def test_several_tasks_give_an_interval() -> None:
    starts = [Start(SOURCE, TARGET, 0, OWN, [0.8, *IDLE]), Start(TARGET, SOURCE, 0, OWN, OWN)]
    told = warm_view.summary_reading(warm.summary(compared(starts)))
    row = warm.summary(compared(starts)).iloc[0]
    assert f"62 % of an own start's steps [95 % interval {row.low * 100:.0f}–{row.high * 100:.0f}] over 2 tasks" in told
    assert told.endswith("(all 2 runs got there).") and "stranger" not in told
    fast = warm.summary(compared(starts)).assign(at_once=1)
    assert warm_view.summary_reading(fast).endswith(
        "Against 1 of 2 runs the own start had converged by its first evaluation: nothing was left to save."
    )


def test_a_target_without_a_relative_has_no_mark_there_and_comes_last() -> None:
    table = warm_view.by_target(compared([Start(STRANGER, SOURCE, 0, OWN, NEVER), *STARTS]), NAMES)
    assert table[["target", "relation"]].values.tolist() == [[TARGET, warm.SAME], [TARGET, warm.OTHER], [SOURCE, warm.OTHER]]
    figure = warm_charts.steps_figure(table, theme.DARK)
    assert [list(trace.y) for trace in figure.data if trace.name == "from a relative (same family)"] == [[NAMES[TARGET]]]
    assert {note.text for note in figure.layout.annotations} == {"▲ 1 of 3  ✕ 1 of 1", "✕ 1 of 1", "never got there"}


def test_curves_of_one_kind_keep_a_style_of_their_own_each() -> None:
    curves = {f"seed {seed}": fake_warm._curve("p", OWN) for seed in range(3)}
    assert warm_charts.curve_styles(curves, [], "A", theme.LIGHT) == {}
    figure = charts.curves_figure(curves, theme.LIGHT, {})
    assert len({trace.line.dash for trace in figure.data}) == 3 and all(trace.showlegend for trace in figure.data)


def test_a_step_that_is_not_known_is_a_dash() -> None:
    assert warm_view.steps_text(math.nan) == "–" and warm_view.steps_text(1234.4) == "1,234"
