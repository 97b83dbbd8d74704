"""The map: means, ratios, gain kept, intervals, what is undefined, speed."""

import time
from dataclasses import replace

import numpy as np
import pytest

from ptlib.base import stats
from ptlib.results.rows import Entry, look_of
from ptlib.transfer.matrix import TransferMatrix, build_cells

RANDOM = np.random.default_rng(0)


def entry(source: str, target: str, seed: int, scores: np.ndarray | float, examples: str = "e", **more: object) -> Entry:
    """A result with given per-example scores, or with random ones of a given mean."""
    if isinstance(scores, float):
        scores = (RANDOM.random(300) < scores).astype(np.float32)
    values = {
        "prompt_id": f"p-{source}-{seed}",
        "backbone": "b",
        "recipe": "r",
        "init": "vocab",
        "metric": "accuracy",
        "created": 0.0,
        "origin": "demo",
        "run_id": None,
    } | more
    return Entry(
        source=source,
        target=target,
        seed=seed,
        n=len(scores),
        score=float(scores.mean()),
        examples=examples,
        scores=scores.astype(np.float32),
        **values,
    )


def _cells(entries: list[Entry]) -> dict[tuple[str, str], object]:
    return {(cell.source, cell.target): cell for cell in build_cells(entries)[0]}


def test_relative_and_gain_kept_are_ratios_of_means_over_seeds() -> None:
    entries = [entry(name, "b", seed, level) for name, level in (("a", 0.7), ("b", 0.9), ("untrained", 0.5)) for seed in range(3)]
    cells = _cells(entries)
    mean = {name: np.mean([e.score for e in entries if e.source == name]) for name in ("a", "b", "untrained")}
    cell = cells["a", "b"]
    assert cell.relative == pytest.approx(100 * mean["a"] / mean["b"])
    assert cell.gain_kept == pytest.approx((mean["a"] - mean["untrained"]) / (mean["b"] - mean["untrained"]))
    assert cell.low < cell.score < cell.high and cell.gain_low < cell.gain_kept < cell.gain_high
    assert cell.relative_low < cell.relative < cell.relative_high
    assert (cells["b", "b"].relative, cells["b", "b"].gain_kept, cells["untrained", "b"].gain_kept) == (100, 1, 0)
    assert (cells["b", "b"].relative_low, cells["b", "b"].gain_high) == pytest.approx((100, 1))
    assert cell.over == stats.SEEDS_AND_EXAMPLES and cell.n_seeds == 3 and cell.run_ids == ("p-a-0", "p-a-1", "p-a-2")


def test_intervals_equal_a_slow_loop_over_draws() -> None:
    entries = [entry(name, "b", seed, level) for name, level in (("a", 0.7), ("b", 0.9), ("untrained", 0.5)) for seed in range(2)]
    by = {name: np.stack([e.scores for e in entries if e.source == name]) for name in ("a", "b", "untrained")}
    weights, seeds = stats.example_weights(300), stats.seed_weights((0, 1))
    draws = []
    for k in range(stats.DRAWS):
        a, b, u = (float(seeds[k] @ (by[name] @ weights[k])) for name in ("a", "b", "untrained"))
        draws.append((a - u) / (b - u))
    cell = _cells(entries)["a", "b"]
    assert (cell.gain_low, cell.gain_high) == pytest.approx(tuple(np.quantile(draws, (0.025, 0.975))), rel=1e-4)


def test_gain_kept_is_empty_where_own_is_not_clearly_above_untrained() -> None:
    close = [entry(name, "b", seed, level) for name, level in (("a", 0.6), ("b", 0.52), ("untrained", 0.5)) for seed in range(3)]
    cell = _cells(close)["a", "b"]
    assert cell.gain_kept is cell.gain_low is cell.gain_high is None and cell.relative is not None


