"""What one run measured, and what it changed on the map of all results. Torch-free."""

from collections.abc import Collection

import pandas as pd

from ptlib.results.catalogue import Catalogue, Entry
from ptlib.transfer.comparing import whose
from ptlib.transfer.matrix import Cell, build_cells

COLUMNS = ("source", "target", "measured", "seeds", "before", "after", "gain_measured", "gain_before", "gain_after")


def changes(
    catalogue: Catalogue, backbone: str, recipe: str, run_id: str, targets: Collection[str] | None = None
) -> pd.DataFrame:
    """Cells that a run measured or that look another way with it; a gain changes with its target's own prompt, too.

    targets: only these columns of the map; None = all that the run measured. A run that is left out counts here, too: after is
    what the map says once it is brought back.

    Returns:
        `COLUMNS`: scores and gains kept as fractions (NaN = none), measured by the run alone, before (all results without the
        run) and after (all); seeds: those of the run. What it measured comes first. Empty when it measured nothing.
    """
    entries = catalogue.entries(backbone, recipe, everything=True)
    own = {(entry.source, entry.target) for entry in entries if entry.run_id == run_id}
    wanted = {target for _, target in own if targets is None or target in targets}
    away = catalogue.left_out(backbone, recipe).keys() - {run_id}
    entries = [entry for entry in entries if entry.target in wanted and not (entry.origin == "own" and entry.run_id in away)]
    maps = [_cells(whose.chosen(entries, choice)) for choice in (f"run:{run_id}", f"without:{run_id}", "all")]
    rows = []
    for key, after in maps[2].items():
        before, mine = maps[1].get(key), maps[0].get(key) if key in own else None
        values = [[getattr(cell, name, None) for cell in (mine, before, after)] for name in ("score", "gain_kept")]
        if key in own or values[1][1] != values[1][2]:
            rows.append((*key, values[0][0], mine.seeds if mine else (), *values[0][1:], *values[1]))
    table = pd.DataFrame(rows, columns=list(COLUMNS)).sort_values("measured", key=lambda one: one.isna(), kind="stable")
    return table.astype({name: float for name in COLUMNS if name not in ("source", "target", "seeds")}).reset_index(drop=True)


def _cells(entries: list[Entry]) -> dict[tuple[str, str], Cell]:
    return {(cell.source, cell.target): cell for cell in build_cells(entries)[0]} if entries else {}
