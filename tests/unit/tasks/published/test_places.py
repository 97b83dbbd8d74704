"""Where files lie: preferred places first, copies read by label name, names spelled as the Hub spells them."""
# ruff: noqa: F811  (a fixture is an argument of the same name)

import pytest

from ptlib.hub.cache import safe_name
from ptlib.hub.revisions import Repo
from ptlib.tasks import fetch as task_fetch
from ptlib.tasks.published.places import CONVERTED, converted, sharded
from ptlib.tasks.rows import to_examples
from ptlib.tasks.task import Task
from tests.fixtures.hub_fixtures import HubImitation, hub  # noqa: F401
from tests.unit.tasks.published.test_registry import TASKS, fill


@pytest.mark.parametrize("id_", ["sst2", "qnli", "qqp", "mrpc"])
def test_copies_of_glue_are_read_by_label_name_whatever_their_numbers(hub: HubImitation, id_: str) -> None:
    task = TASKS[id_]
    place = next(place for place in task.hub if place.repo.startswith("SetFit/"))
    texts = [name for name, column in place.columns.items() if column != "label"]
    rows = [
        {**dict.fromkeys(texts, "x"), "label": 1 - index, "label_text": name.replace("_", " "), "idx": index}
        for index, name in enumerate(task.labels)
    ]
    fill(hub, place, rows)
    assert [item.label for item in to_examples(task, task_fetch.rows(task, "validation"))] == [0, 1]


@pytest.mark.parametrize("task", TASKS.values(), ids=TASKS)
def test_every_place_is_spelled_as_the_hub_spells_repositories_and_files(task: Task) -> None:
    for place in task.hub:
        repo = Repo(place.repo, "dataset", place.revision)  # refuses what is no name
        for names in place.files.values():
            assert names and all(safe_name(name) == name for name in names)
        assert repo.revision in ("main", CONVERTED) and set(place.columns.values()) <= set(task.columns)


def test_the_export_of_the_hub_is_asked_for_by_configuration_and_split() -> None:
    place = converted("owner/name", "plain", "train", "test")
    assert (place.revision, dict(place.files)) == (
        CONVERTED,
        {"train": ("plain/train/*.parquet",), "test": ("plain/test/*.parquet",)},
    )
    assert sharded("", "train") == {"train": ("train-00000-of-00001.parquet",)}
