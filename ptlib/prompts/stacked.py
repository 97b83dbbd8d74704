"""Losses, gradients and scores of several prompts' rows in shared passes over the frozen model."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import torch

from ptlib.models.forward import passes
from ptlib.models.layout import Row
from ptlib.models.load import FrozenModel
from ptlib.models.parallel import side_by_side
from ptlib.prompts.objective import row_losses, row_scores
from ptlib.tasks.task import Example, Task

Asked = tuple[int, Row, Task, Example]
"""Which prompt is asked, and what."""


class _Pass(NamedTuple):
    """What one pass found."""

    places: torch.Tensor
    """[R]: the prompt of each row."""
    losses: torch.Tensor
    """[R], each a share of its prompt's mean."""
    used: list[int]
    gradients: Sequence[torch.Tensor]
    """[P, D] each, of the used prompts."""


def batch_losses(
    frozen: FrozenModel, prompts: Sequence[torch.Tensor], batches: Sequence[Sequence[Row]], gradients: bool = True
) -> list[float]:
    """Mean loss of each prompt's own batch; the gradient of that mean is left in `prompts[k].grad` [P, D].

    prompts: leaves [P, D] that take gradients, one a batch.
    Passes are added up in a fixed order, so the same batches give the same bits.
    """
    owners = [place for place, rows in enumerate(batches) for _ in rows]
    rows = [row for part in batches for row in part]

    def one(group: list[int]) -> _Pass:
        with torch.set_grad_enabled(gradients):
            places = torch.tensor([owners[index] for index in group], device=frozen.device)
            used, inner = places.unique(return_inverse=True)
            chosen = [prompts[place] for place in used.tolist()]
            found = row_losses(frozen, torch.stack(chosen)[inner], [rows[index] for index in group])
            shares = found * torch.tensor([1 / len(batches[owners[index]]) for index in group], device=found.device)
            return _Pass(places, shares.detach(), used.tolist(), torch.autograd.grad(shares.sum(), chosen) if gradients else ())

    totals = torch.zeros(len(batches), device=frozen.device)
    sums: dict[int, torch.Tensor] = {}
    for found in side_by_side(one, groups_of(frozen, rows, len(prompts[0])), frozen.device):
        totals.index_add_(0, found.places, found.losses)
        for place, gradient in zip(found.used, found.gradients, strict=gradients):
            sums[place] = sums[place] + gradient if place in sums else gradient
    for place, gradient in sums.items():
        prompts[place].grad = gradient
    return totals.tolist()


def scores(frozen: FrozenModel, values: torch.Tensor, asked: Sequence[Asked]) -> Iterator[tuple[list[int], np.ndarray]]:
    """Scores in [0, 1] of all that is asked, a pass at a time: (places in `asked`, their scores). values: [K, P, D]."""
    rows = [row for _, row, _, _ in asked]

    def one(group: list[int]) -> np.ndarray:
        soft = values[torch.tensor([asked[index][0] for index in group], device=values.device)]
        return row_scores(frozen, soft, [rows[index] for index in group], [asked[index][2:] for index in group])

    groups = groups_of(frozen, rows, values.shape[1])
    labelled = [group for group in groups if rows[group[0]].choices.sequences]
    generated = [group for group in groups if not rows[group[0]].choices.sequences]
    yield from zip(labelled, side_by_side(one, labelled, frozen.device), strict=True)
    yield from zip(generated, map(one, generated), strict=True)


def groups_of(frozen: FrozenModel, rows: Sequence[Row], prompt_length: int) -> list[list[int]]:
    """Passes of rows of one kind, the largest first: label rows and generation rows are scored differently."""
    kinds: dict[bool, list[int]] = {}
    for index, row in enumerate(rows):
        kinds.setdefault(bool(row.choices.sequences), []).append(index)
    return [
        [places[i] for i in group]
        for places in kinds.values()
        for group in reversed(list(passes([len(rows[i].ids) for i in places], prompt_length, device=frozen.device)))
    ]
