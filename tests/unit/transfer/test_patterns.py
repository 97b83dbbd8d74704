"""Families as blocks, and the first cell to look at."""

from ptlib.transfer import patterns
from ptlib.transfer.matrix import Cell, TransferMatrix

FAMILIES = {"a": "x", "b": "x", "c": "y"}


def cell(source: str, target: str, gain: float | None, low: float | None = None) -> Cell:
    return Cell(source=source, target=target, n_seeds=3, n_examples=10, score=0.5, gain_kept=gain, gain_low=low)


MAP = TransferMatrix(
    "m",
    "r",
    ("a", "b", "c", "untrained"),
    ("a", "b", "c"),
    (
        cell("a", "a", 1.0, 0.9),
        cell("a", "b", 0.98, 0.9),
        cell("b", "a", 0.7, 0.6),
        cell("c", "a", 0.75, 0.7),
        cell("a", "c", None),
        cell("untrained", "a", 0.0),
    ),
)


def test_blocks_hold_reused_prompts_only_and_skip_what_is_undefined() -> None:
    assert patterns.block_values(MAP, FAMILIES) == ([0.98, 0.7], [0.75])


def test_the_first_cell_is_clear_not_perfect_and_within_a_family() -> None:
    assert patterns.striking_cell(MAP, FAMILIES) == ("b", "a")
    assert patterns.striking_cell(TransferMatrix("m", "r", (), (), ()), FAMILIES) is None
