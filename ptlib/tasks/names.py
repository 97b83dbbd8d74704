"""What a label in a table means: which task, which family, which answer words. Labels come in many spellings."""

import re
from collections.abc import Iterable, Sequence

from ptlib.tasks import registry
from ptlib.tasks.published.aliases import task_id_of
from ptlib.tasks.published.registry import HUB_TASKS, HUB_VARIANTS
from ptlib.tasks.task import Task

REFERENCE_ROWS = ("untrained", "untrained_uniform", "hand_written")
"""Names that stand for a task where a prompt has none: what reused prompts are compared with."""
COMMONEST = "commonest_class"
"""The row that needs no prompt: always the class that most of a target's examples have."""
RANDOM = "untrained_uniform"
"""The published "random prompt" is uniform in [0, 1), as our reference row of that name (paper 2.1)."""
PUBLISHED_NAME = re.compile(r"^(?P<task>.+?)_?[Pp]rompt(?P<model>[A-Z].*)?$")
"""Folder of a published prompt, e.g. "MNLIPromptRoberta"."""
_REFERENCES = {*REFERENCE_ROWS, COMMONEST, "random", "random prompt", "randomprompt"}


def is_reference(label: str) -> bool:
    """Whether a row stands for no task: an untrained, a random or a hand-written prompt."""
    return label.strip().lower() in _REFERENCES


def task_id(label: str) -> str:
    """Task id a label stands for; labels that are no task of ours come back in plain letters.

    A folder counts by its last part, a published prompt ("MNLIPromptRoberta") by its task, an embedded task ("demo/...")
    by its own id.
    """
    if label.startswith("demo/") and label.count("/") == 1:
        return label
    last = label.rstrip("/").rsplit("/", 1)[-1]
    matched = PUBLISHED_NAME.match(last)
    return task_of(matched["task"] if matched else last)


def task_of(name: str) -> str:
    """Task id for any published spelling; the spelling itself, in plain letters, where it is no task of ours."""
    return task_id_of(name) or re.sub(r"[^a-z0-9_]+", "_", name.lower()).strip("_") or "prompt"


def common(left: Sequence[str], right: Sequence[str]) -> dict[str, str]:
    """Which label of `left` is which of `right`: spelled alike or, where that finds fewer, the same task.

    Reference rows and labels that would stand for two others are left out. In the order of `left`.
    """
    first, second = ([label for label in labels if not is_reference(label)] for labels in (left, right))
    alike = {label: label for label in first if label in set(second)}
    by_task = _unique(second)
    tasks = _unique(first)
    meant = {label: by_task[task] for task, label in tasks.items() if task in by_task}
    found = meant if len(meant) > len(alike) else alike
    return {label: found[label] for label in first if label in found}


def _unique(labels: Iterable[str]) -> dict[str, str]:
    """Task id -> label, without the tasks that several labels stand for."""
    found: dict[str, list[str]] = {}
    for label in labels:
        found.setdefault(task_id(label), []).append(label)
    return {task: names[0] for task, names in found.items() if len(names) == 1}


def families_of(labels: Iterable[str]) -> dict[str, str]:
    """Label -> task family; labels that are no registered task are absent."""
    families = {task.id: task.family for task in _tasks()}
    found = {label: families.get(label) or families.get(task_id(label)) for label in labels}
    return {label: family for label, family in found.items() if family}


def _tasks() -> list[Task]:
    return [*HUB_TASKS, *HUB_VARIANTS, *registry.all_tasks()]
