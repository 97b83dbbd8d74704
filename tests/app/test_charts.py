"""What the pictures must show: every name, fixed colour domains, marks, readable ink; and what the sentences say."""

import re
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from pages.common import charts, data, plans, theme, words
from pages.transfer import cell_charts
from pages.transfer import charts as map_charts
from pages.transfer import view as map_view
from ptlib.transfer import patterns
from ptlib.transfer.matrix import Cell, TransferMatrix
from tests.fixtures.fake_demo import grid

FAMILIES = {"a": "sentiment", "b": "sentiment", "c": "inference"}
NAMES = {"a": "Alpha", "b": "Beta", "c": "Gamma", "untrained": "Untrained prompt"}


def cell(source: str, target: str, gain: float | None, width: float = 0.1, **more: object) -> Cell:
    known = {} if gain is None else {"gain_kept": gain, "gain_low": gain - width, "gain_high": gain + width}
    values = {
        "n_seeds": 3,
        "n_examples": 100,
        "score": 0.8,
        "low": 0.75,
        "high": 0.85,
        "seeds": (0, 1, 2),
        "run_ids": ("p0", "p1", "p2"),
    }
    return Cell(source=source, target=target, **(values | known | more))


@pytest.fixture
def matrix() -> TransferMatrix:
    cells = [
        cell("a", "a", 1.0),
        cell("a", "b", 0.9),
        cell("b", "a", 0.7),
        cell("b", "b", 1.0),
        cell("c", "c", None),
        cell("c", "a", 0.05),
        cell("a", "c", None),
        cell("untrained", "a", 0.0),
        cell("b", "c", None, n_seeds=2),
    ]
    return TransferMatrix("m", "r", ("a", "b", "c", "untrained"), ("a", "b", "c"), tuple(cells))


def test_missing_undefined_and_known_cells_differ(matrix: TransferMatrix) -> None:
    view = map_view.build_view(matrix, FAMILIES)
    assert view.state("a", "b") == "value" and view.state("a", "c") == "undefined" and view.state("c", "b") == "missing"
    assert view.value("a", "c") is None


def test_the_dot_marks_cells_that_cannot_be_told_from_untrained(matrix: TransferMatrix) -> None:
    view = map_view.build_view(matrix, FAMILIES)
    assert view.unsure("c", "a") and not view.unsure("b", "a") and not view.unsure("a", "a")


def test_a_bow_tie_marks_cells_that_were_looked_at_first(matrix: TransferMatrix) -> None:
    looked = [replace(one, n_examples=20, planned=100) if one.target == "b" else one for one in matrix.cells]
    view = map_view.build_view(replace(matrix, cells=tuple(looked)), FAMILIES)
    for seen, count in ((view, 2), (map_view.build_view(matrix, FAMILIES), 0)):
        traces = map_charts.map_figure(seen, theme.LIGHT, NAMES).select_traces({"type": "scatter"})
        assert sum(len(trace.x or ()) for trace in traces if trace.marker.symbol == "bowtie") == count
    cell = view.matrix.get("a", "b")
    assert cell and words.basis(cell).startswith("20 of 100 examples so far, 3 seeds")
    told = {tuple(tile.mark): tile.told for tile in cell_charts.tiles(view, NAMES)}
    assert "20 of 100 examples so far" in told["a", "b"] and "so far" not in told["b", "a"]


def test_families_are_apart_and_references_further(matrix: TransferMatrix) -> None:
    at = map_view.build_view(matrix, FAMILIES).row_at
    assert at["b"] - at["a"] == 1 and at["c"] - at["b"] > 1.2 and at["untrained"] - at["c"] > at["c"] - at["b"]


def test_only_cells_that_break_the_pattern_carry_a_number(matrix: TransferMatrix) -> None:
    view = map_view.build_view(matrix, FAMILIES)
    assert view.broken == {("a", "b"), ("b", "a")}  # below 95 in the family; c → a cannot be told from nothing

    def written(everything: bool) -> set[str]:
        figure = map_charts.map_figure(view, theme.LIGHT, NAMES, everything=everything)
        return {text for trace in figure.select_traces({"type": "scatter", "mode": "text"}) for text in trace.text}

    assert written(False) == {"90", "70", "–"} and written(True) == {"90", "70", "–", "100", "5", "0"}


@pytest.mark.parametrize("scale", [1, 4 / 3])
def test_type_in_a_chart_grows_with_the_screen(matrix: TransferMatrix, scale: float) -> None:
    colours = replace(theme.LIGHT, scale=scale)
    view = map_view.build_view(matrix, FAMILIES)
    figures = [map_charts.map_figure(view, colours, NAMES, ("a", "b"), everything=True)]
    figures += [map_charts.list_figure(view, colours, NAMES, ("a", "b")), map_charts.mini_figure(view, colours, NAMES)]
    fonts = {int(size) for figure in figures for size in re.findall(r'font":{[^{}]*"size":(\d+)', figure.to_json())}
    assert fonts and min(fonts) >= round(12 * scale)


