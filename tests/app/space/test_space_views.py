"""Pictures of prompts on small data: what is drawn is what is told and saved, and nothing is claimed that is not known."""

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest

from pages.common import theme
from pages.space import charts, play_charts, select_view, two_charts, two_view, view
from pages.space.charts import Look
from ptlib.analysis.spaces import comparing, selection, together
from ptlib.base.stats import Interval

POINTS = pd.DataFrame(
    {
        "prompt": list("abcd"),
        "label": ["A, seed 0", "B, seed 0", "C, seed 0", "D, seed 0"],
        "task": list("abcd"),
        "task_name": list("ABCD"),
        "family": ["sentiment", "sentiment", "inference", "unknown"],
        "seed": [0, 0, 0, 1],
        "score": [0.9, np.nan, 0.5, 0.7],
        "set": ["Demo"] * 4,
        "earlier": [False] * 4,
        "x": [0.0, 1.0, 2.0, 9.0],
        "y": [0.0, 0.0, 0.0, 0.0],
    }
)


def test_a_neighbour_that_the_picture_draws_far_away_is_flagged() -> None:
    near = pd.DataFrame([("a", 1, "d", 0.1)], columns=["prompt", "rank", "neighbour", "distance"])
    found = view.neighbours(POINTS, near, "a")
    assert list(found.picture) == [3] and list(found.misplaced) == [True]
    assert view.only_in_picture(POINTS, near, "a", first=2) == ["b", "c"]
    told = view.misplaced_reading(found, ["B", "C"])
    assert "far away" in told and "B and C near" in told


@pytest.mark.parametrize("by", list(view.COLOUR_BY))
@pytest.mark.parametrize("colours", [theme.LIGHT, theme.DARK], ids=["light", "dark"])
def test_groups_differ_in_colour_and_in_shape(by: str, colours: theme.Palette) -> None:
    found = view.groups(POINTS, by, colours)
    assert sum(len(group.rows) for group in found) == 4
    assert len({group.symbol for group in found}) == len(found)
    assert charts.space_figure(POINTS, colours, Look(by, explained=(0.5, 0.2)), chosen="a", lit=["a", "b"]).data


def test_clusters_are_not_claimed_without_a_small_p() -> None:
    rows = [{"by": "family", "measure": "silhouette", "value": 0.3, "chance": 0.1, "p": 0.4, "n": 9, "groups": 3, "reason": ""}]
    assert "do not clearly lie together" in view.reading(pd.DataFrame(rows))
    none = [rows[0] | {"value": np.nan, "reason": "All prompts belong to one family."}]
    assert "cannot be tested" in view.reading(pd.DataFrame(none))


def trained(count: int = 4) -> pd.DataFrame:
    """Prompts that left one place for four, with one checkpoint on the way."""
    ends = POINTS.assign(step=[100, 100, 50, 100], y=[0.0, 1.0, 0.0, 1.0])
    way = [ends.assign(earlier=True, step=step, x=0.0 if step == 0 else ends.x / 2, y=0.0) for step in (0, 20)]
    return pd.concat([ends, *way], ignore_index=True)


def test_what_is_drawn_is_what_is_saved() -> None:
    """Every end once, at its place; and as many starts and places on the way."""
    points = trained()
    figure = charts.space_figure(points, theme.LIGHT, Look(ways=True, method="umap"))
    drawn = {mark[0]: (x, y) for trace in figure.data if trace.customdata is not None
             for mark, x, y in zip(trace.customdata, trace.x, trace.y, strict=True)}  # fmt: skip
    saved = {row.prompt: (row.x, row.y) for row in points[~points.earlier].itertuples()}
    assert drawn == saved
    counts = {trace.name: len(trace.x) for trace in figure.data if trace.name in ("start", "on the way")}
    assert counts == {"start": 4, "on the way": 4}


def spread(figure: go.Figure) -> list[float]:
    """Share of the frame's width and height that the points reach over."""
    traces, found = [trace for trace in figure.data if trace.customdata is not None], []
    for axis in "xy":
        values = np.concatenate([np.asarray(trace[axis], float) for trace in traces])
        low, high = figure.layout[f"{axis}axis"].range
        found.append(float(np.ptp(values) / (high - low)))
    return found


def test_a_picture_without_a_scale_fills_its_frame_and_pca_is_drawn_to_scale() -> None:
    points = trained()
    free = charts.space_figure(points, theme.LIGHT, Look(method="umap"))
    assert min(spread(free)) > 0.85 and free.layout.yaxis.scaleanchor is None
    assert charts.space_figure(points, theme.LIGHT, Look(method="pca")).layout.yaxis.scaleanchor == "x"


