"""Which projections the demo holds, and how they get into its files."""

import json
import shutil
from pathlib import Path

import pytest

from ptlib.base import paths
from ptlib.base.progress import Silent
from ptlib.demo import projections
from ptlib.projection.spec import RECIPES, ProjectSpec, recipe
from ptlib.projection.stored import listing, load
from ptlib.results.catalogue import Catalogue
from ptlib.results.store import Store

SMALL, WIDE, TASK = "demo/roberta-small", "demo/roberta-wide", "demo/film_snippet"
TINY = ProjectSpec(SMALL, WIDE, "vocabulary", (TASK,), seeds=(0, 1), columns=(TASK,), limit=4)
LARGE = recipe(SMALL, WIDE, (TASK,), "paper", seeds=(0, 1), columns=(TASK,), limit=4, steps=1, batch_size=2)


def test_the_ladder_is_there_in_both_directions_and_nothing_twice() -> None:
    specs = list(projections.specs())
    assert len({spec.id for spec in specs}) == len(specs)
    for source, target in ((SMALL, WIDE), (WIDE, SMALL)):
        assert {recipe(source, target, (TASK,), name) for name in RECIPES} <= set(specs)


def test_they_are_listed_chosen_projectors_kept_and_old_ones_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if not (paths.DEMO / "results").exists():
        pytest.skip("the demo is not in this checkout")
    demo = tmp_path / "demo"
    shutil.copytree(paths.DEMO, demo)
    monkeypatch.setenv("PTLIB_DEMO", str(demo))
    monkeypatch.setenv("PTLIB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(projections, "specs", lambda: iter([TINY, LARGE]))
    monkeypatch.setattr(projections, "keeps_projectors", lambda spec: spec == TINY)
    store = Store(tmp_path / "work")
    assert list(projections.make(Silent(), "cpu", store)) == [demo / "results" / "roberta-wide"]
    files = {path.name for path in (demo / "results" / "roberta-wide" / "analyses").glob("x*")}
    assert files == {f"{spec.id}-{seed}.parquet" for spec in (TINY, LARGE) for seed in (0, 1)} | {
        f"{TINY.id}-{seed}.safetensors" for seed in (0, 1)
    }
    catalogue = Catalogue()
    assert {spec.id for spec in listing(catalogue, SMALL, WIDE)} == {TINY.id, LARGE.id} and not catalogue.damaged()
    found = load(TINY, catalogue)
    assert found is not None and found.origin == "demo"
    monkeypatch.setattr(projections, "specs", lambda: iter([TINY]))
    projections.pack(WIDE, Store(tmp_path / "nothing"))
    listed = json.loads((demo / "results" / "roberta-wide" / "manifest.json").read_text())
    assert not any(LARGE.id in name for name in listed["files"]) and load(LARGE, Catalogue()) is None
    assert listing(Catalogue(), SMALL, WIDE) == [TINY]
