"""Rows of a source -> examples: labels by name, nothing guessed, everything that is left out counted.

Used for files of the Hub, for `--data` folders in the Hub's columns, and for one's own tasks.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from ptlib.base.errors import BadInput
from ptlib.base.tables import SAID, Row, as_answers, as_text, check_spelled, doubt, shown
from ptlib.tasks.task import Example, Task

ARTICLE_SEPARATOR = "|||||"
"""Multi-News joins the articles of one document with it."""


@dataclass(frozen=True, slots=True)
class Converted:
    """Examples of one split, and how many rows were left out for which reason, or are kept in doubt."""

    examples: tuple[Example, ...]
    left_out: Mapping[str, int] = field(default_factory=dict)
    rows: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    """Reason -> which rows were left out for it, counted from 0."""
    doubted: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    """What is odd (a key of `SAID`) -> which rows are kept nevertheless."""


def clean(value: object, column: str = "", where: str = "the data") -> str:
    """Text of a cell; an empty or missing cell is the empty string. Raises BadInput for what is no text, with its place."""
    text = as_text(value, column, where)
    if ARTICLE_SEPARATOR in text:
        text = "\n\n".join(part.strip() for part in text.split(ARTICLE_SEPARATOR) if part.strip())
    return text


UNSEEN = dict.fromkeys(map(ord, "\u200b\u2060\ufeff\u00ad"))
"""Characters without width, which would make two labels of one."""


def label_key(value: object) -> str:
    """Normal form of a label: whole numbers without a decimal point, names in lower case with underscores."""
    text = unicodedata.normalize("NFC", shown(value)).translate(UNSEEN)
    if re.fullmatch(r"-?\d+\.0", text):
        return text[:-2]
    return re.sub(r"[\s\-]+", "_", text.casefold()) if not re.fullmatch(r"-\d+", text) else text


def label_index(names: Mapping[str, int], value: object) -> int | None:
    """Place of a label among known ones (by `label_key`); a boolean also means 0 or 1 where those are known."""
    key = label_key(value)
    if key not in names and isinstance(value, bool):
        key = str(int(value))
    return names.get(key)


def in_order(labels: Iterable[str]) -> tuple[str, ...]:
    """Labels in an order that every run gives: numbers by size, else by the alphabet; equal numbers by their spelling."""
    found = sorted(set(labels))
    numbers = all(re.fullmatch(r"[+-]?\d{1,15}(\.\d{1,15})?", label) for label in found)
    return tuple(sorted(found, key=float) if numbers else found)


def _columns_for(task: Task, wanted: str) -> list[str]:
    return [column for column, target in task.columns.items() if target == wanted]


def _check_columns(task: Task, rows: list[Row]) -> None:
    known = dict.fromkeys(name for row in rows for name in row)
    missing = [column for column in task.columns if column not in known]
    if missing and rows:
        raise BadInput(
            f"The data for '{task.id}' lack the column {', '.join(repr(name) for name in missing)}; they have "
            f"{', '.join(repr(name) for name in known) or 'none'}. Use the Hub's column names."
        )
    for column in task.columns:
        check_spelled(column, (row.get(column) for row in rows))


def _label(task: Task, value: object, names: Mapping[str, int], dropped: set[str], place: tuple[str, str]) -> int | str:
    """Index of a label, or the reason why its row is left out."""
    text, key, found = clean(value, *place), label_key(value), label_index(names, value)
    if found is not None:
        return found
    if key in dropped:
        return f"label {key}"
    if not key:
        return "empty label"
    hint = (
        "It stands for a hidden label: use a split that has labels."
        if key == "-1"
        else f"Known labels: {', '.join(sorted(task.label_names or task.labels))}."
    )
    raise BadInput(f"The data for '{task.id}' hold the label '{text[:60]}', which it does not have ({place[1]}). {hint}")


def _ids(rows: list[Row], split: str) -> list[str]:
    """Ids of the rows: the source's own when they are all there and differ, else split and row number."""
    own = [shown(row.get("id")) for row in rows]
    unique = all(own) and len(set(own)) == len(own)
    return own if unique else [f"{split}-{number}" if split else str(number) for number in range(len(rows))]


