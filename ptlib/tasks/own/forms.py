"""The short form that describes one's own task: a dictionary from the app, or a small JSON file.

    {"name": "My reviews", "train": "train.csv", "evaluation": "test.csv",
     "columns": {"text_a": "review", "label": "stars"},
     "labels": ["bad", "good"],
     "words": {"mlm": ["terrible", "great"], "t5": ["negative", "positive"]},
     "template": "review: {text_a} sentiment:"}

`train` and `evaluation` lie beside the file; without `evaluation` a part of `train` is kept apart for it.
"""

import json
import re
import string
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from ptlib.base.errors import BadInput
from ptlib.base.tables import Unreadable, as_text, file_text
from ptlib.tasks.rows import label_key
from ptlib.tasks.task import MASKED_LM, T5, Kind

FIELDS = ("text_a", "text_b", "label", "targets")
KINDS = ("classification", "extractive_qa", "open_qa", "summarisation")


@dataclass(frozen=True, slots=True)
class OwnForm:
    """What a user says about a task; validated when it is made."""

    name: str
    columns: Mapping[str, str]
    """text_a, text_b, label or targets -> column of the file."""
    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Model family -> label words, in label order; words given for one family serve the other, too."""
    labels: tuple[str, ...] = ()
    """Labels as they stand in the file, in order; empty = as found, sorted."""
    template: str = ""
    """T5's encoder text; empty = the texts, one after the other."""
    kind: Kind = "classification"
    description: str = ""
    hand_written: str = ""
    encoding: str = "utf-8"
    licence: str = ""
    train: str = ""
    evaluation: str = ""

    def __post_init__(self) -> None:
        if not self.name.strip() or len(self.name) > 80:
            raise BadInput("The task needs a name of at most 80 letters.")
        if strange_letters := sorted(set(re.findall(r"[^\w .,'&()/+-]", self.name))):
            raise BadInput(
                f"The name of the task holds {' '.join(strange_letters)}. Use letters, digits, spaces and . , ' & ( ) / + -"
            )
        if self.kind not in KINDS:
            raise BadInput(f"Unknown kind of task '{self.kind}'. Use one of: {', '.join(KINDS)}.")
        strange = sorted(set(self.columns) - set(FIELDS))
        if strange:
            raise BadInput(f"The form gives a column for '{strange[0]}'. Use {', '.join(FIELDS)}.")
        answer = "label" if self.kind == "classification" else "targets"
        for needed in ("text_a", answer):
            if not self.columns.get(needed):
                raise BadInput(f"The form names no column for {needed}. Say which column of the file holds it.")
        columns = list(self.columns.values())
        if twice := next((column for column in columns if columns.count(column) > 1), ""):
            fields = " and ".join(key for key, column in self.columns.items() if column == twice)
            raise BadInput(f"The form names the column '{twice}' for {fields}. Give each its own column.")
        _check_template(self.template, "text_b" in self.columns)
        keys = [label_key(label) for label in self.labels]
        if len(set(keys)) != len(keys):
            twice = next(label for label, key in zip(self.labels, keys, strict=True) if keys.count(key) > 1)
            raise BadInput(f"The form names the label '{twice}' twice (case and blanks do not count). Name each label once.")


_KEYS = tuple(field.name for field in fields(OwnForm))


def _check_template(template: str, pair: bool) -> None:
    try:
        fields = [parts[1:] for parts in string.Formatter().parse(template) if parts[1] is not None]
        used = ["{" if form or convert else name for name, form, convert in fields]  # "{text_a:1000000}" would be filled up
    except ValueError:
        used = ["{"]
    if template and (not used or set(used) - {"text_a", "text_b"} or "text_a" not in used or ("text_b" in used) != pair):
        wanted = "{text_a} and {text_b}" if pair else "{text_a}"
        raise BadInput(f"The template '{template[:80]}' must hold {wanted} and no other braces.")


def _strings(value: Any, what: str) -> tuple[str, ...]:
    if not isinstance(value, (list, tuple)) or not all(isinstance(item, (str, int, float)) for item in value):
        raise BadInput(f"{what} must be a list of words.")
    return tuple(as_text(item, what, "the form") for item in value)


def _words(value: Any) -> dict[str, tuple[str, ...]]:
    if isinstance(value, (list, tuple)):
        value = {MASKED_LM: value, T5: value}
    if not isinstance(value, Mapping) or set(value) - {MASKED_LM, T5}:
        raise BadInput(f"words must be a list, or lists for {MASKED_LM} and {T5}.")
    words = {family: _strings(given, "words") for family, given in value.items()}
    if any(not word for given in words.values() for word in given):
        raise BadInput("A label word is empty. Give one word for each class.")
    return {family: words.get(family) or next(iter(words.values())) for family in (MASKED_LM, T5)} if words else {}


def form_from(values: Mapping[str, Any]) -> OwnForm:
    """A form from a dictionary. Raises BadInput for unknown keys and contradictions."""
    strange = sorted(set(values) - set(_KEYS))
    if strange:
        raise BadInput(f"The form has an unknown entry '{strange[0]}'. Known: {', '.join(_KEYS)}.")
    columns = values.get("columns")
    if not isinstance(columns, Mapping) or not all(isinstance(item, str) or item is None for item in columns.values()):
        raise BadInput('The form needs "columns", for example {"text_a": "text", "label": "label"}.')
    texts: dict[str, Any] = {
        key: values[key] for key in _KEYS if values.get(key) is not None and key not in ("columns", "labels", "words")
    }
    for key, given in texts.items():
        if not isinstance(given, str):
            raise BadInput(f"The form's {key} must be a text in quotes, not {json.dumps(given, default=str)[:40]}.")
    return OwnForm(
        columns={key: name for key, name in columns.items() if name},
        words=_words(values.get("words") or {}),
        labels=_strings(values.get("labels") or (), "labels"),
        **{"name": "", **texts},
    )


def form_from_file(path: Path) -> OwnForm:
    """A form from a JSON file; its data files are made relative to it. Raises BadInput."""
    try:
        values = json.loads(file_text(path))
    except (Unreadable, ValueError, RecursionError) as error:
        raise BadInput(
            f"The task file {path} cannot be read ({str(error)[:120]}). Write it as JSON, see `python -m ptlib tune --help`."
        ) from None
    if not isinstance(values, dict) or not isinstance(values.get("train"), str):
        raise BadInput(f'The task file {path} must be a JSON object that names its data, for example "train": "train.csv".')
    for key in ("train", "evaluation"):
        if isinstance(values.get(key), str):
            values[key] = str(path.parent / values[key])
    return form_from({"name": path.stem, **values})


def slug(name: str) -> str:
    """A short name for folders and ids."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:40] or "task"
