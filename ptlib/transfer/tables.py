"""Tables of pairs in CSV files, square or long, read into square frames; what `compare` and the pages accept from outside."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ptlib.base.errors import BadInput, unknown
from ptlib.base.sheets import plain_frame

if TYPE_CHECKING:
    import pandas as pd

_SOURCES, _TARGETS = ("source", "source_task"), ("target", "target_task")
_TRANSFER = ("relative", "score", "gain_kept")
_SIMILARITY = ("similarity", "value")
_FRACTIONS = ("score", "gain_kept")
"""Columns that hold fractions; they are turned into points."""
_GUARDED = ("'=", "'+", "'-", "'@")
MAX_BYTES = 64 * 2**20


def read_square(
    path: str | Path, value: str | None = None, *, of: str = "transfer", backbone: str | None = None
) -> "pd.DataFrame":
    """Read a table of pairs: index sources, columns targets, float64, NaN = no value.

    Square: row names first, column names on top. Long: columns source and target (or source_task, target_task) and numbers;
    rows of one pair, e.g. seeds, are averaged.

    Args:
        value: column of a long table; when None relative, else score, else gain_kept (`of` "transfer"), or similarity,
            else value, else the only column of numbers (`of` "similarity"). Scores and gains become points.
        backbone: use only the rows of this backbone, where a long table names several.

    Raises:
        BadInput: no such file, no table of pairs, a name twice, several backbones, an unknown column or text among numbers.
    """
    frame = _read(Path(path))
    source, target = (next((name for name in names if name in frame.columns), None) for names in (_SOURCES, _TARGETS))
    if source is None or target is None:
        if value is not None:
            raise BadInput(f"{path} is a square table, so it has no column '{value}' to choose. Leave the choice out.")
        return _square(frame, path)
    frame = _of_backbone(frame, backbone, path)
    frame = frame.drop(columns="model") if "model" in frame.columns and frame["model"].nunique() == 1 else frame
    column = _column(frame.drop(columns=[source, target]), value, of, path)
    numbers = _numbers(frame[[column]], path)[column] * (100 if column in _FRACTIONS else 1)
    keys = [frame[name].map(_plain) for name in (source, target)]
    means = numbers.groupby([key.to_numpy() for key in keys], sort=False).mean().unstack()
    return means.reindex(index=list(dict.fromkeys(keys[0])), columns=list(dict.fromkeys(keys[1])))


def _read(path: Path) -> "pd.DataFrame":
    """All cells as text."""
    import pandas as pd

    if not path.is_file():
        raise BadInput(f"There is no file {path}. Give a square or long CSV.")
    if path.stat().st_size > MAX_BYTES:
        raise BadInput(f"{path} is larger than {MAX_BYTES // 2**20} MB, far more than any table of tasks. Give another file.")
    try:
        frame = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except (ValueError, UnicodeDecodeError) as error:
        raise BadInput(f"{path} is no CSV ({str(error).splitlines()[0][:120]}). Give a square or long CSV.") from None
    if frame.empty or frame.shape[1] < 2:
        raise BadInput(f"{path} holds no table of pairs. Give a square or long CSV.")
    return frame


def _square(frame: "pd.DataFrame", path: str | Path) -> "pd.DataFrame":
    names = frame.iloc[:, 0].map(_plain)
    values = frame.iloc[:, 1:].set_axis(names, axis=0).rename(columns=_plain)
    for axis in (values.index, values.columns):
        if axis.has_duplicates:
            raise BadInput(f"{path} names '{axis[axis.duplicated()][0]}' twice. Give every name one row and one column.")
    if not set(values.index) & set(values.columns):
        raise BadInput(f"{path} is neither square (no row is named like a column) nor long (it needs columns source and target).")
    values.index.name = None
    return _numbers(values, path)


def _plain(name: object) -> str:
    """A name without the apostrophe that keeps a spreadsheet from running it."""
    text = str(name).strip()
    return text[1:] if text.startswith(_GUARDED) else text


def _of_backbone(frame: "pd.DataFrame", backbone: str | None, path: str | Path) -> "pd.DataFrame":
    if "backbone" not in frame.columns:
        return frame
    known = list(dict.fromkeys(frame["backbone"]))
    if backbone is None:
        if len(known) > 1:
            raise BadInput(f"{path} holds results of several backbones ({', '.join(known[:5])}). Choose one with --backbone.")
        return frame
    if backbone not in known:
        raise unknown("backbone", backbone, known)
    return frame[frame["backbone"] == backbone]


def _column(frame: "pd.DataFrame", value: str | None, of: str, path: str | Path) -> str:
    """The column of numbers to use."""
    if value is not None:
        if value not in frame.columns:
            raise unknown(f"column of {path}", value, frame.columns)
        return value
    preferred = _TRANSFER if of == "transfer" else _SIMILARITY
    found = next((name for name in preferred if name in frame.columns and (frame[name] != "").any()), None)
    numeric = list(_numeric(frame))
    if found is None and len(numeric) == 1:
        found = numeric[0]
    if found is None:
        raise BadInput(f"{path} has {len(numeric)} columns of numbers ({', '.join(numeric) or 'none'}). Choose one by its name.")
    return found


def _numeric(frame: "pd.DataFrame") -> Iterator[str]:
    import pandas as pd

    for name in frame.columns:
        if pd.to_numeric(frame[name].replace("", None), errors="coerce").notna().any():
            yield name


def _numbers(frame: "pd.DataFrame", path: str | Path) -> "pd.DataFrame":
    """Cells as numbers; an empty cell and "nan" are no value. Raises BadInput for other text and for infinity."""
    import numpy as np
    import pandas as pd

    empty = frame.map(lambda cell: cell.strip().lower() in ("", "nan", "none", "–", "-"))
    values = frame.mask(empty).apply(lambda column: pd.to_numeric(column, errors="coerce")).astype(float)
    wrong = (values.isna() | np.isinf(values)) & ~empty
    if wrong.to_numpy().any():
        row, column = np.argwhere(wrong.to_numpy())[0]
        raise BadInput(
            f"{path} holds '{str(frame.iloc[row, column])[:40]}' in column '{frame.columns[column]}', where a number "
            "belongs. Correct it, or leave the cell empty."
        )
    return values


def square_csv(frame: "pd.DataFrame", corner: str = "source\\target") -> str:
    """A square table as CSV with ten digits; names that a spreadsheet would run are guarded by an apostrophe."""
    return plain_frame(frame).rename_axis(corner).to_csv(float_format="%.10g", lineterminator="\n")
