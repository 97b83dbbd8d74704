"""Analyses that the demo holds: listed, found by their specs, damaged ones left out."""

import json
from pathlib import Path

import pytest

from ptlib.analysis import stored as analyses
from ptlib.base.identity import SEAL
from ptlib.base.progress import Silent
from ptlib.demo import analyses as demo_analyses
from ptlib.demo import build as demo
from ptlib.models.spec import BackboneSpec
from ptlib.results.catalogue import Catalogue
from ptlib.runs import estimates
from ptlib.runs.kinds import left_of
from ptlib.transfer.spec import TransferSpec
from tests.fixtures import fakes
from tests.fixtures.fakes import ids

NAMES = fakes.NAMES[:3]


@pytest.fixture
def built(toy: str, monkeypatch: pytest.MonkeyPatch) -> TransferSpec:
    """A demo of three toy tasks and one seed, without UMAP."""
    spec = BackboneSpec(id=toy, name="toy", family="mlm", location=toy, source="embedded", width=fakes.D)
    for where, name, value in (
        (demo, "demo_backbones", lambda: (spec,)),
        (demo_analyses, "METHODS", ("pca",)),
        (demo, "available_tasks", lambda backbone: tuple(f"toy/{name}" for name in NAMES)),
        (demo, "default_settings", lambda backbone: fakes.SETTINGS),
    ):
        monkeypatch.setattr(where, name, value)
    fakes.distinct(monkeypatch.setattr, lambda values: {"trail": {0: values / 4, 5: values / 2}})
    assert len(list(demo.build((), (), (0,), "cpu", None, progress=Silent()))) == 1
    return fakes.transfer(toy, *NAMES, seeds=(0,))


def test_the_demo_holds_neurons_pictures_and_masking(built: TransferSpec, cache: Path) -> None:
    assert not cache.exists()
    found = analyses.listing(backbone=built.backbone)
    assert sorted(item.kind for item in found) == ["cluster"] * 5 + ["mask"] and {item.origin for item in found} == {"demo"}
    for item in found:
        spec = analyses.spec_of(item)
        assert spec.id == item.id and not left_of(spec) and estimates.estimate(spec).seconds == 0
    assert analyses.neuron_stack(ids(built)).activation.shape == (3, 2, 8)
    assert analyses.load_masking(next(item.id for item in found if item.kind == "mask")).unmasked == 0.9
    assert analyses.prompts_with_results(built.backbone) == ids(built)
    assert demo.check(0, "cpu", Silent())[0]["ok"]


def test_a_damaged_analysis_of_the_demo_costs_only_itself(built: TransferSpec, cache: Path) -> None:
    folder, before = next((cache.parent / "demo" / "results").iterdir()), Catalogue().fingerprint()
    (folder / "neurons.safetensors").write_bytes(b"broken")
    assert Catalogue().fingerprint() != before
    assert Catalogue().neurons(ids(built)[0]) is None and len(Catalogue().prompts(built.backbone)) == 3 + 3
    assert [item.name for item in Catalogue().damaged()] == [f"{folder.name}/neurons.safetensors"]
    assert not demo.check(0, "cpu", Silent())[0]["ok"]


def test_a_demo_of_an_earlier_version_is_still_read(built: TransferSpec, cache: Path) -> None:
    folder = next((cache.parent / "demo" / "results").iterdir())
    manifest = json.loads((folder / "manifest.json").read_text())
    del manifest["artefacts"], manifest[SEAL]  # earlier versions had no seal
    manifest["files"] = {
        name: sha
        for name, sha in manifest["files"].items()
        if name.count(".") == 1 and "/" not in name and name != "neurons.safetensors"
    }
    (folder / "manifest.json").write_text(json.dumps(manifest))
    assert len(Catalogue().prompts(built.backbone)) == 3 + 3 and Catalogue().damaged() == []
    assert analyses.listing() == [] and analyses.neuron_stack(ids(built)).missing == ids(built)