def test_a_telephone_gets_a_bar_and_a_number_for_every_target(matrix: TransferMatrix) -> None:
    figure = map_charts.list_figure(map_view.build_view(matrix, FAMILIES), theme.DARK, NAMES, ("a", "b"))
    assert [note.text for note in figure.layout.annotations] == ["Alpha  100 %", "<b>Beta  90 %</b>", "Gamma  –"]
    assert [list(one) for one in figure.data[0].customdata] == [["a", "a"], ["a", "b"], ["a", "c"]]


@pytest.mark.parametrize(("count", "lines"), [(5, 1), (17, 2)])
def test_many_columns_get_two_lines_of_family_names(count: int, lines: int) -> None:
    names = {f"t{n}": f"Task {n}" for n in range(count)}
    families = {name: ("sentiment", "inference", "ethics")[n * 3 // count] for n, name in enumerate(names)}
    wide = TransferMatrix("m", "r", tuple(names), tuple(names), tuple(cell(a, b, 0.5) for a in names for b in names))
    figure = map_charts.map_figure(map_view.build_view(wide, families), theme.LIGHT, names)
    below = [note.yshift for note in figure.layout.annotations if note.xref == "x" and note.yref == "y"]
    assert len(below) == 3 and len(set(below)) == lines


def test_strength_sorts_rows_and_columns(matrix: TransferMatrix) -> None:
    assert map_view.build_view(matrix, FAMILIES, order="value").rows == ("a", "b", "c", "untrained")


def test_every_name_is_a_tick_and_every_cell_a_click(matrix: TransferMatrix) -> None:
    figure = map_charts.map_figure(map_view.build_view(matrix, FAMILIES), theme.LIGHT, NAMES, ("a", "b"))
    assert list(figure.layout.xaxis.ticktext) == ["Alpha", "Beta", "Gamma"]
    clicks = figure.data[-1]
    assert len(clicks.customdata) == 12 and clicks.opacity == 0
    assert any(shape.line.width == 2.5 for shape in figure.layout.shapes)


def test_colour_domains_are_fixed(matrix: TransferMatrix) -> None:
    for metric, domain in (("gain_kept", (-1, 1)), ("relative", (0, 100)), ("score", (0, 1))):
        tiles = map_charts.map_figure(map_view.build_view(matrix, FAMILIES, metric), theme.LIGHT, NAMES).data[1]
        assert (tiles.zmin, tiles.zmax) == domain


@pytest.mark.parametrize("colours", [theme.LIGHT, theme.DARK], ids=["light", "dark"])
def test_text_marks_and_numbers_in_cells_are_readable(colours: theme.Palette) -> None:
    assert theme.contrast(colours.text, colours.background) > 12 and theme.contrast(colours.muted, colours.background) > 4.5
    assert min(theme.contrast(hue, colours.background) for hue in colours.categories) > 3
    for scale in (colours.diverging, colours.sequential):
        fills = [theme.colour_at(scale, step / 20) for step in range(21)]
        assert min(theme.contrast(theme.ink(colours, fill), fill) for fill in fills) > 4


def test_zero_is_the_neutral_middle_of_the_diverging_scale() -> None:
    red, green, blue = (int(theme.colour_at(theme.LIGHT.diverging, 0.5)[i : i + 2], 16) for i in (1, 3, 5))
    assert max(red, green, blue) - min(red, green, blue) < 6


def test_missing_is_never_written_as_a_number() -> None:
    assert words.percent(None) == words.percent(float("nan")) == words.duration(None) == "–"
    assert words.percent(-0.304) == "−30 %" and words.percent(-0.001) == "0 %" and words.interval(None, 1) == ""


def test_a_reading_names_share_interval_and_doubt(matrix: TransferMatrix) -> None:
    text = words.cell_reading(matrix.get("b", "a"), "Beta", "Alpha")
    assert "keeps 70 % [60, 80]" in text
    assert "cannot be told" in words.cell_reading(matrix.get("c", "a"), "Gamma", "Alpha")
    assert "does worse" in words.cell_reading(cell("a", "b", -0.5), "Alpha", "Beta")
    assert "undefined" in words.cell_reading(matrix.get("a", "c"), "Alpha", "Gamma")
    assert "not been run" in words.cell_reading(None, "Gamma", "Beta")


def test_the_dumbbell_draws_an_interval_over_examples_only_dotted() -> None:
    one = charts.Condition("transfer", "Reused", 0.8, 0.7, 0.9, "basis", single_seed=True)
    dashes = [
        trace.line.dash for trace in charts.dumbbell_figure([one, replace(one, key="own", single_seed=False)], theme.LIGHT).data
    ]
    assert "dot" in dashes and "solid" in dashes


def test_the_dumbbell_names_what_a_score_has_to_beat() -> None:
    one = charts.Condition("own", "Own", 0.8, 0.7, 0.9, "basis", single_seed=False)
    figure = charts.dumbbell_figure([one], theme.LIGHT, [("guess", 0.53)])
    assert [note.text for note in figure.layout.annotations if note.x == 0.53] == ["guess"]
    assert figure.layout.xaxis.range[0] < 0.53


def test_what_a_score_has_to_beat_is_chance_or_the_guess_that_was_measured(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "tasks").mkdir()
    (tmp_path / "tasks" / "facts.json").write_text('{"demo/passage_questions": {"guess": 0.51}}')
    monkeypatch.setenv("PTLIB_DEMO", str(tmp_path))
    data.shortcut_scores.clear()
    assert data.floor("demo/passage_questions") == ("guess", 0.51)
    assert data.floor("demo/film_review") == ("chance", 0.5)
    assert data.floor("demo/fact_questions") is None
    data.shortcut_scores.clear()


def test_the_next_seed_is_the_first_free_one(matrix: TransferMatrix) -> None:
    plan = plans.propose(plans.ONE_CELL, matrix, "a", "b", ["a", "b", "c"], pair=None)
    assert plan.seeds == (3,) and plans.next_seed([]) == 0 and plans.next_seed([0, 2]) == 1


def test_many_names_take_no_room_from_the_curves() -> None:
    curve = pd.DataFrame({"step": [0, 10], "seconds": [0.0, 1.0], "loss": [1.0, 0.5], "validation": [0.5, 0.9]})
    sizes = []
    for count in (1, 3, 6, 12):
        layout = charts.curves_figure({f"s{n}": curve for n in range(count)}, theme.LIGHT, {}, height=260).layout
        sizes.append(layout.height - layout.margin.t - layout.margin.b)
    assert min(sizes) > 170 and layout.legend.orientation == "v" and layout.legend.y < 0


def _told(found: TransferMatrix) -> str:
    return words.blocks_reading(patterns.blocks(found, {name: name[0] for name in found.sources}))


def test_level_and_interval_decide_what_is_said_of_families() -> None:
    assert _told(grid(0.95, 0.05, 0.02, 8)).endswith("prompts travel well within a family and poorly between families.")
    assert _told(grid(0.32, 0.02, 0.02, 8)).endswith("clearly more within a family than between families.")  # 32 % is not well
    assert _told(grid(0.9, 0.6, 0.02, 8)).endswith("prompts travel well within a family.")
    assert _told(grid(0.1, 0.6, 0.02, 8)).endswith("clearly more between families than within them.")
    assert "cannot be told" in _told(grid(0.3, 0.3, 0.6, 8))
    assert "too few tasks" in _told(grid(0.95, 0.05, 0.02, 8).part(("a0", "a1", "b0"), ("a0", "a1")))


def test_a_score_that_the_commonest_class_would_give_is_said_to_be_no_more() -> None:
    always = Cell(source="commonest_class", target="a", n_seeds=1, n_examples=9, score=0.65)
    good = replace(cell("b", "a", 0.47), score=0.42, low=0.40, high=0.44, gain_low=0.3, gain_high=0.6)
    told = words.cell_reading(good, "Beta", "Alpha", None, always)
    assert told.endswith("keeps 47 % [30, 60] of Alpha's gain, less than always answering the commonest class (65.0 %).")
    unsure = replace(good, score=0.64, low=0.60, high=0.68)
    assert "not clearly more than always" in words.cell_reading(unsure, "Beta", "Alpha", None, always)
    assert "commonest" not in words.cell_reading(replace(good, score=0.9, low=0.85, high=0.95), "Beta", "Alpha", None, always)


def test_the_map_has_the_commonest_class_as_a_row_without_clicks(matrix: TransferMatrix) -> None:
    always = replace(cell("commonest_class", "a", 0.1), score=0.65, n_seeds=1)
    seen = map_view.build_view(replace(matrix, commonest={"a": always}), {}, "score")
    assert seen.rows[-1] == "commonest_class" and seen.state("commonest_class", "a") == "value"
    assert seen.state("commonest_class", "b") == "undefined" and not seen.few_seeds("commonest_class", "a")
    names = dict.fromkeys((*matrix.sources, "commonest_class"), "x")
    clicks = map_charts.map_figure(seen, theme.LIGHT, names).data[-1]
    assert [] in [list(pair) for pair in clicks.customdata] and ["a", "a"] in [list(pair) for pair in clicks.customdata]


@pytest.mark.parametrize("colours", [theme.LIGHT, theme.DARK], ids=lambda one: one.name)
def test_every_colour_that_text_is_written_in_can_be_read(colours: theme.Palette) -> None:
    inks = (*colours.categories, colours.text, colours.muted, colours.accent)
    grounds = (colours.background, colours.panel)
    assert min(theme.contrast(ink, ground) for ink in inks for ground in grounds) >= 4.5