def convert(task: Task, rows: Iterable[Row], split: str = "", where: Callable[[int], str] | None = None) -> Converted:
    """Turn rows in the task's columns into examples.

    Rows without a text, without an answer, or with a label that the task leaves out (SNLI's -1, "conflict") are
    counted and skipped. Ids follow the row number in the source, so they do not depend on what was skipped. `where` says for
    messages where a row (counted from 0) stands.

    Raises:
        BadInput: a column is missing, a cell is no text, or a label is neither known nor declared as left out.
    """
    rows = list(rows)
    _check_columns(task, rows)
    where = where or (lambda number: f"row {number + 1} of {split or 'the data'}")
    examples: list[Example] = []
    left: dict[str, list[int]] = {}
    doubted: dict[str, list[int]] = {}
    reader = _Reader(task)
    for number, (id_, row) in enumerate(zip(_ids(rows, split), rows, strict=True)):
        found = reader.read(id_, row, where(number))
        if isinstance(found, Example):
            examples.append(found)
            if odd := doubt((found.text_a, found.text_b, *found.targets)):
                doubted.setdefault(odd, []).append(number)
        else:
            left.setdefault(found, []).append(number)
    counts = {reason: len(numbers) for reason, numbers in left.items()}
    rows_of = [{reason: tuple(numbers) for reason, numbers in part.items()} for part in (left, doubted)]
    return Converted(tuple(examples), counts, *rows_of)


class _Reader:
    """Reads one row of a task's columns at a time."""

    def __init__(self, task: Task) -> None:
        self.task = task
        self.names = {label_key(name): index for name, index in task.label_names.items()} or {
            label_key(name): index for index, name in enumerate(task.labels)
        }
        self.dropped = {label_key(name) for name in task.drop_labels}
        self.texts = [_columns_for(task, name) for name in ("text_a", "text_b")]
        self.label, self.targets = (next(iter(_columns_for(task, name)), "") for name in ("label", "targets"))

    def read(self, id_: str, row: Row, where: str) -> Example | str:
        """An example, or the reason why there is none."""
        first, second = (
            " ".join(filter(None, (clean(row.get(name), name, where) for name in columns))) for columns in self.texts
        )
        label = _label(self.task, row.get(self.label), self.names, self.dropped, (self.label, where)) if self.label else None
        targets = as_answers(row.get(self.targets), self.targets, where) if self.targets else ()
        if isinstance(label, str):
            return label
        if not first or (self.texts[1] and not second):
            return "empty text"
        if self.targets and not targets:
            return "no answer"
        return Example(id=id_, text_a=first, text_b=second, label=label, targets=targets)


def to_examples(
    task: Task,
    rows: Iterable[Row],
    split: str = "",
    where: Callable[[int], str] | None = None,
    say: Callable[[str], None] | None = None,
) -> tuple[Example, ...]:
    """Examples of a split; see `convert`. Raises BadInput also when nothing usable is left.

    say: receives a sentence for every reason why rows were left out, or are doubtful.
    """
    found = convert(task, rows, split, where)
    if not found.examples:
        reasons = ", ".join(f"{count} with {reason}" for reason, count in found.left_out.items()) or "the file has no rows"
        raise BadInput(f"No usable example for '{task.id}': {reasons}. Check the file and its columns.")
    if say is not None:
        _tell(task, found, split or "data", where or (lambda number: f"row {number + 1}"), say)
    return found.examples


def _tell(task: Task, found: Converted, split: str, where: Callable[[int], str], say: Callable[[str], None]) -> None:
    whole = len(found.examples) + sum(found.left_out.values())
    told = {f"are left out ({reason})": numbers for reason, numbers in found.rows.items()}
    told |= {SAID[odd]: numbers for odd, numbers in found.doubted.items()}
    for what, numbers in told.items():
        places = ", ".join(map(where, numbers[:5])) + (" ..." if len(numbers) > 5 else "")
        say(f"{task.id}, {split}: {len(numbers)} of {whole} rows {what}: {places}.")