def test_what_is_missing_is_none_never_a_number() -> None:
    alone = _cells([entry("a", "b", 0, 0.7)])["a", "b"]
    assert alone.relative is alone.relative_low is alone.gain_kept is None
    assert alone.over == stats.EXAMPLES_ONLY
    zero = _cells([entry("a", "b", 0, 0.7), entry("b", "b", 0, np.zeros(300))])["a", "b"]
    assert zero.relative is None
    matrix = TransferMatrix("b", "r", ("a",), ("b", "c"), (alone,))
    assert matrix.get("a", "c") is None and np.isnan(matrix.square("score").loc["a", "c"])
    assert np.isnan(matrix.frame()["relative"].item()) and matrix.square("score").loc["a", "b"] == alone.score


def test_results_on_other_examples_are_left_out_and_named() -> None:
    entries = [entry(name, "b", 0, 0.8) for name in ("a", "b")] + [entry("c", "b", 0, np.ones(10), examples="other")]
    cells, notes = build_cells(entries)
    assert {cell.source for cell in cells} == {"a", "b"} and "other examples than the 300" in notes[0]


def test_lint_names_cells_with_another_number_of_seeds() -> None:
    entries = [entry(name, "b", seed, 0.8) for name in ("a", "b", "c") for seed in range(3)] + [entry("d", "b", 0, 0.8)]
    matrix = TransferMatrix("b", "r", ("a", "b", "c", "d"), ("b",), tuple(build_cells(entries)[0]))
    assert matrix.lint() == ["1 of 4 cells have another number of seeds than the usual 3."]


def test_own_seed_among_demo_seeds_makes_the_cell_own() -> None:
    entries = [entry("a", "b", seed, 0.8) for seed in range(3)] + [entry("a", "b", 7, 0.8, origin="own", prompt_id="pown")]
    cell = _cells(entries)["a", "b"]
    assert (cell.origin, cell.n_seeds, cell.seeds, cell.run_ids[-1]) == ("own", 4, (0, 1, 2, 7), "pown")


def test_a_whole_map_is_drawn_in_time() -> None:
    names = [f"t{i}" for i in range(13)]
    entries = [
        entry(source, target, seed, 0.7)
        for target in names
        for source in (*names, "untrained", "untrained_uniform", "hand_written")
        for seed in range(1 if source == "hand_written" else 3)
    ]
    stats.example_weights.cache_clear()
    begun = time.process_time()
    cells, _ = build_cells(entries)
    seconds = time.process_time() - begun
    print(f"{len(cells)} cells in {seconds:.2f} s")
    assert len(cells) == 16 * 13 and seconds < 2


def test_a_first_look_is_paired_with_whole_cells_and_has_the_wider_interval() -> None:
    levels = (("a", 0.7), ("b", 0.9), ("untrained", 0.5))
    whole = {name: entry(name, "b", 0, level) for name, level in levels}
    scores = whole["a"].scores.copy()
    scores[np.arange(300) % 5 > 0] = np.nan
    looked = replace(whole["a"], scores=scores, n=60, score=float(np.nanmean(scores)), limited=look_of(None))
    full, cells = (_cells([first, whole["b"], whole["untrained"]]) for first in (whole["a"], looked))
    cell = cells["a", "b"]
    assert (cell.n_examples, cell.planned, full["a", "b"].planned) == (60, 300, 0)
    assert cell.score == pytest.approx(float(whole["a"].scores[::5].mean()))
    assert cell.high - cell.low > 1.5 * (full["a", "b"].high - full["a", "b"].low)
    assert cell.gain_low < cell.gain_kept < cell.gain_high
    assert {key: one for key, one in cells.items() if key[0] != "a"} == {key: one for key, one in full.items() if key[0] != "a"}
    # beside a whole seed a look does not count
    other = replace(looked, seed=1, prompt_id="p-a-1")
    assert _cells([whole["a"], other, whole["b"], whole["untrained"]])["a", "b"] == full["a", "b"]
