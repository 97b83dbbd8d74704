"""Examples of a task as the results list them; nothing is ever fetched for looking."""

import json
from pathlib import Path
from typing import Any

from ptlib.base import listed
from ptlib.base.errors import BadInput, NotAvailable
from ptlib.results.store import Store
from ptlib.tasks.data import load_evaluation
from ptlib.tasks.fetch import on_disk
from ptlib.tasks.registry import get_task

COLUMNS = ("id", "text_a", "text_b", "label", "targets")


def rows(task_id: str, split: str, demo: Path, store: Store) -> list[dict[str, Any]]:
    """Examples with the keys `COLUMNS`: of an embedded task any split, of others what evaluations read.

    Raises:
        BadInput: the split is not known or cannot be had here.
    """
    path = demo / "tasks" / task_id.removeprefix("demo/") / f"{split}.jsonl"
    if task_id.startswith("demo/") and path.exists():
        listed.check(demo, path)
        with path.open(encoding="utf-8") as lines:
            return [json.loads(line) for line in lines if line.strip()]
    if split != "evaluation":
        raise BadInput(f"Only the evaluation split of '{task_id}' can be listed here.")
    task, folder = get_task(task_id), _data_of(task_id, store)
    if folder is None and task.source == "hub":
        name = task.evaluation_split
        if not any(name in place.files and on_disk(place, name) for place in task.hub):
            raise NotAvailable(f"The examples of '{task_id}' are not on this machine; a run on it fetches them.")
    return [{name: getattr(example, name) for name in COLUMNS} for example in load_evaluation(task, None, folder)]


def _data_of(task_id: str, store: Store) -> str | None:
    """Folder of local data that the last run on a task was given; None = its registered place."""
    for row in store.query("SELECT spec FROM runs WHERE kind = 'transfer' ORDER BY created DESC"):
        spec = json.loads(row["spec"])
        if task_id in spec.get("targets", ()):
            return spec.get("data")
    return None
