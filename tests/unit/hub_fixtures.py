"""The imitation of the Hub as a fixture: running, with an empty cache and one small data set."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from hub_imitation import HubImitation

from ptlib.hub import remote

REPO = "some/thing"
DATA = bytes(range(256)) * 400


@pytest.fixture
def hub(cache: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[HubImitation]:
    """A running imitation, with an empty Hub cache."""
    for name in ("HF_HUB_OFFLINE", "PTLIB_OFFLINE", "TRANSFORMERS_OFFLINE", "HF_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HF_HUB_CACHE", str(cache.parent / "hub-cache"))
    monkeypatch.setattr(remote, "TIMEOUT_S", 0.5)
    with HubImitation() as imitation:
        monkeypatch.setenv("HF_ENDPOINT", imitation.url)
        imitation.add("dataset", REPO, {"a.parquet": DATA, "readme.txt": b"hello"})
        yield imitation
