"""Examples of a task: embedded files, the Hub, a local folder with the Hub's columns, or one's own table.

Tuning and early stopping see only a slice cut from `train`; the evaluation split is opened by `load_evaluation` alone.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ptlib.base import paths
from ptlib.base.errors import BadInput, Damaged
from ptlib.hub.tables import read_files
from ptlib.tasks import fetch
from ptlib.tasks.own.stored import own_examples
from ptlib.tasks.rows import answers, clean, label_key, to_examples
from ptlib.tasks.task import Example, Task

KINDS = (".parquet", ".jsonl", ".csv")
MOST_VALIDATION = 0.3
"""At most this share of a small training split is held out."""


@dataclass(frozen=True, slots=True)
class TrainingData:
    """What tuning may see: training examples, and the slice that was cut off them for validation."""

    train: tuple[Example, ...]
    validation: tuple[Example, ...]


def load_training(
    task: Task, data: str | None = None, *, validation_size: int = 100, train_size: int | None = None
) -> TrainingData:
    """Split `train` into what is trained on and a validation slice; the cut is the same for every seed.

    Args:
        task: of any source.
        data: folder of local data, instead of the registered source.
        validation_size: examples of the slice, at most `MOST_VALIDATION` of the split.
        train_size: at most so many of the rest; None = all.

    Raises:
        BadInput: no data there, or too few examples.
        NotAvailable: the Hub cannot be reached.
    """
    examples = _split(task, "train", data)
    if len(examples) < 2:
        raise BadInput(
            f"The training split of '{task.id}' has {len(examples)} usable examples; tuning needs at least 2. Give more data."
        )
    order = np.random.default_rng(0).permutation(len(examples))
    held = min(validation_size, max(1, int(len(examples) * MOST_VALIDATION)))
    rest = order[held:][:train_size]
    return TrainingData(tuple(examples[i] for i in rest), tuple(examples[i] for i in order[:held]))


def load_evaluation(task: Task, limit: int | None = None, data: str | None = None) -> tuple[Example, ...]:
    """The evaluation split, whole or `limit` of its examples, in their order. Errors as in `load_training`.

    Which ones is a fixed draw, the same for every prompt and a part of what a larger limit takes. Files of the Hub are
    often sorted by label (IMDB, rotten_tomatoes), so the first ones would be of one class.
    """
    examples = _split(task, "evaluation", data)
    if limit is None or limit >= len(examples):
        return examples
    drawn = np.random.default_rng(1).permutation(len(examples))[:limit]
    return tuple(examples[place] for place in sorted(drawn))


def _split(task: Task, split: str, data: str | None) -> tuple[Example, ...]:
    if data is not None:
        return _local(task, split, Path(data))
    if task.source == "embedded":
        return _embedded(task, split)
    if task.source == "own":
        return own_examples(task.id, split)
    name = task.train_split if split == "train" else task.evaluation_split
    return to_examples(task, fetch.rows(task, name), name)


def embedded_folder(task_id: str) -> Path:
    """Folder of an embedded task's splits."""
    return paths.demo_dir() / "tasks" / task_id.removeprefix("demo/")


def _embedded(task: Task, split: str) -> tuple[Example, ...]:
    path = embedded_folder(task.id) / f"{split}.jsonl"
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError:
        raise BadInput(
            f"The {split} split of '{task.id}' is not in {path.parent}. Restore cache/demo from the repository."
        ) from None
    try:
        return tuple(_example(json.loads(line)) for line in lines if line)
    except (ValueError, KeyError) as error:
        raise Damaged(f"{path} cannot be read ({str(error)[:80]}). Restore it from the repository.") from None


def _example(row: dict) -> Example:
    return Example(row["id"], row["text_a"], row.get("text_b", ""), row.get("label"), tuple(row.get("targets", ())))


def _local(task: Task, split: str, folder: Path) -> tuple[Example, ...]:
    """DIR/<task>/{train,validation}.{parquet,jsonl,csv}, in the Hub's column names."""
    name = "train" if split == "train" else "validation"
    path = next((found for kind in KINDS if (found := folder / task.id / f"{name}{kind}").is_file()), None)
    if path is None:
        raise BadInput(f"No {name}.parquet, {name}.jsonl or {name}.csv in {folder / task.id}. --data needs one folder a task.")
    if task.source == "embedded":
        return tuple(_own_example(task, row, f"row {number} of {path}") for number, row in enumerate(_rows(path), 1))
    return to_examples(task, _rows(path), name)


def _own_example(task: Task, row: dict, where: str) -> Example:
    """A row in our own columns that somebody else wrote: id, text_a, text_b, label (name or index) or targets."""
    text, targets = clean(row.get("text_a")), answers(row.get("targets"))
    names = {key: index for index, name in enumerate(task.labels) for key in (str(index), label_key(name))}
    label = names.get(label_key(row.get("label")))
    if not text:
        raise BadInput(f"There is no text_a in {where}. Each row needs one for '{task.id}'.")
    if task.is_classification and label is None:
        raise BadInput(
            f"The label '{clean(row.get('label'))[:60]}' in {where} is none of '{task.id}'. "
            f"Give one of: {', '.join(task.labels)}, or its number from 0."
        )
    if not task.is_classification and not targets:
        raise BadInput(f"There are no targets in {where}. Each row of '{task.id}' needs its accepted answers.")
    return Example(clean(row.get("id")) or where, text, clean(row.get("text_b")), label, targets)


def _rows(path: Path) -> Iterable[dict]:
    """Rows of a table; nothing in it is ever executed."""
    if path.suffix == ".jsonl":
        try:
            rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
            if not all(isinstance(row, dict) for row in rows):
                raise ValueError("a line is no object")
            return rows
        except ValueError as error:
            raise BadInput(f"{path} is not valid JSON lines ({str(error)[:80]}). Write one JSON object a line.") from None
    return read_files([path])
