"""Examples of a task: embedded files, the Hub, a local folder with the Hub's columns, or one's own table.

Tuning and early stopping see only a slice cut from `train`; the evaluation split is opened by `load_evaluation` alone.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np

from ptlib.base import listed, paths
from ptlib.base.errors import BadInput, Damaged
from ptlib.base.identity import folder_of
from ptlib.base.tables import Row, Table, Unreadable, as_answers, check_spelled, read_table
from ptlib.tasks import fetch
from ptlib.tasks.own.stored import own_examples, own_findings
from ptlib.tasks.rows import clean, label_index, label_key, to_examples
from ptlib.tasks.task import Example, Task
from ptlib.tasks.text_identity import fingerprint, text_groups

KINDS = (".parquet", ".jsonl", ".csv", ".tsv", ".ndjson", ".json")
"""Endings of local files, the first that is there counts."""
Say = Callable[[str], None]
"""Receives a sentence about what was decided or left out while reading."""
FEW_EVALUATION = 100
"""Rows of local data below which intervals are wide, which is said."""
MOST_VALIDATION = 0.3
"""At most this share of a small training split is held out."""


@dataclass(frozen=True, slots=True)
class TrainingData:
    """What tuning may see: training examples, and the slice that was cut off them for validation."""

    train: tuple[Example, ...]
    validation: tuple[Example, ...]


def load_training(
    task: Task,
    data: str | None = None,
    *,
    validation_size: int = 100,
    train_size: int | None = None,
    say: Say | None = None,
) -> TrainingData:
    """Split `train` into what is trained on and a validation slice; the cut is the same for every seed.

    Args:
        task: of any source.
        data: folder of local data, instead of the registered source.
        validation_size: examples of the slice, at most `MOST_VALIDATION` of the split.
        train_size: at most so many of the rest; None = all.
        say: receives a sentence for every reason why rows are not used.

    Raises:
        BadInput: no data there, or too few examples.
        NotAvailable: the Hub cannot be reached.
    """
    examples = _split(task, "train", data, say)
    if len(examples) < 2:
        raise BadInput(
            f"The training split of '{task.id}' has {len(examples)} usable examples; tuning needs at least 2. Give more data."
        )
    order = np.random.default_rng(0).permutation(len(examples)).tolist()
    held = min(validation_size, max(1, int(len(examples) * MOST_VALIDATION)))
    by_row = task.source == "embedded" and data is None  # what the demo stores was cut so
    validation = order[:held] if by_row else _whole_texts(task.id, examples, order, held, say=say)
    kept = set(validation)
    rest = [place for place in order if place not in kept][:train_size]
    return TrainingData(tuple(examples[i] for i in rest), tuple(examples[i] for i in validation))


def _whole_texts(
    task_id: str, examples: tuple[Example, ...], order: list[int], held: int, *, say: Say | None = None
) -> list[int]:
    """About `held` places in random order such that no text of theirs stands elsewhere, too.

    Where all examples share texts with each other (one question asked of every text, say) this cannot be had: the slice is
    cut by row then, and that is said.
    """
    groups = text_groups(examples)
    rows: dict[int, list[int]] = {}
    for place in order:
        rows.setdefault(groups[place], []).append(place)
    if len(rows) < 2:
        if say is not None:
            say(
                f"{task_id}: all {len(examples)} training examples share a text with each other, so the validation slice is cut "
                "by row: its texts stand in training, too, and early stopping and curves look better than they are."
            )
        return order[:held]
    chosen: list[int] = []
    for group in rows.values():
        if len(chosen) + len(group) <= held:
            chosen += group
    return chosen or min(rows.values(), key=len)


def load_evaluation(task: Task, limit: int | None = None, data: str | None = None, say: Say | None = None) -> tuple[Example, ...]:
    """The evaluation split, whole or `limit` of its examples, in their order. Errors as in `load_training`.

    Which ones is a fixed draw, the same for every prompt and a part of what a larger limit takes. Files of the Hub are
    often sorted by label (IMDB, rotten_tomatoes), so the first ones would be of one class.
    """
    examples = _split(task, "evaluation", data, say)
    if limit is None or limit >= len(examples):
        return examples
    drawn = np.random.default_rng(1).permutation(len(examples))[:limit]
    return tuple(examples[place] for place in sorted(drawn))


def first_examples(task: Task, most: int, data: str | None = None) -> tuple[Example, ...]:
    """The first training examples, for a look at their lengths; none where files of the Hub are not on disk."""
    if task.source == "hub" and data is None:
        if not any(fetch.on_disk(place, task.train_split) for place in task.hub if task.train_split in place.files):
            return ()
        return to_examples(task, islice(fetch.rows(task, task.train_split), most), task.train_split)
    return _split(task, "train", data, None)[:most]


def _split(task: Task, split: str, data: str | None, say: Say | None) -> tuple[Example, ...]:
    if data is not None:
        return _local(task, split, folder_of(data), say)
    if task.source == "embedded":
        return _embedded(task, split)
    if task.source == "own":
        if say is not None:
            for finding in own_findings(task.id):
                say(f"{task.id}: {finding.message}")
        return own_examples(task.id, split)
    name = task.train_split if split == "train" else task.evaluation_split
    return to_examples(task, fetch.rows(task, name), name, say=say)


def embedded_folder(task_id: str) -> Path:
    """Folder of an embedded task's splits."""
    return paths.demo_dir() / "tasks" / task_id.removeprefix("demo/")


