"""Writes the training, validation and evaluation examples of the embedded tasks as JSON lines."""

import json
import random
from collections.abc import Sequence
from pathlib import Path

from ptlib.base.files import write_atomically
from ptlib.demo.world.families import make
from ptlib.demo.world.items import Item, Split
from ptlib.tasks.demo import DEMO_TASKS
from ptlib.tasks.task import Task


def build_splits(
    folder: Path,
    seed: int,
    train: int = 1600,
    validation: int = 200,
    evaluation: int = 300,
    *,
    tasks: Sequence[Task] = DEMO_TASKS,
) -> None:
    """Write `<folder>/tasks/<name>/{train,validation,evaluation}.jsonl`; the same seed gives the same bytes.

    No text occurs twice in a task, the labels are as even as the counts allow, and by construction no sentence of one split can
    be generated for another or for the pretraining corpus (`ptlib.demo.world.families.base.split_of`).
    """
    counts: dict[Split, int] = {"train": train, "validation": validation, "evaluation": evaluation}
    for task in tasks:
        place = folder / "tasks" / task.id.removeprefix("demo/")
        seen: set[tuple[str, str]] = set()
        for split, count in counts.items():
            items = draw(task, split, count, seed, seen)
            lines = [json.dumps(_row(item, f"{split}-{at}"), separators=(",", ":")) for at, item in enumerate(items)]
            write_atomically(place / f"{split}.jsonl", ("\n".join(lines) + "\n").encode())


def draw(task: Task, split: Split, count: int, seed: int, seen: set[tuple[str, str]] | None = None) -> list[Item]:
    """Distinct examples of a task with even labels, in random order; `seen` collects their texts."""
    rng, seen = random.Random(f"{seed} {task.id} {split}"), set() if seen is None else seen
    classes = len(task.labels) or 1
    room = [count // classes + (at < count % classes) for at in range(classes)]
    items: list[Item] = []
    while len(items) < count:
        item = make(task.id, rng, split)
        kind, texts = item.label or 0, (item.text_a, item.text_b)
        if room[kind] and texts not in seen:
            room[kind] -= 1
            seen.add(texts)
            items.append(item)
    rng.shuffle(items)
    return items


def _row(item: Item, id_: str) -> dict[str, object]:
    row: dict[str, object] = {"id": id_, "text_a": item.text_a, "text_b": item.text_b}
    if item.label is not None:
        return {**row, "label": item.label}
    row["targets"] = list(item.targets)
    return {**row, "candidates": list(item.candidates)} if item.candidates else row
