"""Whose results count, on a handful that can be counted by hand."""

import numpy as np
import pytest

from ptlib.base.errors import BadInput
from ptlib.results.rows import Entry
from ptlib.transfer.comparing import whose


def entry(source: str, seed: int, origin: str = "demo", run: str | None = None) -> Entry:
    return Entry(
        prompt_id=f"{source}{seed}", source=source, target="b", backbone="m", seed=seed, recipe="r", init="random", n=2,
        score=0.5, metric="accuracy", created=0.0, origin=origin,
        run_id=run, examples="x", scores=np.array([0.0, 1.0], np.float32),
    )  # fmt: skip


ENTRIES = [
    *(entry(source, seed) for source in ("a", "b", "untrained") for seed in (0, 1)),
    entry("a", 7, "own", "r1"),
    entry("b", 7, "own", "r1"),
    entry("c", 8, "own", "r2"),
]


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        ("all", "a0 a1 a7 b0 b1 b7 c8 untrained0 untrained1"),
        ("demo", "a0 a1 b0 b1 c8 untrained0 untrained1"),  # c is a cell that the demo lacks
        ("mine", "a7 b7 c8 untrained0 untrained1"),
        ("run:r1", "a7 b7 untrained0 untrained1"),
        ("run:r2", "b0 b1 b7 c8 untrained0 untrained1"),  # no own prompt of its own: the level of all
        ("run:gone", ""),
        ("without:r1", "a0 a1 b0 b1 c8 untrained0 untrained1"),
        ("seed:7", "a7 b7"),
    ],
)
def test_the_results_that_count(choice: str, expected: str) -> None:
    assert sorted(one.prompt_id for one in whose.chosen(ENTRIES, choice)) == expected.split()


def test_an_unknown_choice_is_refused() -> None:
    with pytest.raises(BadInput, match="nobody"):
        whose.chosen(ENTRIES, "nobody")
