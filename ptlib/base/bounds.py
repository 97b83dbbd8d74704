"""Numbers that a user gives, checked before any work: of the right kind, finite, and no more than can be done."""

import math

from ptlib.base.errors import BadInput

MOST = {
    "prompt_length": 10_000,
    "steps": 10_000_000,
    "batch_size": 100_000,
    "lr": 1_000.0,
    "max_tokens": 100_000,
    "draws": 10_000,
    "neighbours": 10_000,
    "top_k": 1_000_000,
    "cells": 100_000,
    "devices": 4_096,
    "stack": 1_000,
    "seed": 2**63 - 1,
}
"""The largest value of a number; 10⁹ for those that are not named. A seed must fit a column of the database."""
MOST_SEEDS = 1_000


def check_number(name: str, value: object, least: float = 0, *, above: bool = False, whole: bool = True) -> None:
    """Refuse what is no number, not finite, not an integer (where `whole`), or out of bounds; `above`: so is `least` itself.

    Raises:
        BadInput: with the name (of `MOST`), the value and the bounds.
    """
    shown, most = name.replace("_", " "), MOST.get(name, 10**9)
    if isinstance(value, bool) or not isinstance(value, int if whole else (int, float)) or not math.isfinite(value):
        raise BadInput(f"{shown} is {str(value)[:40]}, which is no {'whole ' if whole else ''}number. Give one up to {most:,}.")
    if value < least or (above and value == least) or value > most:
        bound = "above zero" if above and not least else f"{'above ' if above else 'at least '}{least}"
        raise BadInput(f"{shown} is {str(value)[:40]}, but it must be {bound} and at most {most:,}.")


def check_seeds(seeds: tuple[int, ...]) -> None:
    """Refuse seeds that are none, and more than a run can have. Raises BadInput."""
    if len(seeds) > MOST_SEEDS:
        raise BadInput(f"A run takes at most {MOST_SEEDS:,} seeds, got {len(seeds):,}. Name fewer.")
    for seed in seeds:
        check_number("seed", seed)
