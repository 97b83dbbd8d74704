"""The demo files: built from a run, read back the same, checked, and never used when damaged."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from ptlib.base.progress import Silent
from ptlib.demo import analyses as demo_analyses
from ptlib.demo import build as demo
from ptlib.models.spec import BackboneSpec
from ptlib.results.catalogue import Catalogue
from ptlib.results.prompts import soft_prompt
from ptlib.runs import estimates, execution, worker
from ptlib.runs import queue as jobs
from ptlib.transfer import warm
from ptlib.transfer.kinds import TRANSFER
from ptlib.transfer.matrix import build_matrix
from ptlib.transfer.spec import TransferSpec
from tests.fixtures import fakes


@pytest.fixture
def built(toy: str, monkeypatch: pytest.MonkeyPatch) -> TransferSpec:
    """A demo of two toy tasks and two seeds."""
    spec = BackboneSpec(id=toy, name="toy", family="mlm", location=toy, source="embedded", width=fakes.D)
    for name, value in (
        ("demo_backbones", lambda: (spec,)),
        ("available_tasks", lambda backbone: ("toy/alpha", "toy/beta")),
        ("default_settings", lambda backbone: fakes.SETTINGS),
    ):
        monkeypatch.setattr(demo, name, value)
    monkeypatch.setattr(demo_analyses, "specs", lambda spec: iter(()))  # test_analyses looks at these
    assert len(list(demo.build((), (), (0, 1), "cpu", None, progress=Silent()))) == 1
    return fakes.transfer(toy, "alpha", "beta")


def test_the_demo_reads_back_what_the_run_measured(built: TransferSpec, cache: Path) -> None:
    assert not cache.exists()  # the user's own store is not touched
    packed = build_matrix(Catalogue(), built.backbone)
    execution.execute(built, Silent(), demo=cache / "none")
    own = build_matrix(Catalogue(demo=cache / "none"), built.backbone)
    assert [cell.score for cell in packed.cells] == [cell.score for cell in own.cells]
    assert [cell.gain_low for cell in packed.cells] == [cell.gain_low for cell in own.cells]
    assert {cell.origin for cell in packed.cells} == {"demo"} and {cell.origin for cell in own.cells} == {"own"}
    name = built.prompts()[0].id
    first, second = (Catalogue(demo=place).predictions(name, "toy/beta") for place in (None, cache / "none"))
    assert first["predicted"].tolist() == second["predicted"].tolist() and list(first.columns) == list(second.columns)
    np.testing.assert_allclose(first["log_prob_0"], second["log_prob_0"], atol=1e-3)
    assert first["log_prob_0"].dtype == np.float32


def test_the_demo_holds_prompts_curves_and_where_they_come_from(built: TransferSpec) -> None:
    catalogue, name = Catalogue(), built.prompts()[1].id
    assert (catalogue.values(name) == 1).all() and not catalogue.values(name).flags.writeable
    assert catalogue.curve(name)["step"].tolist() == [0, 10]
    assert catalogue.provenance(built.backbone)["seeds"] == [0, 1]
    assert catalogue.recipes(built.backbone) == {fakes.SETTINGS.recipe: fakes.SETTINGS}
    assert soft_prompt(name).info.task == "toy/alpha"


def test_a_seed_that_the_demo_lacks_adds_one_to_its_cells_and_nothing_is_repeated(built: TransferSpec) -> None:
    fakes.CALLS.clear()
    piece = TransferSpec(built.backbone, ("toy/alpha",), ("toy/beta",), (2,), fakes.SETTINGS)
    estimate = estimates.estimate(piece)
    assert estimate.prompts_to_tune == 2 and "the build of the demo" in estimate.basis
    jobs.enqueue(piece)
    worker.work(once=True)
    assert fakes.CALLS == ["tune toy/alpha toy/beta from 0", "evaluate 4 on toy/beta"]
    cell = build_matrix(Catalogue(), built.backbone).get("toy/alpha", "toy/beta")
    assert (cell.n_seeds, cell.origin, cell.seeds) == (3, "own", (0, 1, 2))
    assert cell.run_ids[-1] == piece.prompts()[0].id


def test_warm_starts_are_packed_apart_from_the_map(built: TransferSpec) -> None:
    catalogue = Catalogue()
    assert set(warm.comparisons(catalogue, built.backbone)["target"]) == {"toy/alpha", "toy/beta"}
    assert len(catalogue.warm_scores(built.backbone)) == 4 and len(catalogue.recipes(built.backbone)) == 1
    assert {cell.source for cell in build_matrix(catalogue, built.backbone).cells} >= {"toy/alpha", "toy/beta", "untrained"}


def test_an_extended_build_measures_only_what_the_demo_lacks(built: TransferSpec) -> None:
    before = Catalogue().provenance(built.backbone)
    old = {row.id: row.tuning.finished for row in Catalogue().prompt_rows(built.backbone)}
    fakes.CALLS.clear()
    assert len(list(demo.build((), (), (0, 1, 2), "cpu", None, progress=Silent(), extend=True))) == 1
    tuned = [call for call in fakes.CALLS if call.startswith("tune")]
    # the new seed, in the stack that the whole map would have had, so that its bits do not depend on what was there
    assert tuned[0] == "tune toy/alpha toy/alpha toy/alpha toy/beta toy/beta toy/beta from 0"
    catalogue = Catalogue()
    assert not catalogue.damaged() and catalogue.provenance(built.backbone)["seeds"] == [0, 1, 2]
    assert catalogue.provenance(built.backbone)["seconds"] >= before["seconds"]
    assert {row.id: row.tuning.finished for row in catalogue.prompt_rows(built.backbone)}.items() > old.items()
    assert {cell.n_seeds for cell in build_matrix(catalogue, built.backbone).cells if cell.source != "hand_written"} == {3}
    assert all(list(catalogue.trail(prompt.id)) == [0, 5] for prompt in built.prompts())


def test_the_check_measures_cells_again_and_sees_changed_numbers(built: TransferSpec, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = demo.check(5, "cpu", Silent())
    assert len(rows) == 6 and all(row["ok"] for row in rows)
    from dataclasses import replace

    right = fakes._predict
    monkeypatch.setattr(fakes, "_predict", lambda *a: replace(right(*a), score=1 - right(*a).score))
    assert not all(row["ok"] for row in demo.check(5, "cpu", Silent()))


@pytest.mark.parametrize("name", ["scores.parquet", "predictions.parquet", "prompts.safetensors", "manifest.json"])
def test_damaged_demo_files_are_listed_not_used_and_can_be_run_again(built: TransferSpec, cache: Path, name: str) -> None:
    folder = next((cache.parent / "demo" / "results").iterdir())
    before = Catalogue().fingerprint()
    data = bytearray((folder / name).read_bytes())
    data[len(data) // 2] ^= 1
    (folder / name).write_bytes(data if name != "manifest.json" else data[:40])
    catalogue = Catalogue()
    assert catalogue.fingerprint() != before
    assert catalogue.backbones() == [] and [item.kind for item in catalogue.damaged()] == ["demo"]
    assert catalogue.predictions(built.prompts()[0].id, "toy/beta") is None
    assert len(TRANSFER.missing(built, catalogue).prompts) == 4
    if name != "manifest.json":
        assert any(not row["ok"] for row in demo.check(0, "cpu", Silent()))


def test_a_demo_that_was_taken_away_is_simply_empty(built: TransferSpec, cache: Path) -> None:
    shutil.rmtree(cache.parent / "demo")
    assert Catalogue().backbones() == [] and Catalogue().damaged() == []
