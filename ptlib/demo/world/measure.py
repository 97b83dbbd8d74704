"""What can be had without understanding: the score of a bag of words, and of guessing among the spans of the right type.

Both are measured on the written splits and shown on the task card, so that nobody mistakes a shortcut for reading.
"""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from threadpoolctl import threadpool_limits

from ptlib.base.files import write_atomically
from ptlib.tasks.demo import DEMO_TASKS
from ptlib.tasks.task import Task

Row = dict[str, Any]
_VIEWS: dict[str, Callable[[Row], str]] = {
    "first text": lambda row: row["text_a"],
    "second text": lambda row: row["text_b"],
    "both texts": lambda row: f"{row['text_a']} {row['text_b']}",
}


def _rows(folder: Path, task: Task, split: str) -> list[Row]:
    path = folder / "tasks" / task.id.removeprefix("demo/") / f"{split}.jsonl"
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def bag_of_words(train: list[Row], evaluation: list[Row], view: Callable[[Row], str]) -> float:
    """Accuracy of a logistic regression on word counts, trained on one split and scored on the other."""
    from sklearn.feature_extraction.text import CountVectorizer
    from sklearn.linear_model import LogisticRegression

    counter = CountVectorizer(token_pattern=r"[a-z]+")
    seen = counter.fit_transform([view(row) for row in train])
    with threadpool_limits(1):  # the same digits on every number of cores
        model = LogisticRegression(C=0.3, max_iter=200).fit(seen, [row["label"] for row in train])
    return float(model.score(counter.transform([view(row) for row in evaluation]), [row["label"] for row in evaluation]))


def guess_line(rows: list[Row]) -> float:
    """Mean chance of hitting the answer when one of the passage's spans of the asked type is taken blindly."""
    return sum(1 / len(row["candidates"]) for row in rows) / len(rows)


def measure(folder: Path, tasks: Sequence[Task] = DEMO_TASKS) -> dict[str, dict[str, float]]:
    """Shortcut scores by task id; a task without any has no entry."""
    found: dict[str, dict[str, float]] = {}
    for task in tasks:
        evaluation = _rows(folder, task, "evaluation")
        if task.is_classification:
            train = _rows(folder, task, "train")
            views = _VIEWS if evaluation[0]["text_b"] else {"first text": _VIEWS["first text"]}
            found[task.id] = {name: round(bag_of_words(train, evaluation, view), 4) for name, view in views.items()}
        elif evaluation[0].get("candidates"):
            found[task.id] = {"guess": round(guess_line(evaluation), 4)}
    return found


def write_facts(folder: Path, tasks: Sequence[Task] = DEMO_TASKS) -> dict[str, dict[str, float]]:
    """Measure and write `<folder>/tasks/facts.json`."""
    found = measure(folder, tasks)
    write_atomically(folder / "tasks" / "facts.json", (json.dumps(found, indent=1, sort_keys=True) + "\n").encode())
    return found
