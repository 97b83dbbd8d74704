"""What tuning minimises and what validation measures: losses, gradients and scores of several prompts' rows in shared passes.

Rows of one pass are of one kind: answered with label words, or with a text.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import torch

from ptlib.models.forward import label_log_probs, passes, shrinking, way_of
from ptlib.models.load import FrozenModel
from ptlib.models.parallel import side_by_side
from ptlib.models.positions import Row, sent
from ptlib.models.t5 import generate, target_losses
from ptlib.tasks.scoring import SCORERS
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
) -> torch.Tensor:
    """Mean loss of each prompt's own batch, [K], on the device; the gradient of that mean is left in `prompts[k].grad` [P, D].

    prompts: leaves [P, D] that take gradients, one a batch.
    Passes are added up in a fixed order, so the same batches give the same bits. Nothing here waits for a GPU.
    """
    owners = [place for place, rows in enumerate(batches) for _ in rows]
    rows = [row for part in batches for row in part]

    def one(group: list[int]) -> _Pass:
        with torch.set_grad_enabled(gradients):
            places = [owners[index] for index in group]
            used = sorted(set(places))
            inner = sent(torch.tensor([used.index(place) for place in places]), frozen.device)
            chosen = [prompts[place] for place in used]
            losses = row_losses(frozen, torch.stack(chosen)[inner], [rows[index] for index in group])
            shares = losses * sent(torch.tensor([1 / len(batches[place]) for place in places]), losses.device)
            grads = torch.autograd.grad(shares.sum(), chosen) if gradients else ()
            return _Pass(sent(torch.tensor(places), frozen.device), shares.detach(), used, grads)

    totals = torch.zeros(len(batches), device=frozen.device)
    sums: dict[int, torch.Tensor] = {}
    groups = groups_of(frozen, rows, len(prompts[0]), gradients)
    for _, part in side_by_side(one, groups, frozen.device, shrinking(frozen, rows, len(prompts[0]), gradients)):
        totals.index_add_(0, part.places, part.losses)
        for place, gradient in zip(part.used, part.gradients, strict=gradients):
            sums[place] = sums[place] + gradient if place in sums else gradient
    for place, gradient in sums.items():
        prompts[place].grad = gradient
    return totals


def scores(frozen: FrozenModel, values: torch.Tensor, asked: Sequence[Asked]) -> Iterator[tuple[list[int], np.ndarray]]:
    """Scores in [0, 1] of all that is asked, a pass at a time: (places in `asked`, their scores). values: [K, P, D]."""
    rows = [row for _, row, _, _ in asked]

    def soft_of(group: list[int]) -> torch.Tensor:
        return values[sent(torch.tensor([asked[index][0] for index in group]), values.device)]

    def label(group: list[int]) -> torch.Tensor:
        return row_rights(frozen, soft_of(group), [rows[index] for index in group])

    def text(group: list[int]) -> np.ndarray:
        return row_scores(frozen, soft_of(group), [rows[index] for index in group], [asked[index][2:] for index in group])

    shrink = shrinking(frozen, rows, values.shape[1], gradients=False)
    groups = groups_of(frozen, rows, values.shape[1], gradients=False)
    labelled = [group for group in groups if rows[group[0]].choices]
    generated = [group for group in groups if not rows[group[0]].choices]
    for group, right in side_by_side(label, labelled, frozen.device, shrink):
        yield group, right.cpu().numpy()
    yield from side_by_side(text, generated, frozen.device, shrink, together=False)


def groups_of(frozen: FrozenModel, rows: Sequence[Row], prompt_length: int, gradients: bool) -> list[list[int]]:
    """Passes of rows of one kind, the largest first: label rows and generation rows are scored differently."""
    kinds: dict[bool, list[int]] = {}
    for index, row in enumerate(rows):
        kinds.setdefault(bool(row.choices), []).append(index)
    return [
        [places[i] for i in group]
        for places in kinds.values()
        for group in reversed(
            list(passes([len(rows[i].ids) for i in places], prompt_length, frozen.tokens_a_pass(gradients), *way_of(frozen)))
        )
    ]


def row_losses(frozen: FrozenModel, soft: torch.Tensor, rows: Sequence[Row]) -> torch.Tensor:
    """Loss of each row, [R]: cross-entropy over its label words, or over its target text. soft: [R, P, D]."""
    if not rows[0].choices:
        return target_losses(frozen, soft, rows)
    return -label_log_probs(frozen, soft, rows).gather(1, _gold(rows, soft.device)[:, None])[:, 0]


@torch.no_grad()
def row_rights(frozen: FrozenModel, soft: torch.Tensor, rows: Sequence[Row]) -> torch.Tensor:
    """Whether the best label of each row is the right one, [R] of 0 and 1, on the device: nobody waits for it here."""
    return (label_log_probs(frozen, soft, rows).argmax(1) == _gold(rows, soft.device)).double()


def _gold(rows: Sequence[Row], device: torch.device) -> torch.Tensor:
    return sent(torch.tensor([row.gold for row in rows]), device)


@torch.no_grad()
def row_scores(frozen: FrozenModel, soft: torch.Tensor, rows: Sequence[Row], asked: Sequence[tuple[Task, Example]]) -> np.ndarray:
    """Score of each generated answer in [0, 1], by its task's metric."""
    texts = generate(frozen, soft, rows, max(task.max_target_tokens for task, _ in asked))
    return np.array([SCORERS[task.metric](text, example.targets) for text, (task, example) in zip(texts, asked, strict=True)])
