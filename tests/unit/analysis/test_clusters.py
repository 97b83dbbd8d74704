"""Pictures of the prompt space and their statistics, against scikit-learn and slow counts."""

import os
from pathlib import Path

import numpy as np
import pytest

from ptlib.analysis import clusters
from ptlib.base.errors import BadInput
from tests.fixtures.fake_analyses import cloud


def test_representations_are_what_their_names_say() -> None:
    prompts = list(np.random.default_rng(0).normal(size=(3, 4, 5)).astype(np.float32))
    assert np.allclose(clusters.represent(prompts, "mean", "abc"), [prompt.mean(0) for prompt in prompts])
    assert np.allclose(clusters.represent(prompts, "flat", "abc")[1], prompts[1].ravel())
    unequal = [prompts[0], prompts[1][:2]]
    assert clusters.represent(unequal, "mean", "ab").shape == (2, 5)
    with pytest.raises(BadInput, match=r"'a' and 'b' differ in shape: \[4, 5\] and \[2, 5\]"):
        clusters.represent(unequal, "flat", "ab")
    with pytest.raises(BadInput, match="differ in shape"):
        clusters.represent([prompts[0], prompts[1][:, :3]], "mean", "ab")
    prompts[1][0, 0] = np.nan
    with pytest.raises(BadInput, match="'b' holds values that are not finite"):
        clusters.represent(prompts, "mean", "abc")
    with pytest.raises(BadInput, match="'b' is zero everywhere"):
        clusters.scaled(np.eye(2)[:, :1], "cosine", "ab")


def test_pca_equals_scikit_learn_and_knows_its_variance() -> None:
    from sklearn.decomposition import PCA

    vectors = cloud()[0]
    picture, fit = clusters.draw(vectors, "pca", 3), PCA(3)
    assert np.allclose(np.abs(picture.coordinates), np.abs(fit.fit_transform(vectors)))
    assert picture.explained == pytest.approx(tuple(fit.explained_variance_ratio_)) and picture.reason == ""
    assert clusters.stability(vectors, picture, 3, 0, 15)["reason"].startswith("PCA has no random part")


@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
def test_neighbours_equal_scikit_learn(metric: str) -> None:
    from sklearn.neighbors import NearestNeighbors

    vectors, tasks, _ = cloud(2, 0.5)
    fit = NearestNeighbors(n_neighbors=4, metric=metric).fit(vectors)
    far, near = fit.kneighbors(vectors)
    found = clusters.neighbours(clusters.scaled(vectors, metric, tasks), metric, 3)
    assert [item[2] for item in found] == near[:, 1:].ravel().tolist()
    assert [item[3] for item in found] == pytest.approx(far[:, 1:].ravel().tolist(), abs=1e-6)


@pytest.mark.parametrize("count", [1, 2, 3])
@pytest.mark.parametrize("method", ["tsne", "umap"])
def test_few_prompts_are_shown_by_pca_with_the_reason(count: int, method: str) -> None:
    picture = clusters.draw(np.random.default_rng(0).normal(size=(count, 6)), method, 3)
    assert picture.method == "pca" and "needs at least 4 prompts" in picture.reason
    assert picture.coordinates.shape == (count, 3) and np.isfinite(picture.coordinates).all()


def test_equal_prompts_do_not_break_a_picture() -> None:
    same = np.ones((5, 3))
    picture = clusters.draw(same, "pca", 2)
    assert (picture.coordinates == 0).all() and picture.explained == (0.0, 0.0)


def test_tsne_is_reproducible_cautious_and_its_stability_is_measured() -> None:
    vectors = cloud(1, 4.0)[0]
    first, again = (clusters.draw(vectors, "tsne", 2, seed=3) for _ in range(2))
    assert np.array_equal(first.coordinates, again.coordinates) and "Only 8 prompts" in first.caution
    assert not np.array_equal(first.coordinates, clusters.draw(vectors, "tsne", 2, seed=4).coordinates)
    found = clusters.stability(vectors, first, 2, 3, 15, reruns=2)
    assert found["reruns"] == 2 and 0 <= found["disparity"] <= 1 and 0 <= found["persistence"] <= 1 and 0 <= found["kept"] <= 1


def test_points_on_a_way_are_fitted_but_do_not_count_as_neighbours() -> None:
    vectors = cloud(3, 1.0)[0]
    ways = np.concatenate([vectors, vectors * 0.999])  # every prompt's nearest point is its own
    picture = clusters.draw(ways, "pca", 2)
    alone = clusters.Picture(picture.coordinates[: len(vectors)], "pca")
    found = clusters.stability(ways, picture, 2, 0, 15, shown=len(vectors))
    assert found == clusters.stability(vectors, alone, 2, 0, 15)


@pytest.mark.slow
def test_umap_is_reproducible_also_with_few_points_and_leaves_the_threads_of_torch_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import numba
    import torch

    monkeypatch.setenv("NUMBA_THREADING_LAYER", "default")  # put back afterwards

    vectors, threads = cloud(3, 4.0)[0], torch.get_num_threads()
    for count, dimensions in ((4, 3), (5, 2), (24, 2)):
        first, again = (clusters.draw(vectors[:count], "umap", dimensions, seed=1) for _ in range(2))
        assert first.method == "umap" and np.array_equal(first.coordinates, again.coordinates)
        assert first.coordinates.shape == (count, dimensions) and np.isfinite(first.coordinates).all()
    assert first.parameters["n_neighbors"] == 15 and first.parameters["init"] == "spectral"
    assert numba.threading_layer() == "workqueue" and torch.get_num_threads() == threads  # what is tuned next has the same bits


@pytest.mark.parametrize("cache_is_closed", [False, True])
def test_what_is_compiled_has_a_place_without_a_home_and_in_an_install_that_cannot_be_written(
    cache_is_closed: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = tmp_path / "closed"  # a file: nothing can be written below it, whoever asks
    closed.write_bytes(b"")
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    monkeypatch.setenv("PTLIB_CACHE", str(closed / "c" if cache_is_closed else tmp_path / "cache"))
    clusters._keep_compiled()
    assert "NUMBA_CACHE_DIR" not in os.environ or not any(map(clusters._takes_files, clusters._numba_places()))
    monkeypatch.setattr(clusters, "_numba_places", lambda: [closed / "beside", closed / "home"])
    clusters._keep_compiled()
    place = Path(os.environ["NUMBA_CACHE_DIR"])
    assert place.is_dir() and (place == tmp_path / "cache" / "numba") is not cache_is_closed
    monkeypatch.delenv("NUMBA_CACHE_DIR")
