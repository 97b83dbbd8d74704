"""Questions to the Hub: each refusal has its message, at once; nobody is asked while the offline switch is on."""
# ruff: noqa: F811  (a fixture is an argument of the same name)

import time
from pathlib import Path

import pytest

from ptlib.base.errors import BadInput, NotAvailable
from ptlib.hub import fetching, revisions
from ptlib.hub.revisions import Repo
from ptlib.tasks import fetch as task_fetch
from ptlib.tasks.published.registry import HUB_TASKS
from tests.fixtures.hub_fixtures import DATA, REPO, HubImitation, hub  # noqa: F401

TASKS = {task.id: task for task in HUB_TASKS}


def blobs(name: str = REPO) -> list[Path]:
    folder = revisions.Repo(name).folder
    return sorted((folder / "blobs").glob("*")) if folder.exists() else []


@pytest.mark.parametrize(
    ("trouble", "kind", "words"),
    [
        ("unauthorised", NotAvailable, ("401", "hf auth login")),
        ("forbidden", NotAvailable, ("403", "hf auth login")),
        ("gated", NotAvailable, ("gated", "accept")),
        ("unknown", BadInput, ("does not exist",)),
        ("private", BadInput, ("private", "hf auth login")),
        ("no_file", BadInput, ("'a.parquet'", "moved or never there")),
        ("broken_server", NotAvailable, ("503", "later")),
        ("foreign", NotAvailable, ("HF_ENDPOINT",)),
    ],
)
def test_each_refusal_has_its_message_at_once(hub: HubImitation, trouble: str, kind: type, words: tuple[str, ...]) -> None:
    hub.trouble[REPO, "*"] = trouble
    begun = time.monotonic()
    with pytest.raises(kind) as error:
        fetching.fetch(Repo(REPO), "a.parquet")
    assert time.monotonic() - begun < 2
    assert REPO in str(error.value) or trouble == "foreign"
    assert all(word in str(error.value) for word in words)
    assert not blobs()


def test_an_unreachable_hub_is_reported_at_once(hub: HubImitation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    begun = time.monotonic()
    with pytest.raises(NotAvailable, match="Cannot reach the Hugging Face Hub"):
        fetching.fetch(Repo(REPO), "a.parquet")
    with pytest.raises(NotAvailable, match="PTLIB_OFFLINE"):
        task_fetch.task_files(TASKS["sst2"], "train")
    assert time.monotonic() - begun < 2


@pytest.mark.parametrize("name", ["PTLIB_OFFLINE", "HF_HUB_OFFLINE"])
def test_the_offline_switch_asks_nobody(hub: HubImitation, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "1")
    with pytest.raises(NotAvailable, match="offline switch"):
        fetching.fetch(Repo(REPO), "a.parquet")
    with pytest.raises(NotAvailable, match="offline switch"):
        task_fetch.task_files(TASKS["multi_news"], "train")
    assert not hub.requests
