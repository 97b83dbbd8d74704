"""Whose results a map rests on: the demo's seeds, one's own, all, one seed, one run, or all but one run."""

from collections.abc import Sequence

from ptlib.base.errors import unknown
from ptlib.results.rows import Entry
from ptlib.tasks.names import REFERENCE_ROWS

ALL, DEMO, MINE = "all", "demo", "mine"
SEED, RUN, WITHOUT = "seed", "run", "without"
"""Kinds that are followed by ":" and a seed, or a run's id."""


def chosen(entries: Sequence[Entry], whose: str) -> list[Entry]:
    """The results that count. Raises BadInput for an unknown choice.

    all: every one. demo: the demo's; where it lacks a cell, one's own. seed:N: of one seed. without:ID: what there was without a
    run. mine, run:ID: what one measured, and for those targets the own and untrained levels of all where one has none.
    """
    kind, _, name = whose.partition(":")
    if kind == DEMO:
        there = {(entry.source, entry.target) for entry in entries if entry.origin == "demo"}
        return [entry for entry in entries if entry.origin == "demo" or (entry.source, entry.target) not in there]
    if kind == SEED:
        return [entry for entry in entries if str(entry.seed) == name or entry.source == "hand_written"]
    if kind == WITHOUT:
        return [entry for entry in entries if entry.run_id != name]
    if kind in (MINE, RUN):
        return _with_levels(
            [entry for entry in entries if entry.origin == "own" and (kind == MINE or entry.run_id == name)], entries
        )
    if kind != ALL:
        raise unknown("choice of results", whose, (ALL, DEMO, MINE))
    return list(entries)


def _with_levels(mine: list[Entry], entries: Sequence[Entry]) -> list[Entry]:
    cells, targets = {(entry.source, entry.target) for entry in mine}, {entry.target for entry in mine}
    levels = [
        entry
        for entry in entries
        if entry.target in targets
        and (entry.source == entry.target or entry.source in REFERENCE_ROWS)
        and (entry.source, entry.target) not in cells
    ]
    return [*mine, *levels]
