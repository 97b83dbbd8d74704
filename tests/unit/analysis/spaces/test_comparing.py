"""Neighbourhoods in two spaces, against scikit-learn and scipy."""

import numpy as np
import pytest

from ptlib.analysis import clusters
from ptlib.analysis.spaces import comparing


def spaces() -> tuple[list[np.ndarray], list[str]]:
    """Ten tasks, three prompts each, in two spaces of different width that are partly alike."""
    rng = np.random.default_rng(0)
    tasks = [f"t{number}" for number in range(10) for _ in range(3)]
    core = rng.normal(size=(10, 6)).repeat(3, axis=0)
    wide = np.concatenate([core, rng.normal(size=(10, 4)).repeat(3, axis=0)], axis=1)
    return [core + rng.normal(0, 0.1, core.shape), wide + rng.normal(0, 0.1, wide.shape)], tasks


def test_neighbourhoods_equal_an_independent_computation() -> None:
    from scipy.spatial.distance import cdist
    from scipy.stats import spearmanr
    from sklearn.neighbors import NearestNeighbors

    given, tasks = spaces()
    names = list(dict.fromkeys(tasks))
    squares = []
    for vectors in given:
        squares.append(np.array([[cdist(vectors[np.array(tasks) == a], vectors[np.array(tasks) == b], "cosine").mean()
                                  for b in names] for a in names]))  # fmt: skip
    made = [
        comparing.task_distances(clusters.dissimilarity(clusters.scaled(vectors, "cosine", tasks), "cosine"), tasks)
        for vectors in given
    ]
    for square, table in zip(squares, made, strict=True):
        off = ~np.eye(10, dtype=bool)
        assert list(table.index) == names and table.to_numpy()[off] == pytest.approx(square[off])
    found = comparing.compare(*made, {name: name for name in names})
    assert found is not None and found.nearest == 3 and found.chance == pytest.approx(3 / 9)
    near = []
    for square in squares:
        np.fill_diagonal(square, 0)
        near.append(NearestNeighbors(n_neighbors=3, metric="precomputed").fit(square).kneighbors(return_distance=False))
    for place, row in enumerate(found.table.itertuples()):
        first, second = (set(those[place]) for those in near)
        assert row.shared == pytest.approx(len(first & second) / 3)
        assert set(row.first.split("; ")) == {names[at] for at in first}
        rest = [at for at in range(10) if at != place]
        assert row.rank == pytest.approx(spearmanr(squares[0][place, rest], squares[1][place, rest]).statistic)
    assert found.mean.value == pytest.approx(found.table.shared.mean())
    assert found.mean.low is not None and found.mean.low <= found.mean.value <= (found.mean.high or 0)


def test_a_space_agrees_with_itself_under_other_names_and_few_tasks_are_not_compared() -> None:
    (vectors, _), tasks = spaces()
    table = comparing.task_distances(clusters.distances(vectors), tasks)
    other = table.rename(index=str.upper, columns=str.upper)
    found = comparing.compare(table, other, {name: name.upper() for name in table.index})
    assert found is not None and found.mean.value == 1 and (found.table["rank"] > 0.999).all()
    assert comparing.compare(table, other, {"t0": "T0", "t1": "T1", "t2": "T2"}) is None
