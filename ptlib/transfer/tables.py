"""Tables of pairs from outside, square or long, read into square frames with their unit; what `compare` accepts."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pandas as pd

from ptlib.base.errors import BadInput, unknown
from ptlib.base.sheets import plain, plain_frame
from ptlib.base.tables import SUFFIXES, Table, Unreadable, as_text, read_table
from ptlib.tasks.rows import UNSEEN
from ptlib.transfer import pair_keys
from ptlib.transfer.pair_numbers import both_halves, is_distance, numbers_of, scaled

Side = Literal["transfer", "similarity"]
_SOURCES, _TARGETS = ("source", "source_task"), ("target", "target_task")
_TRANSFER = ("relative", "score", "gain_kept")
_SIMILARITY = ("similarity", "value", "distance")
MAX_BYTES = 64 * 2**20
_MEANS = frozenset(("mean", "average", "avg", "avg.", "total", "overall", "sum", "median", "std", "max", "min"))
_LOSS = re.compile(r"loss|perplexity|\bppl\b|error|\bwer\b", re.IGNORECASE)
"""Names of figures that fall where a prompt is better."""


@dataclass(frozen=True, slots=True)
class Pairs:
    """A table of pairs: what is in it, in which unit, and what was decided while reading it."""

    frame: pd.DataFrame
    """Index sources, columns targets, float64, NaN = no value; a similarity: higher = more alike."""
    unit: str
    """points, or "as given"."""
    column: str = ""
    """Column of a long table; "" for a square one."""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What somebody says about a table."""

    value: str | None = None
    """Column of a long table."""
    where: Mapping[str, str] | None = None
    """Column -> the value whose rows are used; columns that the table lacks are passed over."""
    average: tuple[str, ...] = ()
    """Columns over which rows of one pair are averaged, besides seeds."""
    unit: str | None = None
    """fraction, percent or points; None = by the values, said."""
    distance: bool | None = None
    """Whether high numbers mean unlike; None = by name and diagonal, said."""


DEFAULT = Choice()


def read_pairs(path: str | Path, of: Side = "transfer", choice: Choice = DEFAULT) -> Pairs:
    """Read a table of pairs.

    Square: row names first, column names on top. Long: columns source and target (or source_task, target_task) and numbers;
    rows of one pair that differ in nothing but the seed are averaged. Of a long table the column relative is taken, else
    score, else gain_kept; of a similarity similarity, else value, else the only column of numbers.

    Raises:
        BadInput: no such file, no table of pairs, a name twice, several settings, an unknown column or text among numbers.
    """
    path = Path(path)
    table, frame = _read(path)
    frame = pair_keys.selected(frame, choice.where or {}, path)
    source, target = (next((name for name in names if name in frame.columns), None) for names in (_SOURCES, _TARGETS))
    if source is None or target is None:
        if choice.value is not None:
            raise BadInput(f"{path} is a square table, so it has no column '{choice.value}' to choose. Leave the choice out.")
        column, others = "", frame.iloc[:, :0]
        square, notes = _square(frame, path, table)
    else:
        frame = frame.drop(columns="model") if "model" in frame.columns and frame["model"].nunique() == 1 else frame
        column = _column(frame.drop(columns=[source, target]), choice.value, of, path)
        pair_keys.check(frame, source, target, (column, *choice.average), path)
        square, notes = _from_long(frame, source, target, column, path, table=table)
        others = frame
    notes = (*table.notes, *notes)
    square, more = _without_means(square, path)
    notes = (*notes, *more)
    if of == "similarity":
        square, more = both_halves(square, path)
        notes = (*notes, *more)
        return _similarity(square, column, choice, path, notes)
    if _LOSS.search(column):
        notes += (f"'{column}' of {path.name} counts as a score: the higher, the better. Turn its sign if it is a loss.",)
    square, unit, said = scaled(square, column, choice.unit, others, path)
    return Pairs(square, unit, column, (*notes, said))


def _similarity(square: pd.DataFrame, column: str, choice: Choice, path: Path, notes: tuple[str, ...]) -> Pairs:
    far = is_distance(square, column) if choice.distance is None else choice.distance
    if not far:
        return Pairs(square, "as given", column, notes)
    said = f"{path.name} is taken as distances (high = unlike), so its sign is turned. --similarity-is similarity keeps it."
    return Pairs(-square, "as given", column, (*notes, said) if choice.distance is None else notes)


def _read(path: Path) -> tuple[Table, pd.DataFrame]:
    """All cells as text."""
    if not path.is_file():
        raise BadInput(f"There is no file {path}. Give a square or long CSV.")
    if path.stat().st_size > MAX_BYTES:
        raise BadInput(f"{path} is larger than {MAX_BYTES // 2**20} MB, far more than any table of tasks. Give another file.")
    try:
        table = read_table(path, corner=True, ending=path.suffix.lower() if path.suffix.lower() in SUFFIXES else ".csv")
        rows = [[as_text(row.get(name), name, table.where(at)) for name in table.columns] for at, row in enumerate(table.rows)]
    except Unreadable as error:
        raise BadInput(f"{path} cannot be read as a table: {error}") from None
    if not rows or len(table.columns) < 2:
        raise BadInput(f"{path} holds no table of pairs. Give a square or long CSV.")
    return table, pd.DataFrame(rows, columns=list(table.columns), dtype=str)


