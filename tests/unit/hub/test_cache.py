"""What is on disk: the Hub's own layout, the pin to a commit, and names that stay in their folder."""
# ruff: noqa: F811  (a fixture is an argument of the same name)

import hashlib
from pathlib import Path

import pytest

from ptlib.base.errors import BadInput
from ptlib.hub import cache as hub_cache
from ptlib.hub import fetching
from ptlib.hub.cache import Repo
from tests.fixtures.hub_fixtures import DATA, REPO, HubImitation, hub  # noqa: F401


def test_later_files_come_from_the_pinned_commit(hub: HubImitation) -> None:
    first = fetching.fetch(Repo(REPO), "readme.txt")
    pin = hub_cache.read_pin(hub_cache.Repo(REPO))
    hub.repos["dataset", REPO, pin.commit] = {}  # the imitation does not keep history: the old commit has nothing more
    hub.add("dataset", REPO, {"readme.txt": b"changed"})
    assert fetching.fetch(Repo(REPO), "readme.txt").read_bytes() == b"hello"
    assert first.parent.name == pin.commit
    with pytest.raises(BadInput):
        fetching.fetch(Repo(REPO), "a.parquet")
    assert all(pin.commit in path for method, path, _ in hub.requests[-1:])


def test_a_commit_that_the_hub_dropped_is_replaced_by_the_branch(hub: HubImitation) -> None:
    fetching.fetch(Repo(REPO), "readme.txt")
    old = hub_cache.read_pin(hub_cache.Repo(REPO))
    new = hub.add("dataset", REPO, {"readme.txt": b"rewritten"})
    assert fetching.fetch(Repo(REPO), "readme.txt").read_bytes() == b"hello"
    assert fetching.fetch(Repo(REPO), "a.parquet").read_bytes() == DATA
    assert old.commit != new == hub_cache.read_pin(hub_cache.Repo(REPO)).commit
    assert fetching.fetch(Repo(REPO), "readme.txt").read_bytes() == b"rewritten"


@pytest.mark.parametrize("name", ["../secret", "/etc/passwd", "a/../../b", "a\\b", ""])
def test_a_file_name_may_not_leave_its_folder(hub: HubImitation, name: str) -> None:
    with pytest.raises(BadInput, match="outside"):
        fetching.fetch(Repo(REPO), name)
    assert not hub.requests


def test_the_layout_is_the_hubs_own(hub: HubImitation) -> None:
    """The library's own look-up is the oracle: it finds what we wrote."""
    from huggingface_hub import try_to_load_from_cache

    path = fetching.fetch(Repo(REPO), "a.parquet")
    found = try_to_load_from_cache(REPO, "a.parquet", cache_dir=hub_cache.hub_cache(), repo_type="dataset")
    assert found == str(path)
    repo = hub_cache.Repo(REPO)
    assert hub_cache.cached(repo, "a.parquet") == path and hub_cache.cached_names(repo) == ("a.parquet",)


def test_a_pin_remembers_files_and_is_forgotten_whole(hub: HubImitation) -> None:
    repo = hub_cache.Repo(REPO)
    assert hub_cache.read_pin(repo) is None
    hub_cache.write_pin(repo, "0" * 40, ("b", "a"))
    assert hub_cache.read_pin(repo) == hub_cache.Pin(REPO, "main", "0" * 40, ("b", "a"))
    hub_cache.forget_pin(repo)
    assert hub_cache.read_pin(repo) is None


@pytest.mark.parametrize(
    ("size", "etag", "whole"), [(3, "", True), (4, "", False), (3, "sha256", True), (3, "sha1", True), (3, "0", False)]
)
def test_a_file_is_whole_by_size_and_checksum(tmp_path: Path, size: int, etag: str, whole: bool) -> None:
    (tmp_path / "x").write_bytes(b"abc")
    sums = {"sha256": hashlib.sha256(b"abc").hexdigest(), "sha1": hashlib.sha1(b"blob 3\0abc").hexdigest(), "0": "0" * 40}
    assert hub_cache.matches(tmp_path / "x", size, sums.get(etag, "no checksum")) is whole


@pytest.mark.parametrize("name", ["", "a/b/c", "../b", "a b"])
def test_a_name_that_is_no_repository_is_refused(name: str) -> None:
    with pytest.raises(BadInput, match="owner/name"):
        hub_cache.Repo(name)
