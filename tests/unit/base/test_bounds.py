"""Numbers that a user gives: of the right kind, finite, within bounds."""

import pytest

from ptlib.base.bounds import MOST_SEEDS, check_number, check_seeds
from ptlib.base.errors import BadInput


@pytest.mark.parametrize(
    ("name", "value", "more"),
    [("steps", 0, {}), ("steps", 10_000_000, {}), ("lr", 1e-9, {"above": True, "whole": False}), ("lr", 3, {"whole": False})],
)
def test_what_is_within_its_bounds_passes(name: str, value: float, more: dict) -> None:
    check_number(name, value, **more)


@pytest.mark.parametrize(
    ("name", "value", "more", "words"),
    [
        ("batch_size", 0, {"above": True}, "batch size is 0, but it must be above zero"),
        ("steps", -1, {}, "at least 0"),
        ("steps", 10_000_001, {}, "at most 10,000,000"),
        ("steps", 1.5, {}, "no whole number"),
        ("steps", True, {}, "no whole number"),
        ("steps", "3", {}, "no whole number"),
        ("lr", float("nan"), {"whole": False}, "no number"),
        ("lr", float("inf"), {"whole": False}, "no number"),
    ],
)
def test_everything_else_is_refused_in_words(name: str, value: object, more: dict, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        check_number(name, value, **more)


def test_seeds_fit_the_database_and_are_not_too_many() -> None:
    check_seeds((0, 2**63 - 1))
    for seeds in ((-1,), (2**63,), tuple(range(MOST_SEEDS + 1))):
        with pytest.raises(BadInput):
            check_seeds(seeds)
