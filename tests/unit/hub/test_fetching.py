"""Downloads against an imitation of the Hub: the right message at once, resumed, verified, pinned, and nothing partial."""
# ruff: noqa: F811  (a fixture is an argument of the same name)

import subprocess
import sys
import time
from pathlib import Path

import pytest

from ptlib.base.errors import Cancelled, Damaged, NotAvailable
from ptlib.base.progress import Silent
from ptlib.hub import cache as hub_cache
from ptlib.hub import fetching, remote, revisions
from ptlib.hub.revisions import Repo
from ptlib.tasks.published.registry import HUB_TASKS
from tests.fixtures.hub_fixtures import DATA, REPO, HubImitation, hub  # noqa: F401

TASKS = {task.id: task for task in HUB_TASKS}


class Watch(Silent):
    """Remembers what it was told; stops after some bytes."""

    def __init__(self, stop_at: int | None = None) -> None:
        self.told: list[tuple[str, int, int]] = []
        self.stop_at = stop_at

    def phase(self, name: str, done: int, total: int) -> None:
        self.told.append((name, done, total))

    def check(self) -> None:
        if self.stop_at is not None and self.told and self.told[-1][1] >= self.stop_at:
            raise Cancelled("stopped")


def blobs(name: str = REPO) -> list[Path]:
    folder = revisions.Repo(name).folder
    return sorted((folder / "blobs").glob("*")) if folder.exists() else []


def test_a_file_is_fetched_once_and_then_read_without_the_network(hub: HubImitation, monkeypatch: pytest.MonkeyPatch) -> None:
    watch = Watch()
    path = fetching.fetch(Repo(REPO), "a.parquet", progress=watch)
    assert path.read_bytes() == DATA
    assert watch.told[-1] == (f"download {REPO}/a.parquet", len(DATA), len(DATA))
    asked = len(hub.requests)
    monkeypatch.setenv("PTLIB_OFFLINE", "1")
    assert fetching.fetch(Repo(REPO), "a.parquet") == path
    assert len(hub.requests) == asked


def test_a_moved_repository_is_followed(hub: HubImitation) -> None:
    hub.trouble[REPO, "*"] = "redirect"
    assert fetching.fetch(Repo(REPO), "a.parquet").read_bytes() == DATA


def test_a_file_on_a_content_network_is_followed_without_the_token(hub: HubImitation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    with HubImitation() as network:
        commit = hub.commit("dataset", REPO, "main")
        network.add("dataset", REPO, {"a.parquet": DATA}, revision=commit)
        network.add("dataset", REPO, {"a.parquet": DATA})
        hub.cdn, hub.trouble[REPO, "*"] = network, "cdn"
        assert fetching.fetch(Repo(REPO), "a.parquet").read_bytes() == DATA
        assert hub.tokens == ["Bearer hf_secret"] * 2
        assert network.tokens == [""]


def test_a_cut_connection_is_resumed_where_it_broke(hub: HubImitation) -> None:
    hub.trouble[REPO, "a.parquet"] = "cut"
    assert fetching.fetch(Repo(REPO), "a.parquet").read_bytes() == DATA
    assert hub.gets("a.parquet") == ["", f"bytes={len(DATA) // 2}-"]


def test_a_killed_download_continues_in_the_next_process(hub: HubImitation) -> None:
    hub.trouble[REPO, "a.parquet"] = "drip"
    with pytest.raises(Cancelled):
        fetching.fetch(Repo(REPO), "a.parquet", progress=Watch(stop_at=4000))
    (part,) = blobs()
    assert part.suffix == ".part" and 0 < part.stat().st_size < len(DATA)
    size = part.stat().st_size
    assert hub_cache.cached(revisions.Repo(REPO), "a.parquet") is None
    hub.trouble.clear()
    assert fetching.fetch(Repo(REPO), "a.parquet").read_bytes() == DATA
    assert hub.gets("a.parquet")[-1] == f"bytes={size}-"
    assert [path.suffix for path in blobs()] == [""]


def test_kill_minus_nine_in_the_middle_leaves_a_part_that_the_next_process_continues(hub: HubImitation) -> None:
    hub.trouble[REPO, "a.parquet"] = "drip"
    code = f"from ptlib.hub.revisions import Repo; from ptlib.hub.fetching import fetch; fetch(Repo({REPO!r}), 'a.parquet')"
    child = subprocess.Popen([sys.executable, "-c", code], cwd=Path(fetching.__file__).parents[2])
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and not any(path.stat().st_size for path in blobs()):
        time.sleep(0.02)
    child.kill()
    child.wait()
    (part,) = blobs()
    size = part.stat().st_size
    assert part.suffix == ".part" and 0 < size < len(DATA)
    hub.trouble.clear()
    assert fetching.fetch(Repo(REPO), "a.parquet").read_bytes() == DATA
    assert hub.gets("a.parquet")[-1] == f"bytes={size}-"


def test_a_server_that_ignores_ranges_starts_over(hub: HubImitation) -> None:
    hub.trouble[REPO, "a.parquet"] = "drip"
    with pytest.raises(Cancelled):
        fetching.fetch(Repo(REPO), "a.parquet", progress=Watch(stop_at=4000))
    hub.trouble[REPO, "a.parquet"] = "no_range"
    assert fetching.fetch(Repo(REPO), "a.parquet").read_bytes() == DATA


def test_a_slow_drip_is_waited_for(hub: HubImitation) -> None:
    hub.trouble[REPO, "a.parquet"], hub.pace_s = "drip", 0.003
    watch = Watch()
    assert fetching.fetch(Repo(REPO), "a.parquet", progress=watch).read_bytes() == DATA
    assert len(watch.told) > 1


def test_a_stalled_download_gives_up_and_keeps_what_came(hub: HubImitation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote, "TIMEOUT_S", 0.2)
    monkeypatch.setattr(fetching, "TRIES", 1)
    hub.trouble[REPO, "a.parquet"] = "stall"
    with pytest.raises(NotAvailable, match=r"nothing came for a while\. What came is kept"):
        fetching.fetch(Repo(REPO), "a.parquet")
    assert hub_cache.cached(revisions.Repo(REPO), "a.parquet") is None
    assert [path.stat().st_size for path in blobs()] == [len(DATA) // 2]
    hub.trouble.clear()
    assert fetching.fetch(Repo(REPO), "a.parquet").read_bytes() == DATA


def test_a_connection_that_always_breaks_is_given_up(hub: HubImitation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "TRIES", 1)
    hub.trouble[REPO, "a.parquet"] = "cut_always"
    with pytest.raises(NotAvailable, match="stopped at 0 of 102,400 bytes: the connection broke"):
        fetching.fetch(Repo(REPO), "a.parquet")


def test_a_corrupt_download_is_thrown_away(hub: HubImitation) -> None:
    hub.trouble[REPO, "a.parquet"] = "corrupt"
    with pytest.raises(Damaged, match="checksum"):
        fetching.fetch(Repo(REPO), "a.parquet")
    assert not blobs()
