"""Analyses as runs: queued, computed once, stored with a checksum, found again; and what is refused."""

import json
import sqlite3
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest

from ptlib.analysis import stored as analyses
from ptlib.analysis.references import reference
from ptlib.analysis.specs import ClusterSpec, MaskSpec, NeuronSpec
from ptlib.base.errors import BadInput, Damaged
from ptlib.base.identity import SEAL
from ptlib.base.progress import Silent
from ptlib.cli import main
from ptlib.demo import analyses as demo_analyses
from ptlib.demo import build as demo
from ptlib.models.spec import BackboneSpec
from ptlib.results import artefacts
from ptlib.results.catalogue import Catalogue
from ptlib.results.store import SCHEMA_VERSION, Store
from ptlib.runs import execution, worker
from ptlib.runs import queue as jobs
from ptlib.runs.kinds import kind_of, left_of
from ptlib.transfer.spec import TransferSpec
from tests.fixtures import fakes

NAMES = ("alpha", "beta", "gamma")


def distinct(monkeypatch: pytest.MonkeyPatch, more=lambda values: {}) -> None:
    """Let every prompt come out of tuning with values of its own."""
    result = fakes.result

    def drawn(spec):
        plain = result(spec)
        values = np.random.default_rng([ord(c) for c in spec.id]).normal(size=(fakes.P, fakes.D)).astype(np.float32)
        return type(plain)(**{**plain.__dict__, "prompt": replace(plain.prompt, values=values), **more(values)})

    monkeypatch.setattr(fakes, "result", drawn)


@pytest.fixture
def space(toy: str, monkeypatch: pytest.MonkeyPatch) -> TransferSpec:
    """Three tasks and two seeds, tuned; prompts that differ."""
    distinct(monkeypatch)
    spec = fakes.transfer(toy, *NAMES)
    execution.execute(spec, Silent())
    fakes.CALLS.clear()
    return spec


def ids(spec: TransferSpec) -> tuple[str, ...]:
    return tuple(prompt.id for prompt in spec.prompts())


def test_specs_survive_json_and_have_ids_of_their_own(space: TransferSpec) -> None:
    a, b, *_ = ids(space)
    specs = (NeuronSpec("x", (a,)), MaskSpec("x", a, "t", (b,), (0.5,)), ClusterSpec("x", (a, b), "umap", 3, "neurons"))
    assert [spec.id[0] for spec in specs] == ["n", "m", "c"]
    for spec in specs:
        again = kind_of(spec).read(json.loads(json.dumps(asdict(spec))))
        assert again == spec and again.id == spec.id
    assert replace(specs[2], seed=1).id != specs[2].id and specs[1].doses == 3 * 21


def test_neurons_go_through_the_queue_and_only_new_ones_are_read(space: TransferSpec) -> None:
    first = NeuronSpec(space.backbone, ids(space)[:2])
    job = jobs.enqueue(first)
    assert (job.kind, job.state, job.title) == ("neurons", "queued", f"Read neurons of 2 prompts, {space.backbone}")
    worker.work(once=True)
    assert jobs.get(job.id).state == "done" and jobs.enqueue(first).state == "done"
    jobs.enqueue(NeuronSpec(space.backbone, ids(space)[:3]))
    worker.work(once=True)
    assert fakes.CALLS == ["neurons of 1"] * 3
    stack = analyses.neuron_stack(ids(space)[:4])
    assert stack.prompts == ids(space)[:3] and stack.missing == ids(space)[3:4] and stack.activation.shape == (3, 2, 8)
    assert not Catalogue().neurons(ids(space)[0]).flags.writeable and Catalogue().neurons("none") is None


def test_a_picture_is_computed_once_and_read_back(space: TransferSpec) -> None:
    spec = ClusterSpec(space.backbone, ids(space))
    assert analyses.load_clusters(spec.id) is None and jobs.estimate(spec).seconds > 0
    before = Catalogue().fingerprint()
    jobs.enqueue(spec)
    worker.work(once=True)
    assert jobs.get(spec.id).state == "done" and Catalogue().fingerprint() != before
    found = analyses.load_clusters(spec.id)
    assert found.spec == spec and found.method == "pca" and len(found.explained) == 2
    assert list(found.points.columns) == ["prompt", "name", "task", "family", "seed", "step", "earlier", "x", "y"]
    assert found.points["prompt"].tolist() == list(ids(space)) and set(found.points["family"]) == {"sentiment"}
    assert found.neighbours.groupby("prompt")["rank"].max().eq(5).all()
    assert found.statistics["reason"].iloc[0] == "All prompts belong to one family." and found.statistics["p"].iloc[2] > 0
    assert jobs.estimate(spec).seconds == 0 and not left_of(spec)
    (listed,) = analyses.listing("cluster", space.backbone)
    assert listed.id == spec.id and analyses.spec_of(listed) == spec