def test_names_stand_at_centres_on_no_point_and_an_unknown_family_has_none() -> None:
    rng = np.random.default_rng(0)
    families = ["sentiment"] * 20 + ["inference"] * 20 + ["unknown"] * 5
    middles = np.repeat([[0, 0], [10, 10], [0, 10]], (20, 20, 5), axis=0)
    places = middles + rng.normal(0, 1, (45, 2))
    ends = pd.DataFrame({"family": families, "task": families, "task_name": families, "x": places[:, 0], "y": places[:, 1]})
    found = view.centres(ends, "family", ((-3.0, 13.0), (-3.0, 13.0)), (45.0, 45.0))
    assert [name.text for name in found] == ["Sentiment", "Inference"]
    for name, middle in zip(found, ((0, 0), (10, 10)), strict=True):
        assert np.hypot(name.x - middle[0], name.y - middle[1]) < 4
        wide, high = 0.6 * len(name.text) / 2 * 16 / 45, 0.5 * 16 / 45
        assert not ((abs(ends.x - name.x) < wide) & (abs(ends.y - name.y) < high)).any()


def test_prompts_play_from_their_starts_along_straight_lines_and_rest_at_their_ends() -> None:
    points = trained()
    figure = charts.space_figure(points, theme.LIGHT, Look(ways=True, method="umap"), chosen="b")
    play_charts.add(figure, points, theme.LIGHT)
    steps = play_charts.schedule(points)
    assert len(figure.frames) == len(steps) == play_charts.FRAMES and steps[0] == 0 and steps[-1] == 100
    moving = figure.frames[0].traces
    for number in (0, 20, 60):
        for place, drawn in zip(moving, figure.frames[number].data, strict=True):
            marks = figure.data[place].customdata
            for at, (name,) in enumerate(marks if marks is not None else [("b",)]):
                way = points[points["prompt"] == name].sort_values("step")
                assert drawn.x[at] == pytest.approx(np.interp(steps[number], way.step, way.x), abs=1e-4)
    ends = {mark[0]: x for place, drawn in zip(moving, figure.frames[-1].data, strict=True) if figure.data[place].customdata
            is not None for mark, x in zip(figure.data[place].customdata, drawn.x, strict=True)}  # fmt: skip
    assert ends == dict(zip(POINTS["prompt"], POINTS.x, strict=True))
    play, rest = figure.layout.updatemenus[0].buttons
    assert play.args[1]["frame"]["redraw"] is False and list(rest.args[0]) == [None] and len(figure.layout.sliders[0].steps) == 61


def test_search_hides_and_twins_go_by_names() -> None:
    assert view.matching(POINTS, "SENTI") == ["a", "b"]
    assert view.matching(POINTS, "d, SEED") == ["d"] and view.matching(POINTS, "nothing like it") == []
    assert list(view.without(POINTS, ["family:sentiment", "d"])["prompt"]) == ["c"]
    assert view.hideable(POINTS)["family:unknown"] == "All of No known family"
    assert view.identical({"a": "1", "b": "2", "c": "1"}, {"a": "A", "b": "B", "c": "C"}) == {"a": "C", "c": "A"}
    told = charts.space_figure(POINTS.assign(same=["", "C", "", ""]), theme.LIGHT, Look()).to_json()
    assert told.count("Identical to C") == 1


def test_scores_that_lie_close_still_differ_in_colour() -> None:
    scores = pd.Series([0.89, 0.95, 1.0, np.nan])
    assert view.score_range(scores) == (0.85, 1.0) and len(set(view.score_fills(scores, theme.LIGHT))) == 4
    assert view.score_range(pd.Series([np.nan])) == (0.0, 1.0) and view.score_range(pd.Series([1.0])) == (0.95, 1.0)


def test_the_silhouette_of_the_picture_equals_scikit_learn() -> None:
    from sklearn.metrics import silhouette_score

    rng = np.random.default_rng(1)
    ends = pd.DataFrame(rng.normal(size=(30, 2)), columns=["x", "y"]).assign(family=["sentiment", "inference", "unknown"] * 10)
    known = ends[ends.family != "unknown"]
    assert view.drawn_silhouette(ends) == pytest.approx(silhouette_score(known[["x", "y"]], known.family))
    assert view.drawn_silhouette(ends.assign(family="unknown")) is None


