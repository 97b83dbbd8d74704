"""Pictures of the prompt space and their statistics, against scikit-learn and slow counts."""

import numpy as np
import pytest

from ptlib.analysis import clusters
from ptlib.base.errors import BadInput

TASKS = [f"t{place}" for place in range(8)]
FAMILIES = ["a"] * 4 + ["b"] * 4


def _families(seeds: int = 3, gap: float = 2.0) -> tuple[np.ndarray, list[str], list[str]]:
    """Vectors of 8 tasks in 2 families, `seeds` each."""
    rng = np.random.default_rng(0)
    centres = {"a": rng.normal(size=12), "b": rng.normal(size=12)}
    tasks, families, rows = [], [], []
    for task, family in zip(TASKS, FAMILIES, strict=True):
        place = gap * centres[family] + rng.normal(size=12)
        for _ in range(seeds):
            tasks.append(task)
            families.append(family)
            rows.append(place + 0.2 * rng.normal(size=12))
    return np.array(rows), tasks, families


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

    vectors = _families()[0]
    picture, fit = clusters.draw(vectors, "pca", 3), PCA(3)
    assert np.allclose(np.abs(picture.coordinates), np.abs(fit.fit_transform(vectors)))
    assert picture.explained == pytest.approx(tuple(fit.explained_variance_ratio_)) and picture.reason == ""
    assert clusters.stability(vectors, picture, 3, 0, 15)["reason"].startswith("PCA has no random part")


@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
def test_silhouette_and_neighbours_equal_scikit_learn(metric: str) -> None:
    from sklearn.metrics import silhouette_score
    from sklearn.neighbors import NearestNeighbors

    vectors, tasks, families = _families(2, 0.5)
    apart = clusters.dissimilarity(clusters.scaled(vectors, metric, tasks), metric)
    for labels in (tasks, families, ["alone", *families[1:]]):
        codes = np.unique(labels, return_inverse=True)[1]
        assert clusters.silhouette(apart, codes) == pytest.approx(silhouette_score(vectors, labels, metric=metric))
    fit = NearestNeighbors(n_neighbors=4, metric=metric).fit(vectors)
    far, near = fit.kneighbors(vectors)
    found = clusters.neighbours(clusters.scaled(vectors, metric, tasks), metric, 3)
    assert [item[2] for item in found] == near[:, 1:].ravel().tolist()
    assert [item[3] for item in found] == pytest.approx(far[:, 1:].ravel().tolist(), abs=1e-6)


def test_families_that_cluster_are_found_and_noise_is_not() -> None:
    for gap, least, most in ((3.0, 0, 0.05), (0.0, 0.05, 1)):
        vectors, tasks, families = _families(3, gap)
        rows = clusters.statistics(clusters.distances(vectors), tasks, families, 199)
        assert [(row["by"], row["measure"]) for row in rows] == [
            ("family", "silhouette"),
            ("family", "neighbour purity"),
            ("task", "silhouette"),
            ("task", "neighbour purity"),
        ]
        assert all(least <= row["p"] <= most for row in rows[:2]), rows
        assert all(row["p"] <= 0.05 for row in rows[2:])  # seeds of one task always lie together
    assert rows[1]["chance"] == pytest.approx(3 / 7, abs=0.05)  # of 7 other tasks 3 are of the family


def test_purity_looks_past_the_seeds_of_the_own_task() -> None:
    vectors, tasks, families = _families(3, 0.0)
    apart = clusters.distances(vectors)
    hits = 0
    for point in range(len(tasks)):
        others = [place for place in range(len(tasks)) if tasks[place] != tasks[point]]
        hits += families[min(others, key=lambda place: apart[point, place])] == families[point]
    assert clusters.statistics(apart, tasks, families, 9)[1]["value"] == pytest.approx(hits / len(tasks))


def test_statistics_say_why_they_are_missing() -> None:
    apart = clusters.distances(np.random.default_rng(0).normal(size=(3, 4)))
    one = clusters.statistics(apart, "abc", "xxx", 9)
    assert one[0]["value"] is None and one[0]["reason"] == "All prompts belong to one family."
    lone = clusters.statistics(apart, "abc", "xyz", 9)
    assert lone[1]["p"] is None and "two tasks" in lone[1]["reason"]


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
    vectors = _families(1, 4.0)[0]
    first, again = (clusters.draw(vectors, "tsne", 2, seed=3) for _ in range(2))
    assert np.array_equal(first.coordinates, again.coordinates) and "Only 8 prompts" in first.caution
    assert not np.array_equal(first.coordinates, clusters.draw(vectors, "tsne", 2, seed=4).coordinates)
    found = clusters.stability(vectors, first, 2, 3, 15, reruns=2)
    assert found["reruns"] == 2 and 0 <= found["disparity"] <= 1 and 0 <= found["persistence"] <= 1 and 0 <= found["kept"] <= 1


@pytest.mark.slow
def test_umap_is_reproducible_also_with_few_points() -> None:
    vectors = _families(3, 4.0)[0]
    for count, dimensions in ((4, 3), (5, 2), (24, 2)):
        first, again = (clusters.draw(vectors[:count], "umap", dimensions, seed=1) for _ in range(2))
        assert first.method == "umap" and np.array_equal(first.coordinates, again.coordinates)
        assert first.coordinates.shape == (count, dimensions) and np.isfinite(first.coordinates).all()
    assert first.parameters["n_neighbors"] == 15 and first.parameters["init"] == "spectral"
