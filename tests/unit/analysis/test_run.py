"""Analyses carried out: through the queue, once, only what lacks; cancelled, damaged and refused ones."""

from pathlib import Path

import numpy as np
import pytest

from ptlib.analysis import stored as analyses
from ptlib.analysis.references import reference
from ptlib.analysis.specs import ClusterSpec, MaskSpec, NeuronSpec
from ptlib.base.errors import BadInput
from ptlib.base.progress import Silent
from ptlib.results.catalogue import Catalogue
from ptlib.results.store import Store
from ptlib.runs import execution, worker
from ptlib.runs import queue as jobs
from ptlib.transfer.spec import TransferSpec
from tests.fixtures import fakes
from tests.fixtures.fakes import ids


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


def _nan(space: TransferSpec) -> None:
    store, name = Store(), ids(space)[1]
    from ptlib.base.files import write_folder

    broken = fakes.SoftPrompt(np.full((fakes.P, fakes.D), np.nan, np.float32), fakes.Prompt(name, space.backbone, "toy/alpha", 1))
    with store.writing() as connection:
        connection.execute(
            "UPDATE prompts SET sha256 = ?, seal = NULL WHERE prompt_id = ?",
            (write_folder(store.prompt_folder(name), broken.save), name),
        )


def test_unknown_names_changed_folders_and_broken_values_are_refused(space: TransferSpec, tmp_path: Path) -> None:
    a, b, *_ = ids(space)
    for words, act in (
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
