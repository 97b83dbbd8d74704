"""One's own tasks: a table and a short form, checked before they are accepted (forms -> checks -> stored)."""

from ptlib.tasks.own.checks import Checked, check
from ptlib.tasks.own.findings import Finding
from ptlib.tasks.own.forms import OwnForm, form_from, form_from_file
from ptlib.tasks.own.stored import (
    accept,
    damaged_own_tasks,
    delete_own_task,
    load_own_tasks,
    own_examples,
    own_findings,
    task_from_file,
    tasks_dir,
)

__all__ = [
    "Checked",
    "Finding",
    "OwnForm",
    "accept",
    "check",
    "damaged_own_tasks",
    "delete_own_task",
    "form_from",
    "form_from_file",
    "load_own_tasks",
    "own_examples",
    "own_findings",
    "task_from_file",
    "tasks_dir",
]