def _square(frame: pd.DataFrame, path: Path, table: Table) -> tuple[pd.DataFrame, tuple[str, ...]]:
    names = frame.iloc[:, 0].map(_name)
    values = frame.iloc[:, 1:].set_axis(names, axis=0).rename(columns=_name)
    for axis in (values.index, values.columns):
        if axis.has_duplicates:
            raise BadInput(f"{path} names '{axis[axis.duplicated()][0]}' twice. Give every name one row and one column.")
    if not set(values.index) & set(values.columns):
        raise BadInput(f"{path} is neither square (no row is named like a column) nor long (it needs columns source and target).")
    values.index.name = None
    return numbers_of(values, path, table.separator)


def _from_long(
    frame: pd.DataFrame, source: str, target: str, column: str, path: Path, *, table: Table
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Means over what a pair's rows differ in."""
    numbers, notes = numbers_of(frame[[column]], path, table.separator)
    keys = [frame[name].map(_name) for name in (source, target)]
    for name, key in zip((source, target), keys, strict=True):
        if (key == "").any():
            place = table.where(int(key[key == ""].index[0]))
            raise BadInput(f"{path} names no {name} in {place}. Fill it in, or take the row out.")
    pairs = numbers[column].groupby([key.to_numpy() for key in keys], sort=False)
    means, most = pairs.mean().unstack(), int(pairs.size().max())
    notes += (f"{path.name}: rows of one pair, up to {most}, are averaged.",) if most > 1 else ()
    return means.reindex(index=list(dict.fromkeys(keys[0])), columns=list(dict.fromkeys(keys[1]))), notes


def _without_means(square: pd.DataFrame, path: Path) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Without rows and columns that sum up the others."""
    named = [name for name in dict.fromkeys((*square.index, *square.columns)) if name.lower() in _MEANS]
    if not named:
        return square, ()
    kept = [axis[~axis.isin(named)] for axis in (square.index, square.columns)]
    said = f"{path.name}: {', '.join(map(repr, named))} is taken for a summary of the others and left out."
    return square.loc[kept[0], kept[1]], (said,)


def _name(name: object) -> str:
    """A name without the apostrophe that keeps a spreadsheet from running it, and without what nobody sees."""
    text = unicodedata.normalize("NFC", str(name)).translate(UNSEEN).strip()
    return text[1:] if text.startswith("'") and plain(text[1:]) == text else text


def _column(frame: pd.DataFrame, value: str | None, of: Side, path: Path) -> str:
    """The column of numbers to use."""
    if value is not None:
        if value not in frame.columns:
            raise unknown(f"column of {path}", value, frame.columns)
        return value
    preferred = _TRANSFER if of == "transfer" else _SIMILARITY
    found = next((name for name in preferred if name in frame.columns and (frame[name] != "").any()), None)
    numeric = [name for name in frame.columns if pair_keys.is_numeric(frame[name]) and name != "seed"]
    if found is None and len(numeric) == 1:
        found = numeric[0]
    if found is None:
        raise BadInput(f"{path} has {len(numeric)} columns of numbers ({', '.join(numeric) or 'none'}). Choose one by its name.")
    return found


def read_groups(path: str | Path) -> dict[str, str]:
    """Family of each task from a table with two columns: task (or label, name) and family (or group).

    Raises:
        BadInput: no such table, or a task with two families.
    """
    path = Path(path)
    _, frame = _read(path)
    lowered = {name.lower(): name for name in frame.columns}
    task = next((lowered[name] for name in ("task", "label", "name", "source") if name in lowered), frame.columns[0])
    rest = [name for name in frame.columns if name != task]
    family = next((lowered[name] for name in ("family", "group") if name in lowered), rest[0] if len(rest) == 1 else None)
    if family is None:
        raise BadInput(f"{path} has the columns {', '.join(frame.columns)}. Give one named task and one named family.")
    found: dict[str, str] = {}
    for name, group in zip(frame[task].map(_name), frame[family], strict=True):
        if group and found.setdefault(name, group) != group:
            raise BadInput(f"{path} puts '{name}' into the families '{found[name]}' and '{group}'. Give it one.")
    return found


def known_columns(paths: Iterable[str | Path]) -> set[str]:
    """Column names of some tables: what --where may name."""
    return {name for path in paths for name in _read(Path(path))[1].columns}


def square_csv(frame: pd.DataFrame, corner: str = "source\\target") -> str:
    """A square table as CSV with ten digits; names that a spreadsheet would run are guarded by an apostrophe."""
    return plain_frame(frame).rename_axis(corner).to_csv(float_format="%.10g", lineterminator="\n")