def test_a_picture_of_neurons_reads_what_is_lacking_and_ways_are_placed(space: TransferSpec) -> None:
    execution.execute(ClusterSpec(space.backbone, ids(space), on="neurons"), Silent())
    assert fakes.CALLS == ["neurons of 1"] * 6 and len(analyses.listing("neurons")) == 6
    spec = ClusterSpec(space.backbone, ids(space), metric="euclidean", trails=True)
    execution.execute(spec, Silent())
    points = analyses.load_clusters(spec.id).points
    assert points.loc[points["earlier"], "step"].tolist() == [0, 5] * 6 and len(points) == 6 + 12
    assert points.loc[points["earlier"], "prompt"].tolist() == [name for name in ids(space) for _ in range(2)]


def test_a_prompt_without_a_kept_way_still_shows_where_it_started(space: TransferSpec, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Catalogue, "trail", lambda self, name: {})
    spec = ClusterSpec(space.backbone, ids(space), metric="euclidean", trails=True)
    execution.execute(spec, Silent())
    points = analyses.load_clusters(spec.id).points
    assert points.loc[points["earlier"], "step"].tolist() == [0] * 6


def test_the_way_of_a_prompt_is_kept_beside_it_and_checked(space: TransferSpec) -> None:
    name = ids(space)[1]
    kept = Catalogue().trail(name)
    assert list(kept) == [0, 5] and kept[5].shape == (fakes.P, fakes.D) and np.allclose(kept[5], 0.5)
    (Store().prompt_folder(name) / "trail.safetensors").write_bytes(b"other")
    with pytest.raises(Damaged):
        Catalogue().trail(name)


def test_masking_is_stored_and_summarised(space: TransferSpec) -> None:
    a, _, b, *_ = ids(space)
    spec = MaskSpec(space.backbone, a, "toy/alpha", (b,), (0.5, 1.0), 4)
    assert jobs.estimate(spec).cells_to_evaluate == 3 * 2 * 5 + 1
    jobs.enqueue(spec)
    worker.work(once=True)
    found = analyses.load_masking(spec.id)
    assert found.unmasked == 0.9 and len(found.doses) == 1 + 3 * 2 * 5
    summary = found.summary()
    assert list(summary.columns) == list(analyses.SUMMARY_COLUMNS)
    assert summary["condition"].tolist() == ["own"] * 2 + ["shared"] * 2 + ["other"] * 2
    row = summary.iloc[1]
    assert row["loss"] == pytest.approx(0.5) and row["random_loss"] == pytest.approx(0.25) and row["p"] == pytest.approx(1 / 5)
    assert row["more"] == pytest.approx(0.25)


def test_a_cancelled_analysis_stores_nothing_and_can_be_resumed(space: TransferSpec) -> None:
    spec = MaskSpec(space.backbone, ids(space)[0], "toy/alpha")
    jobs.enqueue(spec)
    store = Store()
    assert worker.claim(store, "cpu", spec.id)
    jobs.cancel(spec.id)
    assert worker.perform(store, spec.id, "cpu") == "cancelled" and analyses.load_masking(spec.id) is None
    jobs.resume(spec.id)
    worker.work(once=True)
    assert analyses.load_masking(spec.id) is not None


def test_a_damaged_result_is_not_used_but_named_and_made_anew(space: TransferSpec) -> None:
    spec = ClusterSpec(space.backbone, ids(space))
    execution.execute(spec, Silent())
    path = analyses.listing("cluster")[0].path
    path.write_bytes(path.read_bytes()[:-9] + b"123456789")
    assert analyses.load_clusters(spec.id) is None
    assert [item.kind for item in Catalogue().damaged()] == ["analysis"]
    execution.execute(spec, Silent())
    assert analyses.load_clusters(spec.id) is not None and Catalogue().damaged() == []


def test_a_store_of_the_first_version_is_read_and_completed(space: TransferSpec) -> None:
    store = Store()
    with sqlite3.connect(store.database) as connection:
        connection.execute("DROP TABLE artefacts")
        connection.execute("UPDATE meta SET value = 1 WHERE key = 'schema'")
    connection.close()
    assert Catalogue().artefacts() == [] and len(Catalogue().prompts(space.backbone)) == 6
    execution.execute(NeuronSpec(space.backbone, ids(space)[:1]), Silent())
    assert len(Catalogue().artefacts()) == 1 and len(Catalogue().prompts(space.backbone)) == 6
    assert store.query("SELECT value FROM meta WHERE key = 'schema'")[0][0] == SCHEMA_VERSION


def test_half_floats_keep_the_sets() -> None:
    values = np.array([1e-12, -1e-12, 0.0, 1e9, -1e9, 0.5], np.float32)
    assert ((artefacts.half(values) > 0) == (values > 0)).all() and np.isfinite(artefacts.half(values)).all()


