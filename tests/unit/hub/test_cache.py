"""What is on disk: the Hub's own layout, and names that stay in their folder."""
# ruff: noqa: F811  (a fixture is an argument of the same name)

import hashlib
from pathlib import Path

import pytest

from ptlib.base.errors import BadInput
from ptlib.hub import cache as hub_cache
from ptlib.hub import fetching, revisions
from ptlib.hub.revisions import Repo
from tests.fixtures.hub_fixtures import DATA, REPO, HubImitation, hub  # noqa: F401


@pytest.mark.parametrize("name", ["../secret", "/etc/passwd", "a/../../b", "a\\b", ""])
def test_a_file_name_may_not_leave_its_folder(hub: HubImitation, name: str) -> None:
    with pytest.raises(BadInput, match="outside"):
        fetching.fetch(Repo(REPO), name)
    assert not hub.requests


def test_the_layout_is_the_hubs_own(hub: HubImitation) -> None:
    """The library's own look-up is the oracle: it finds what we wrote."""
    from huggingface_hub import try_to_load_from_cache

    path = fetching.fetch(Repo(REPO), "a.parquet")
    found = try_to_load_from_cache(REPO, "a.parquet", cache_dir=revisions.hub_cache(), repo_type="dataset")
    assert found == str(path)
    repo = revisions.Repo(REPO)
    assert hub_cache.cached(repo, "a.parquet") == path and hub_cache.cached_names(repo) == ("a.parquet",)


@pytest.mark.parametrize(
    ("size", "etag", "whole"), [(3, "", True), (4, "", False), (3, "sha256", True), (3, "sha1", True), (3, "0", False)]
)
def test_a_file_is_whole_by_size_and_checksum(tmp_path: Path, size: int, etag: str, whole: bool) -> None:
    (tmp_path / "x").write_bytes(b"abc")
    sums = {"sha256": hashlib.sha256(b"abc").hexdigest(), "sha1": hashlib.sha1(b"blob 3\0abc").hexdigest(), "0": "0" * 40}
    assert hub_cache.matches(tmp_path / "x", size, sums.get(etag, "no checksum")) is whole
