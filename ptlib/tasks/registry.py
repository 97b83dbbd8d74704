"""All tasks that there are (embedded, published, one's own), and the one that a name means."""

import os

from ptlib.base.errors import unknown
from ptlib.tasks.demo import DEMO_TASKS
from ptlib.tasks.own.stored import check_own, load_own_tasks, task_from_file
from ptlib.tasks.published.aliases import task_id_of
from ptlib.tasks.published.registry import HUB_TASKS, HUB_VARIANTS
from ptlib.tasks.task import Task


def all_tasks() -> tuple[Task, ...]:
    """Every registered task: the embedded ones first, then the published ones, then one's own."""
    return (*DEMO_TASKS, *HUB_TASKS, *HUB_VARIANTS, *load_own_tasks())


def get_task(task_id: str) -> Task:
    """Look a task up by id. Raises BadInput with the closest known id, Damaged for an own task that was changed."""
    tasks = {task.id: task for task in all_tasks()}
    if task_id not in tasks:
        check_own(task_id)
        raise unknown("task", task_id, tasks)
    return tasks[task_id]


def resolve_task(text: str) -> Task:
    """The task a user means: a registered id, a published spelling of one, or a JSON file that describes one's own.

    Raises:
        BadInput: unknown, or a described task that fails its check (with every finding).
    """
    if text.endswith(".json") and os.path.isfile(text):
        return task_from_file(text)
    meant = task_id_of(text) or text
    return get_task(meant if meant == text or meant in {task.id for task in all_tasks()} else text)
