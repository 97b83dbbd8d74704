"""What stands out in a transfer map: families as blocks, and a cell to look at first."""

from collections.abc import Mapping
from math import isfinite

from ptlib.tasks.names import REFERENCE_ROWS
from ptlib.transfer.matrix import Cell, TransferMatrix


def reused(matrix: TransferMatrix) -> list[Cell]:
    """Cells of a tuned prompt on another task than its own."""
    return [cell for cell in matrix.cells if cell.source not in REFERENCE_ROWS and not cell.is_own]


def block_values(matrix: TransferMatrix, families: Mapping[str, str]) -> tuple[list[float], list[float]]:
    """Gain kept (fractions) within and across families, own prompts and undefined cells left out."""
    within: list[float] = []
    across: list[float] = []
    for cell in reused(matrix):
        if cell.gain_kept is not None and isfinite(cell.gain_kept):
            same = families.get(cell.source) == families.get(cell.target)
            (within if same else across).append(cell.gain_kept)
    return within, across


def striking_cell(matrix: TransferMatrix, families: Mapping[str, str]) -> tuple[str, str] | None:
    """A good first cell to look at: clear, not perfect, within a family; else any cell."""
    cells = reused(matrix)
    clear = [
        cell
        for cell in cells
        if cell.gain_kept is not None and (cell.gain_low or 0) > 0 and families.get(cell.source) == families.get(cell.target)
    ]
    for pool in (clear, cells, list(matrix.cells)):
        if pool:
            best = min(
                pool, key=lambda one: (abs((-9 if one.gain_kept is None else one.gain_kept) - 0.75), one.source, one.target)
            )
            return best.source, best.target
    return None