def _nan(space: TransferSpec) -> None:
    store, name = Store(), ids(space)[1]
    from ptlib.base.files import write_folder

    broken = fakes.SoftPrompt(np.full((fakes.P, fakes.D), np.nan, np.float32), fakes.Prompt(name, space.backbone, "toy/alpha", 1))
    with store.writing() as connection:
        connection.execute(
            "UPDATE prompts SET sha256 = ?, seal = NULL WHERE prompt_id = ?",
            (write_folder(store.prompt_folder(name), broken.save), name),
        )


def test_bad_requests_are_one_clear_message(space: TransferSpec, tmp_path: Path) -> None:
    a, b, *_ = ids(space)
    for words, act in (
        ("at least 2 prompts, got 1", lambda: ClusterSpec(space.backbone, (a,))),
        ("named twice", lambda: ClusterSpec(space.backbone, (a, a))),
        ("Unknown method 'mds'", lambda: ClusterSpec(space.backbone, (a, b), "mds")),
        ("above 0, at most 1", lambda: MaskSpec(space.backbone, a, "toy/alpha", ratios=(0.0, 2.0))),
        ("Unknown prompt 'nobody'", lambda: jobs.enqueue(ClusterSpec(space.backbone, (a, "nobody")))),
        ("was tuned on", lambda: jobs.enqueue(ClusterSpec("another", (a, b)))),
        ("Unknown task", lambda: jobs.enqueue(MaskSpec(space.backbone, a, "toy/nothing"))),
    ):
        with pytest.raises(BadInput, match=words):
            act()
    folder = tmp_path / "mine"
    fakes.SoftPrompt(np.ones((fakes.P, 7), np.float32), fakes.Prompt("f", space.backbone, "toy/beta", 0)).save(folder)
    ref = reference(str(folder))
    with pytest.raises(BadInput, match="'mine' differ in shape"):
        jobs.enqueue(ClusterSpec(space.backbone, (a, ref)))
    (folder / "prompt.json").write_text("{}")
    with pytest.raises(BadInput, match="has changed since"):
        jobs.enqueue(ClusterSpec(space.backbone, (a, ref)))
    _nan(space)
    with pytest.raises(BadInput, match="not finite"):
        jobs.enqueue(ClusterSpec(space.backbone, (a, b)))


def test_two_prompts_are_a_line_with_the_reason(space: TransferSpec) -> None:
    spec = ClusterSpec(space.backbone, ids(space)[:3:2], "tsne")
    execution.execute(spec, Silent())
    found = analyses.load_clusters(spec.id)
    assert (found.method, found.caution) == ("pca", "2 prompts always lie on a line.") and "at least 4 prompts" in found.reason
    assert found.stability["reason"].startswith("Fewer than three")


def test_the_command_line(space: TransferSpec, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    a, _, b, *_ = ids(space)
    out = tmp_path / "out.csv"
    assert main(["neurons", a, b, "--layers", "0-1", "--json", "--out", str(out)]) == 0
    told = json.loads(capsys.readouterr().out)
    assert len(told["sets"]) == 4 and told["pairs"][0]["chance"] > 0 and out.read_text().startswith("a,b,first,last")
    assert main(["neurons", a]) == 0 and "nothing to overlap" in capsys.readouterr().err
    assert main(["neurons", a, b, "--layers", "5"]) == 2 and "counted from 0" in capsys.readouterr().err
    assert main(["mask", a, "toy/alpha", "--other", b, "--draws", "2", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["unmasked"] == 0.9 and len(told["summary"]) == 12 and told["summary"][0]["condition"] == "own"
    assert main(["mask", a, "toy/alpha", "--other", b, "--draws", "2"]) == 0
    assert "stored already" in capsys.readouterr().err
    assert main(["cluster", space.backbone, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert len(told["points"]) == 6 and told["statistics"][0]["value"] is None and told["stability"]["persistence"] == 1
    assert main(["cluster", space.backbone, "--method", "tsne", "--out", str(out)]) == 0 and "x,y" in out.read_text()
    (run,) = [job.id for job in jobs.listing() if job.kind == "mask"]
    assert main(["export", run, "--format", "csv"]) == 2 and "is no piece of the map" in capsys.readouterr().err
    assert main(["cluster", a]) == 2 and main(["cluster", a, "nobody"]) == 2 and main(["mask", a, "toy/x"]) == 2


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
    distinct(monkeypatch, lambda values: {"trail": {0: values / 4, 5: values / 2}})
    assert len(list(demo.build((), (), (0,), "cpu", None, progress=Silent()))) == 1
    return fakes.transfer(toy, *NAMES, seeds=(0,))


def test_the_demo_holds_neurons_pictures_and_masking(built: TransferSpec, cache: Path) -> None:
    assert not cache.exists()
    found = analyses.listing(backbone=built.backbone)
    assert sorted(item.kind for item in found) == ["cluster"] * 5 + ["mask"] and {item.origin for item in found} == {"demo"}
    for item in found:
        spec = analyses.spec_of(item)
        assert spec.id == item.id and not left_of(spec) and jobs.estimate(spec).seconds == 0
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
