"""Fixtures of the unit tests: a fresh cache, an empty demo, and the stand-in for the torch side."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from ptlib.transfer.spec import TransferSpec


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


@pytest.fixture
def space(toy: str, monkeypatch: pytest.MonkeyPatch) -> "TransferSpec":
    """Three toy tasks and two seeds, tuned; prompts that differ."""
    from ptlib.base.progress import Silent
    from ptlib.runs import execution
    from tests.fixtures import fakes

    fakes.distinct(monkeypatch.setattr)
    spec = fakes.transfer(toy, *fakes.NAMES[:3])
    execution.execute(spec, Silent())
    fakes.CALLS.clear()
    return spec


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory):
    """Kind of model -> frozen model, made and loaded when it is first asked for; shared by the tests of a process."""
    import torch

    from ptlib.models.load import FrozenModel, load_model
    from ptlib.models.registry import get_backbone
    from tests.fixtures import tiny_models

    torch.set_num_threads(1)  # threads only get into each other's way on models of this size
    root = tmp_path_factory.mktemp("models")

    class Models(dict[str, FrozenModel]):
        def __missing__(self, kind: str) -> FrozenModel:
            self[kind] = load_model(get_backbone(tiny_models.make(root / kind, kind)))
            return self[kind]

    return Models()
