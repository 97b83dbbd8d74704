"""Fixtures of the unit tests: a fresh cache, an empty demo, and the stand-in for the torch side."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache and an empty demo; returns the cache folder."""
    monkeypatch.setenv("PTLIB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PTLIB_DEMO", str(tmp_path / "demo"))
    return tmp_path / "cache"


@pytest.fixture
def toy(cache: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The stand-in for the torch side on an empty cache; returns the id of its backbone."""
    import ptlib.tasks.registry
    from tests.fixtures import fakes

    monkeypatch.setattr(ptlib.tasks.registry, "all_tasks", ptlib.tasks.registry.all_tasks)
    fakes.install(lambda name, module: monkeypatch.setitem(sys.modules, name, module))
    yield fakes.backbone_folder(cache.parent / "toy-model")
