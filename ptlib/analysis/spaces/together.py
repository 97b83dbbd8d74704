"""Prompts of several spaces in one picture: by their values where widths are equal, else relative to tasks in common."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ptlib.analysis.spaces import planes
from ptlib.base.errors import BadInput

LEAST = 3
"""Common tasks that a relative representation needs: fewer span no plane."""
VALUES, RELATIVE = "values", "relative"


@dataclass(frozen=True, slots=True, eq=False)
class Space:
    """Prompts that live together."""

    name: str
    vectors: np.ndarray
    """[N, W], one row a prompt."""
    tasks: tuple[str, ...]
    """Of every prompt; the same task has the same name in all spaces."""


@dataclass(frozen=True, slots=True, eq=False)
class Together:
    """Several spaces in one plane."""

    places: np.ndarray
    """[N, 2], the prompts of all spaces one after another."""
    explained: tuple[float, ...]
    """Share of the variance on both axes."""
    by: str
    """values or relative."""
    anchors: tuple[str, ...]
    """Tasks that prompts are described by; none by values."""


def widths(spaces: Sequence[Space]) -> bool:
    """Whether all spaces have one width, so that values can stand in one picture."""
    return len({space.vectors.shape[1] for space in spaces}) == 1


def common(spaces: Sequence[Space]) -> tuple[str, ...]:
    """Tasks that all spaces have prompts of, in the order of the first."""
    rest = [set(space.tasks) for space in spaces[1:]]
    return tuple(task for task in dict.fromkeys(spaces[0].tasks) if all(task in tasks for tasks in rest))


def place(spaces: Sequence[Space], by: str) -> Together:
    """One picture of all prompts, by PCA.

    by: values = each prompt scaled to length 1, as it is; relative = its cosines to the prompts of tasks in common.

    Raises:
        BadInput: widths differ by values; fewer than `LEAST` tasks in common, relatively.
    """
    if by == VALUES:
        if not widths(spaces):
            sizes = ", ".join(f"{space.name}: {space.vectors.shape[1]}" for space in spaces)
            raise BadInput(f"These prompts differ in width ({sizes}). Place them relative to tasks in common.")
        places, explained = planes.pca(np.concatenate([_unit(space.vectors) for space in spaces]))
        return Together(places, explained, by, ())
    anchors = common(spaces)
    if len(anchors) < LEAST:
        raise BadInput(
            f"{' and '.join(space.name for space in spaces)} have {len(anchors)} tasks in common; placing prompts relative to "
            f"common tasks needs {LEAST}. Choose sets with more tasks in common, or tune some of them."
        )
    places, explained = planes.pca(np.concatenate([relative(space.vectors, space.tasks, anchors) for space in spaces]))
    return Together(places, explained, by, anchors)


def relative(vectors: np.ndarray, tasks: Sequence[str], anchors: Sequence[str]) -> np.ndarray:
    """Vectors [N, W] -> cosines to the mean prompts of the anchors, [N, A], after the mean of all tasks was taken away.

    Moschella et al. 2023, "Relative representations enable zero-shot latent space communication"; there anchors are single
    inputs and nothing is taken away, but prompts of one model share most of their direction. A prompt is no witness of its own
    place: from the mean of its own task it is left out where that has others.
    """
    of = {task: np.array([name == task for name in tasks]) for task in dict.fromkeys(tasks)}
    exact = np.asarray(vectors, np.float64)
    exact = exact - np.mean([exact[rows].mean(axis=0) for rows in of.values()], axis=0)
    found = np.zeros((len(exact), len(anchors)))
    for place_, vector in enumerate(exact):
        for column, anchor in enumerate(anchors):
            rows = of[anchor].copy()
            rows[place_] = rows[place_] and rows.sum() == 1
            mean = exact[rows].mean(axis=0)
            length = np.linalg.norm(vector) * np.linalg.norm(mean)
            found[place_, column] = vector @ mean / length if length > 0 else 0.0
    return found


def _unit(vectors: np.ndarray) -> np.ndarray:
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.divide(vectors, length, out=np.zeros_like(vectors, dtype=np.float64), where=length > 0)
