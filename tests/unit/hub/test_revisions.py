"""The commit that a repository is pinned at: kept, replaced when the Hub dropped it, forgotten whole."""
# ruff: noqa: F811  (a fixture is an argument of the same name)

import pytest

from ptlib.base.errors import BadInput
from ptlib.hub import fetching, revisions
from ptlib.hub.revisions import Repo
from tests.fixtures.hub_fixtures import DATA, REPO, HubImitation, hub  # noqa: F401


def test_later_files_come_from_the_pinned_commit(hub: HubImitation) -> None:
    first = fetching.fetch(Repo(REPO), "readme.txt")
    pin = revisions.read_pin(revisions.Repo(REPO))
    hub.repos["dataset", REPO, pin.commit] = {}  # the imitation does not keep history: the old commit has nothing more
    hub.add("dataset", REPO, {"readme.txt": b"changed"})
    assert fetching.fetch(Repo(REPO), "readme.txt").read_bytes() == b"hello"
    assert first.parent.name == pin.commit
    with pytest.raises(BadInput):
        fetching.fetch(Repo(REPO), "a.parquet")
    assert all(pin.commit in path for method, path, _ in hub.requests[-1:])


def test_a_commit_that_the_hub_dropped_is_replaced_by_the_branch(hub: HubImitation) -> None:
    fetching.fetch(Repo(REPO), "readme.txt")
    old = revisions.read_pin(revisions.Repo(REPO))
    new = hub.add("dataset", REPO, {"readme.txt": b"rewritten"})
    assert fetching.fetch(Repo(REPO), "readme.txt").read_bytes() == b"hello"
    assert fetching.fetch(Repo(REPO), "a.parquet").read_bytes() == DATA
    assert old.commit != new == revisions.read_pin(revisions.Repo(REPO)).commit
    assert fetching.fetch(Repo(REPO), "readme.txt").read_bytes() == b"rewritten"


def test_a_pin_remembers_files_and_is_forgotten_whole(hub: HubImitation) -> None:
    repo = revisions.Repo(REPO)
    assert revisions.read_pin(repo) is None
    revisions.write_pin(repo, "0" * 40, ("b", "a"))
    assert revisions.read_pin(repo) == revisions.Pin(REPO, "main", "0" * 40, ("b", "a"))
    revisions.forget_pin(repo)
    assert revisions.read_pin(repo) is None


@pytest.mark.parametrize("name", ["", "a/b/c", "../b", "a b"])
def test_a_name_that_is_no_repository_is_refused(name: str) -> None:
    with pytest.raises(BadInput, match="owner/name"):
        revisions.Repo(name)
