"""Which place a split comes from, and how its files are read; against the imitation of the Hub."""
# ruff: noqa: F811  (a fixture is an argument of the same name)

import io

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ptlib.base.errors import Damaged, NotAvailable
from ptlib.tasks import fetch as task_fetch
from ptlib.tasks.published.registry import HUB_TASKS
from tests.fixtures.hub_fixtures import HubImitation, hub  # noqa: F401

TASKS = {task.id: task for task in HUB_TASKS}


def parquet(**columns: list) -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.table(columns), sink)
    return sink.getvalue()


def test_a_script_only_repository_is_named_as_such(hub: HubImitation) -> None:
    task = TASKS["movie_rationales"]
    hub.add("dataset", task.hub[0].repo, {"movie_rationales.py": b"raise SystemExit", "README.md": b"x"}, task.hub[0].revision)
    with pytest.raises(NotAvailable, match="only a loading script"):
        task_fetch.task_files(task, "train")


def test_the_next_place_is_taken_when_the_first_one_is_gone(hub: HubImitation) -> None:
    task = TASKS["sst2"]
    copy = next(place for place in task.hub if place.repo.startswith("SetFit/"))
    lines = b'{"text": "dull", "label": 1, "label_text": "negative"}\n{"text": "fine", "label": 0, "label_text": "positive"}\n'
    hub.add("dataset", copy.repo, {"train.jsonl": lines})
    place, _ = task_fetch.task_files(task, "train")
    assert place == copy
    rows = list(task_fetch.rows(task, "train"))
    assert rows == [{"sentence": "dull", "label": "negative"}, {"sentence": "fine", "label": "positive"}]


def test_numbered_shards_are_looked_up_and_joined(hub: HubImitation) -> None:
    task = TASKS["multi_news"]
    hub.add(
        "dataset",
        task.hub[0].repo,
        {
            "data/train-00000-of-00002.parquet": parquet(document=["a"], summary=["b"]),
            "data/train-00001-of-00002.parquet": parquet(document=["c"], summary=["d"]),
            "data/validation-0.parquet": b"",
        },
    )
    assert [row["document"] for row in task_fetch.rows(task, "train")] == ["a", "c"]


def test_shards_that_did_not_all_arrive_are_not_used_offline(hub: HubImitation, monkeypatch: pytest.MonkeyPatch) -> None:
    task = TASKS["multi_news"]
    names = [f"data/train-0000{number}-of-00002.parquet" for number in range(2)]
    hub.add("dataset", task.hub[0].repo, dict.fromkeys(names, parquet(document=["a"], summary=["b"])))
    hub.trouble[task.hub[0].repo, names[1]] = "broken_server"
    with pytest.raises(NotAvailable, match="503"):
        task_fetch.task_files(task, "train")
    monkeypatch.setenv("PTLIB_OFFLINE", "1")
    with pytest.raises(NotAvailable, match="offline switch"):
        task_fetch.task_files(task, "train")


def test_a_fallback_that_was_fetched_once_is_kept_to(hub: HubImitation) -> None:
    task = TASKS["rotten_tomatoes"]
    second = task.hub[1]
    hub.add("dataset", second.repo, {"default/train/0000.parquet": parquet(text=["a"], label=[1])}, second.revision)
    assert task_fetch.task_files(task, "train")[0] == second
    hub.add("dataset", task.hub[0].repo, {"train.parquet": parquet(text=["b"], label=[1])})
    asked = len(hub.requests)
    assert [row["text"] for row in task_fetch.rows(task, "train")] == ["a"] and len(hub.requests) == asked


def test_an_unreadable_file_is_damage_not_a_crash(hub: HubImitation) -> None:
    task = TASKS["rotten_tomatoes"]
    hub.add("dataset", task.hub[0].repo, {"train.parquet": b"this is no parquet"})
    with pytest.raises(Damaged, match="cannot be read"):
        list(task_fetch.rows(task, "train"))
