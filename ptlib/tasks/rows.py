"""Rows of a source -> examples: labels by name, nothing guessed, everything that is left out counted.

Used for files of the Hub, for `--data` folders in the Hub's columns, and for one's own tasks.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ptlib.base.errors import BadInput
from ptlib.tasks.task import Example, Task

Row = Mapping[str, Any]
_NOISE = re.compile(r"[^a-z0-9]+")
ARTICLE_SEPARATOR = "|||||"
"""Multi-News joins the articles of one document with it."""


@dataclass(frozen=True, slots=True)
class Converted:
    """Examples of one split, and how many rows were left out for which reason."""

    examples: tuple[Example, ...]
    left_out: Mapping[str, int] = field(default_factory=dict)


def clean(value: object) -> str:
    """Text of a cell; an empty or missing cell is the empty string."""
    if value is None or (isinstance(value, float) and value != value):
        return ""
    text = str(value).strip()
    if ARTICLE_SEPARATOR in text:
        text = "\n\n".join(part.strip() for part in text.split(ARTICLE_SEPARATOR) if part.strip())
    return text


def label_key(value: object) -> str:
    """Normal form of a label: whole numbers without a decimal point, names in lower case with underscores."""
    if isinstance(value, bool):
        return str(int(value))
    text = clean(value)
    if re.fullmatch(r"-?\d+\.0", text):
        return text[:-2]
    return re.sub(r"[\s\-]+", "_", text.lower()) if not re.fullmatch(r"-\d+", text) else text


def answers(value: Any) -> tuple[str, ...]:
    """Accepted answers of a cell: a text, a list of texts, or SQuAD's {"text": [...]}; repeated ones once."""
    if isinstance(value, Mapping):
        value = value.get("text")
    if value is None or isinstance(value, (str, float)):
        return (clean(value),) if clean(value) else ()
    return tuple(dict.fromkeys(text for text in map(clean, value) if text))


def fingerprint(example: Example) -> str:
    """Letters and digits of an example's texts, so that spacing, case and punctuation do not hide a copy."""
    return " ".join(_NOISE.sub(" ", text.lower()).strip() for text in (example.text_a, example.text_b))


def _columns_for(task: Task, wanted: str) -> list[str]:
    return [column for column, target in task.columns.items() if target == wanted]


def _check_columns(task: Task, row: Row) -> None:
    missing = [column for column in task.columns if column not in row]
    if missing:
        raise BadInput(
            f"The data for '{task.id}' lack the column {', '.join(repr(name) for name in missing)}; they have "
            f"{', '.join(repr(name) for name in row) or 'none'}. Use the Hub's column names."
        )


def _label(task: Task, value: object, names: Mapping[str, int], dropped: set[str]) -> int | str:
    """Index of a label, or the reason why its row is left out."""
    key = label_key(value)
    if key in names:
        return names[key]
    if key in dropped:
        return f"label {key}"
    if not key:
        return "empty label"
    hint = (
        "It stands for a hidden label: use a split that has labels."
        if key == "-1"
        else f"Known labels: {', '.join(sorted(task.label_names))}."
    )
    raise BadInput(f"The data for '{task.id}' hold the label '{clean(value)[:60]}', which it does not have. {hint}")


def _ids(rows: list[Row], split: str) -> list[str]:
    """Ids of the rows: the source's own when they are all there and differ, else split and row number."""
    own = [clean(row.get("id")) for row in rows]
    unique = all(own) and len(set(own)) == len(own)
    return own if unique else [f"{split}-{number}" if split else str(number) for number in range(len(rows))]


def convert(task: Task, rows: Iterable[Row], split: str = "") -> Converted:
    """Turn rows in the task's columns into examples.

    Rows without a text, without an answer, or with a label that the task leaves out (SNLI's -1, "conflict") are
    counted and skipped. Ids follow the row number in the source, so they do not depend on what was skipped.

    Raises:
        BadInput: a column is missing, or a label is neither known nor declared as left out.
    """
    rows = list(rows)
    if rows:
        _check_columns(task, rows[0])
    names = {label_key(name): index for name, index in task.label_names.items()} or {
        label_key(name): index for index, name in enumerate(task.labels)
    }
    dropped = {label_key(name) for name in task.drop_labels}
    first, second = _columns_for(task, "text_a"), _columns_for(task, "text_b")
    label_column, target_column = _columns_for(task, "label"), _columns_for(task, "targets")
    examples, left_out = [], Counter[str]()
    for id_, row in zip(_ids(rows, split), rows, strict=True):
        text_a, text_b = (" ".join(filter(None, (clean(row.get(name)) for name in columns))) for columns in (first, second))
        label = _label(task, row.get(label_column[0]), names, dropped) if label_column else None
        targets = answers(row.get(target_column[0])) if target_column else ()
        if isinstance(label, str):
            left_out[label] += 1
        elif not text_a or (second and not text_b):
            left_out["empty text"] += 1
        elif target_column and not targets:
            left_out["no answer"] += 1
        else:
            examples.append(Example(id=id_, text_a=text_a, text_b=text_b, label=label, targets=targets))
    return Converted(tuple(examples), dict(left_out))


def to_examples(task: Task, rows: Iterable[Row], split: str = "") -> tuple[Example, ...]:
    """Examples of a split; see `convert`. Raises BadInput also when nothing usable is left."""
    converted = convert(task, rows, split)
    if not converted.examples:
        reasons = ", ".join(f"{count} with {reason}" for reason, count in converted.left_out.items()) or "the file has no rows"
        raise BadInput(f"No usable example for '{task.id}': {reasons}. Check the file and its columns.")
    return converted.examples
