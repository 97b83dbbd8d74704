"""Analyses as runs: queued, computed once, stored with a checksum, found again; and what is refused."""

import pytest

from ptlib.analysis import stored as analyses
from ptlib.analysis.specs import ClusterSpec, MaskSpec
from ptlib.results.catalogue import Catalogue
from ptlib.runs import estimates, worker
from ptlib.runs import queue as jobs
from ptlib.runs.kinds import left_of
from ptlib.transfer.spec import TransferSpec
from tests.fixtures.fakes import ids


def test_a_picture_is_computed_once_and_read_back(space: TransferSpec) -> None:
    spec = ClusterSpec(space.backbone, ids(space))
    assert analyses.load_clusters(spec.id) is None and estimates.estimate(spec).seconds > 0
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
    assert estimates.estimate(spec).seconds == 0 and not left_of(spec)
    (listed,) = analyses.listing("cluster", space.backbone)
    assert listed.id == spec.id and analyses.spec_of(listed) == spec


def test_masking_is_stored_and_summarised(space: TransferSpec) -> None:
    a, _, b, *_ = ids(space)
    spec = MaskSpec(space.backbone, a, "toy/alpha", (b,), (0.5, 1.0), 4)
    assert estimates.estimate(spec).cells_to_evaluate == 3 * 2 * 5 + 1
    jobs.enqueue(spec)
    worker.work(once=True)
    found = analyses.load_masking(spec.id)
    assert found.unmasked == 0.9 and len(found.doses) == 1 + 3 * 2 * 5
    summary = found.summary()
    assert " ".join(summary.columns) == (
        "condition other ratio neurons n unmasked score low high loss random_score random_low random_high random_loss more "
        "p draws p_corrected"
    )
    assert summary["condition"].tolist() == ["own"] * 2 + ["shared"] * 2 + ["other"] * 2
    row = summary.iloc[1]
    assert row["loss"] == pytest.approx(0.5) and row["random_loss"] == pytest.approx(0.25) and row["p"] == pytest.approx(1 / 5)
    assert row["more"] == pytest.approx(0.25)
