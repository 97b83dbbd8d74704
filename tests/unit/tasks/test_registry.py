"""All tasks in one list, and the one that a name means."""

import json
from pathlib import Path

import pytest

from ptlib.base.errors import BadInput
from ptlib.tasks.demo import DEMO_TASKS
from ptlib.tasks.published.registry import HUB_TASKS, HUB_VARIANTS
from ptlib.tasks.registry import all_tasks, get_task, resolve_task


def test_embedded_tasks_come_first_and_no_id_comes_twice(cache: Path) -> None:
    tasks = all_tasks()
    assert tasks == (*DEMO_TASKS, *HUB_TASKS, *HUB_VARIANTS)
    assert len({task.id for task in tasks}) == len(tasks)
    assert all(get_task(task.id) is task for task in tasks)


def test_a_user_may_write_a_published_spelling_but_a_link_may_not(cache: Path) -> None:
    assert resolve_task("SST-2").id == resolve_task("sst2").id == "sst2"
    with pytest.raises(BadInput, match="Unknown task 'SST2'"):
        get_task("SST2")


def test_an_unknown_name_is_refused_as_it_was_written(cache: Path) -> None:
    with pytest.raises(BadInput, match="Unknown task 'film_reviw'"):
        resolve_task("film_reviw")


def test_a_file_that_describes_a_task_is_that_task_and_then_found_by_its_id(cache: Path, tmp_path: Path) -> None:
    rows = [{"text": f"number {number} is {'fine' if number % 2 else 'dull'}", "label": number % 2} for number in range(60)]
    (tmp_path / "train.jsonl").write_text("\n".join(map(json.dumps, rows)))
    form = {
        "name": "Numbers",
        "train": "train.jsonl",
        "columns": {"text_a": "text", "label": "label"},
        "words": ["bad", "good"],
    }
    (tmp_path / "task.json").write_text(json.dumps(form))
    task = resolve_task(str(tmp_path / "task.json"))
    assert task.source == "own" and get_task(task.id) == task and all_tasks()[-1] == task
