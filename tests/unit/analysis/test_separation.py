"""Do families cluster: against scikit-learn and slow counts."""

import numpy as np
import pytest

from ptlib.analysis import clusters, separation
from tests.fixtures.fake_analyses import cloud


@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
def test_the_silhouette_equals_scikit_learn(metric: str) -> None:
    from sklearn.metrics import silhouette_score

    vectors, tasks, families = cloud(2, 0.5)
    apart = clusters.dissimilarity(clusters.scaled(vectors, metric, tasks), metric)
    for labels in (tasks, families, ["alone", *families[1:]]):
        codes = np.unique(labels, return_inverse=True)[1]
        assert separation.silhouette(apart, codes) == pytest.approx(silhouette_score(vectors, labels, metric=metric))


def test_families_that_cluster_are_found_and_noise_is_not() -> None:
    for gap, least, most in ((3.0, 0, 0.05), (0.0, 0.05, 1)):
        vectors, tasks, families = cloud(3, gap)
        rows = separation.statistics(clusters.distances(vectors), tasks, families, 199)
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
    vectors, tasks, families = cloud(3, 0.0)
    apart = clusters.distances(vectors)
    hits = 0
    for point in range(len(tasks)):
        others = [place for place in range(len(tasks)) if tasks[place] != tasks[point]]
        hits += families[min(others, key=lambda place: apart[point, place])] == families[point]
    assert separation.statistics(apart, tasks, families, 9)[1]["value"] == pytest.approx(hits / len(tasks))


def test_statistics_say_why_they_are_missing() -> None:
    apart = clusters.distances(np.random.default_rng(0).normal(size=(3, 4)))
    one = separation.statistics(apart, "abc", "xxx", 9)
    assert one[0]["value"] is None and one[0]["reason"] == "All prompts belong to one family."
    lone = separation.statistics(apart, "abc", "xyz", 9)
    assert lone[1]["p"] is None and "two tasks" in lone[1]["reason"]


def test_an_unknown_family_is_never_counted_as_one() -> None:
    vectors, tasks, families = cloud(3, 1.0)
    lost = [family if task not in ("t0", "t4") else "unknown" for task, family in zip(tasks, families, strict=True)]
    apart = clusters.distances(vectors)
    there = np.array([family != "unknown" for family in lost])
    left = separation.statistics(apart[np.ix_(there, there)], *([x for x, y in zip(these, there, strict=True) if y]
                                                                for these in (tasks, lost)), 99)  # fmt: skip
    whole = separation.statistics(apart, tasks, lost, 99)
    assert whole[:2] == [row | {"left_out": 6} for row in left[:2]] and whole[0]["groups"] == 2
    assert whole[2]["by"] == "task" and whole[2]["n"] == len(tasks) and whole[2]["left_out"] == 0
    none = separation.statistics(apart, tasks, ["unknown"] * len(tasks), 9)
    assert none[0]["value"] is None and "known" in none[0]["reason"] and none[0]["left_out"] == len(tasks)
