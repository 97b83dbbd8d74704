"""Every published spelling leads to one task."""

import pytest

from ptlib.tasks.published.aliases import ALIASES, plain, task_id_of
from ptlib.tasks.published.registry import HUB_TASKS


def test_every_published_task_has_its_spellings_and_no_spelling_means_two() -> None:
    assert set(ALIASES) == {task.id for task in HUB_TASKS}
    owners: dict[str, set[str]] = {}
    for id_, spellings in ALIASES.items():
        for spelling in (id_, *spellings):
            owners.setdefault(plain(spelling), set()).add(id_)
    assert all(len(ids) == 1 for ids in owners.values())


@pytest.mark.parametrize(
    ("name", "id_"),
    [("SST 2", "sst2"), ("nq-open", "nq_open"), ("Movie, Regionales", "movie_rationales"), ("random", None), ("", None)],
)
def test_case_spaces_and_punctuation_do_not_matter(name: str, id_: str | None) -> None:
    assert task_id_of(name) == id_
