"""Tables of the Cross-model page as data frames and JSON. No Streamlit."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import pandas as pd

from pages.models.plan_view import DISTANCE, METHODS, STEPS, place_of
from pages.models.view import Grid, Part, by_family, gain_words
from ptlib.base.stats import Interval
from ptlib.projection import table
from ptlib.projection.spec import ProjectSpec
from ptlib.projection.stored import Projection
from ptlib.projection.table import Cell, Matrix

STANDING = {
    table.OWN: "Own prompt of the target model",
    table.UNTRAINED: "Untrained prompt",
    "task": "Own prompt through this projector",
    "vocabulary": "… through the vocabulary map",
    "relative": "… through relative space",
    "anchors": "… through anchors",
    "random_projector": "… through a random projector",
    "shuffled": "… with its columns shuffled",
    "random": "Untrained source prompts through this projector",
    "random_tuned_norm": "… at tuned length",
}
"""Rows that always stand, in their order."""


def cells(matrix: Matrix, group: str, targets: Sequence[str]) -> list[Cell]:
    """A group's cells on some targets; of source tasks only each target's own one."""
    found = [cell for target in targets for cell in matrix.rows(group, target)]
    return [cell for cell in found if cell.name == cell.target] if group == "task" else found


def standing(matrix: Matrix, parts: Sequence[Part]) -> pd.DataFrame:
    """One row a way, one column a set of targets: gain kept with its interval, in words."""
    rows = []
    for group, name in STANDING.items():
        told = {part.name: gain_words(matrix.gain(mine)) if (mine := cells(matrix, group, part.targets)) else "not measured"
                for part in parts}  # fmt: skip
        rows.append({"Prompt": name, **told})
    return pd.DataFrame(rows)


def as_json(projection: Projection, parts: Sequence[Part]) -> dict[str, Any]:
    """Everything that the page says of a projection; gains are fractions."""
    matrix = projection.matrix
    readings = [
        {
            "targets": list(part.targets),
            "set": part.key,
            "verdict": part.reading.verdict,
            "lines": {line.key: {**_numbers(line.gain), "by_held_out_seed": dict(line.seeds)} for line in part.lines},
            "standing": {
                group: _numbers(matrix.gain(mine)) for group in STANDING if (mine := cells(matrix, group, part.targets))
            },
        }
        for part in parts
    ]
    return {
        "unit": "gain kept, as a fraction: (score - untrained) / (own - untrained)",
        "id": projection.spec.id,
        "spec": asdict(projection.spec),
        "readings": readings,
        "best_source": table.best_sources(matrix),
        "fits": {str(seed): dict(told) for seed, told in projection.told.items()},
    }


def _numbers(gain: Interval) -> dict[str, Any]:
    return {"value": gain.value, "low": gain.low, "high": gain.high, "over": gain.over}


def lines(parts: Sequence[Part]) -> pd.DataFrame:
    """The lines of the picture as they are saved: one row a line and held-out seed, and one for all of them together."""
    rows = []
    for name, line in ((part.name, line) for part in parts for line in part.lines):
        whole = {"targets": name, "prompt": line.name}
        rows.append({**whole, "gain_kept": line.gain.value, "gain_low": line.gain.low, "gain_high": line.gain.high})
        rows += [{**whole, "held_out_seed": seed, "gain_kept": gain} for seed, gain in line.seeds.items()]
    return pd.DataFrame(rows)


def ladder(gains: Mapping[str, Mapping[str, Interval]], names: Mapping[str, str]) -> pd.DataFrame:
    """Gain kept at every step of the recipe, as it is saved: one row a step and line. names: step -> how it is called."""
    rows = [(names[step], key, gain.value, gain.low, gain.high) for step, told in gains.items() for key, gain in told.items()]
    return pd.DataFrame(rows, columns=["step", "prompt", "gain_kept", "gain_low", "gain_high"])


def drawn(grid: Grid) -> pd.DataFrame:
    """A matrix as it is drawn and saved: one row a cell; empty where gain kept is not defined."""
    rows = [(row.name, column.name, grid.values.get((row.key, column.key[1]))) for row in grid.rows for column in grid.columns]
    return pd.DataFrame(rows, columns=["row", "target", "gain_kept"])


WAY, ON = "Prompts", "Trained on"
"""Columns of the deck's form before its targets."""


def scores(projections: Sequence[Projection], name_of: Callable[[str], str]) -> pd.DataFrame:
    """Scores in percent in the deck's form: the target's own and untrained prompts, then one row a projector."""
    if not projections:
        return pd.DataFrame()
    widest = max(projections, key=lambda one: len(one.matrix.targets)).matrix
    targets = by_family(widest.targets, widest.families)
    rows = [{WAY: name, ON: "", **_row(widest, group, targets, name_of)} for group, name in list(STANDING.items())[:2]]
    for one in sorted(projections, key=_place):
        rows.append({**_way(one.spec, name_of), **_row(one.matrix, "task", targets, name_of)})
    return pd.DataFrame(rows)


def _place(projection: Projection) -> tuple[int, int, int]:
    """Order of the rows: as the page offers the ways, few training tasks first."""
    method, step = place_of(projection.spec)
    return list(STEPS).index(method), len(projection.spec.tasks), list(STEPS[method]).index(step)


def _way(spec: ProjectSpec, name_of: Callable[[str], str]) -> dict[str, str]:
    method, step = place_of(spec)
    way = STEPS[method][step]
    told = f"{METHODS[method]}: {way[:1].lower()}{way[1:]}" if method == DISTANCE else way
    tasks = [name_of(name) for name in spec.tasks]
    return {WAY: told, ON: f"{len(tasks)} tasks" if len(tasks) > 1 else "".join(tasks)}


def _row(matrix: Matrix, group: str, targets: Sequence[str], name_of: Callable[[str], str]) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for target in targets:
        mine = cells(matrix, group, [target])
        row[name_of(target)] = round(100 * sum(cell.score for cell in mine) / len(mine), 1) if mine else None
    return row
