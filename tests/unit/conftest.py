"""Fixtures of the unit tests: a fresh cache, an empty demo, and the stand-in for the torch side."""

from pathlib import Path

import pytest


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache and an empty demo; returns the cache folder."""
    monkeypatch.setenv("PTLIB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PTLIB_DEMO", str(tmp_path / "demo"))
    return tmp_path / "cache"


@pytest.fixture
def toy(cache: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Toy tasks, and a stand-in for the torch side, on an empty cache; returns the id of the toy backbone."""
    from tests.fixtures import fakes

    fakes.install(monkeypatch.setattr)
    fakes.write_examples(cache.parent / "demo")
    return fakes.backbone_folder(cache.parent / "toy-model")