def test_a_selection_is_told_by_what_tells_it_and_by_its_transfer() -> None:
    found = selection.explain([True, True, False, False], select_view.properties(POINTS))
    told = select_view.explained_reading(found)
    assert "family" in told and "2 with family Sentiment inside, 0 outside" in told
    assert "unknown, D" in select_view.properties(POINTS)["family"]
    assert set(select_view.explained_table(found).property) <= {"Task", "Family", "Seed", "Own score"}
    assert select_view.tasks_inside(POINTS, ["a", "c"]) == ["a", "c"]
    means = {"inside": 0.9, "outward": 0.1, "inward": 0.2, "outside": None}
    cells = {"inside": 2, "outward": 4, "inward": 4, "outside": 0}
    told = select_view.transfer_reading(selection.Blocks(means, cells, Interval(0.75, 0.6, 0.8, "tasks")), 2)
    assert "**90 %** of the gain (2 cells)" in told and "others –" in told and "75 % [60, 80]" in told
    none = selection.Blocks(dict.fromkeys(means), dict.fromkeys(means, 0), Interval(None, None, None, "tasks"))
    assert "no transfer between them" in select_view.transfer_reading(none, 1)


def test_agreement_of_spaces_is_told_with_chance_and_never_claimed_within_it() -> None:
    rng = np.random.default_rng(0)
    names = [f"t{number}" for number in range(8)]
    places = rng.normal(size=(8, 3))
    table = pd.DataFrame(np.linalg.norm(places[:, None] - places, axis=2), index=names, columns=names)
    same = comparing.compare(table, table, dict(zip(names, names, strict=True)))
    assert same is not None and "**largely agree**" in two_view.reading(same, "A", "B", str.upper)
    turned = table.sample(8, random_state=3).index
    mixed = pd.DataFrame(table.loc[turned, turned].to_numpy(), index=names, columns=names)
    other = comparing.compare(table, mixed, dict(zip(names, names, strict=True)))
    assert other is not None and (other.mean.low or 0) <= other.chance
    assert "do not clearly agree" in two_view.reading(other, "A", "B", str.upper)
    assert "fewer than four" in two_view.reading(None, "A", "B", str)
    rows = two_view.table(same, str.upper).assign(id=names, family="sentiment")
    bars = two_charts.agreement_figure(rows, theme.DARK, same.chance, lit=["t1"]).data[0]
    assert list(bars.x) == list(rows.shared) and sorted(set(bars.marker.opacity)) == [0.18, 1.0] and "T1" in rows.task.to_list()


def test_one_picture_of_two_spaces_says_how_it_came_about() -> None:
    values = together.Together(np.array([[0.0, 0], [1, 1], [0, 0.1], [5, 5]]), (0.5, 0.2), together.VALUES, ())
    assert "by their values" in two_view.placed_reading(values, ["A", "B"], str) and "70 %" in two_view.placed_reading(
        values, ["A"], str
    )
    relative = together.Together(values.places, (0.5, 0.2), together.RELATIVE, ("x", "y", "z"))
    assert "3 common tasks** (X, Y and Z)" in two_view.placed_reading(relative, ["A", "B"], str.upper)
    told = two_view.distance(relative, [0, 0, 1, 1], ["x", "y", "x", "y"])
    assert told.startswith("For 75 % of the prompts") and "chance 50 %" in told
    assert two_view.distance(relative, [0, 0, 1, 1], ["x", "x", "y", "y"]) == ""


def test_pca_is_to_scale_and_fills_what_it_can() -> None:
    points = pd.DataFrame({"x": [0.0, 10.0], "y": [0.0, 1.0]})
    (x0, x1), (y0, y1) = view.reaches(points, (700, 350))
    assert (
        (x1 - x0) / 700 == pytest.approx((y1 - y0) / 350)
        and x1 - x0 == pytest.approx(11.2)
        and (y0 + y1) / 2 == pytest.approx(0.5)
    )


def test_a_step_can_be_shown_without_playing() -> None:
    points = trained()
    shown = play_charts.at_step(points, 20)
    ends, way = shown[~shown.earlier].set_index("prompt"), points[points.step == 20].set_index("prompt")
    assert (ends[["x", "y"]] == way.loc[ends.index, ["x", "y"]]).all().all() and set(ends.step) == {20}
    late = play_charts.at_step(points, 70)
    assert dict(late[~late.earlier].set_index("prompt").step) == {"a": 70, "b": 70, "c": 50, "d": 70}  # c had ended
    figure = charts.space_figure(shown, theme.LIGHT, Look(ways=True, method="umap"))
    play_charts.add(figure, points, theme.LIGHT, 20)
    active = figure.layout.sliders[0].active
    assert abs(play_charts.schedule(points)[active] - 20) < 2 and figure.frames[-1].data[0].x[0] == 0.0