def _embedded(task: Task, split: str) -> tuple[Example, ...]:
    path = embedded_folder(task.id) / f"{split}.jsonl"
    listed.check(paths.demo_dir(), path)
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
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


def _local(task: Task, split: str, folder: Path, say: Say | None) -> tuple[Example, ...]:
    """DIR/<task>/{train,validation}.{parquet,jsonl,csv,tsv,...}, in the Hub's column names."""
    name = "train" if split == "train" else "validation"
    there = [path for kind in KINDS if (path := folder / task.id / f"{name}{kind}").exists()]
    if not there:
        raise BadInput(f"No {name}.parquet, {name}.jsonl or {name}.csv in {folder / task.id}. --data needs one folder a task.")
    try:
        table = read_table(there[0])
    except Unreadable as error:
        raise BadInput(f"In {there[0].parent}: {error}") from None
    if say:
        more = (f"{there[0].parent} holds several {name} files; {there[0].name} is read.",) if len(there) > 1 else ()
        for message in (*more, *table.notes):
            say(message)
    examples = _own_columns(task, table, there[0]) if task.source == "embedded" else None
    examples = examples or to_examples(task, table.rows, name, table.where, say)
    if say:
        _tell_oddities(task, name, examples, say)
    return examples


def _tell_oddities(task: Task, name: str, examples: Sequence[Example], say: Say) -> None:
    """What is used as it stands and still worth knowing."""
    texts = [fingerprint(item) for item in examples]
    answers = {(text, item.label, item.targets) for text, item in zip(texts, examples, strict=True)}
    if repeated := len(examples) - len(answers):
        say(f"{task.id}, {name}: {repeated} of {len(examples)} rows repeat an earlier one; they are used as they stand.")
    if contradicting := len(answers) - len(set(texts)):
        say(f"{task.id}, {name}: {contradicting} of {len(examples)} rows give an earlier text another answer; they are used.")
    if task.is_classification and len({item.label for item in examples}) == 1 < len(examples):
        label = task.labels[examples[0].label or 0]
        say(f"{task.id}, {name}: all rows have the label '{label}', so always saying it would be right.")
    if name == "validation" and len(examples) < FEW_EVALUATION:
        say(f"{task.id}: {len(examples)} evaluation rows give wide intervals; some hundred are better.")


def _own_columns(task: Task, table: Table, path: Path) -> tuple[Example, ...]:
    """Rows in our own columns."""
    if not table.rows:
        raise BadInput(f"No usable example for '{task.id}': {path} has no rows.")
    for column in ("text_a", "text_b", "targets"):
        check_spelled(column, (row.get(column) for row in table.rows))
    return tuple(_own_example(task, row, table.where(number)) for number, row in enumerate(table.rows))


def _own_example(task: Task, row: Row, where: str) -> Example:
    """A row in our own columns that somebody else wrote: id, text_a, text_b, label (name or index) or targets."""
    text, targets = clean(row.get("text_a"), "text_a", where), as_answers(row.get("targets"), "targets", where)
    names = {key: index for index, name in enumerate(task.labels) for key in (str(index), label_key(name))}
    label = label_index(names, row.get("label"))
    if not text:
        raise BadInput(f"There is no text_a in {where}. Each row needs one for '{task.id}'.")
    if task.is_classification and label is None:
        raise BadInput(
            f"The label '{clean(row.get('label'), 'label', where)[:60]}' in {where} is none of '{task.id}'. "
            f"Give one of: {', '.join(task.labels)}, or its number from 0."
        )
    if not task.is_classification and not targets:
        raise BadInput(f"There are no targets in {where}. Each row of '{task.id}' needs its accepted answers.")
    return Example(clean(row.get("id"), "id", where) or where, text, clean(row.get("text_b"), "text_b", where), label, targets)
