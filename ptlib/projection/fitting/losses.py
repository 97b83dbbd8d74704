"""What task tuning minimises, through the frozen target: the label for positives, the uniform distribution for negatives."""

from collections.abc import Sequence
from typing import NamedTuple

import torch

from ptlib.models.forward import label_log_probs, passes, shrinking, way_of
from ptlib.models.load import FrozenModel
from ptlib.models.parallel import side_by_side
from ptlib.models.positions import Row
from ptlib.prompts.stacked import groups_of

ACTIVATIONS = 2**28
"""Bytes that the activations of all passes at once may take on a CPU, roughly: a large target must fit beside a large
projector. A GPU's passes know the memory that is left."""


class _Part(NamedTuple):
    """What one pass gave: its rows' share of the mean loss, and the gradient [r, P_t, D_t]."""

    loss: torch.Tensor
    gradient: torch.Tensor


def row_losses(frozen: FrozenModel, soft: torch.Tensor, rows: Sequence[Row], uniform: torch.Tensor) -> torch.Tensor:
    """Loss of each row, [R]: cross-entropy to its label, or to the uniform distribution over its label words.

    soft: [R, P_t, D_t]; uniform: [R] bool.
    """
    log_probs = label_log_probs(frozen, soft, rows)  # [R, C], -inf where a row has fewer labels
    known = torch.isfinite(log_probs)
    flat = torch.where(known, log_probs, log_probs.new_zeros(())).sum(1) / known.sum(1)
    gold = torch.tensor([row.gold for row in rows], device=soft.device)
    return -torch.where(uniform, flat, log_probs.gather(1, gold[:, None])[:, 0])


def loss_and_gradient(
    frozen: FrozenModel, soft: torch.Tensor, rows: Sequence[Row], uniform: torch.Tensor
) -> tuple[float, torch.Tensor]:
    """Mean loss of a batch and its gradient with respect to the soft prompts, [R, P_t, D_t].

    The rows run in passes of bounded memory, side by side on a CPU; sums are in a fixed order: the same batch, the same bits.
    """
    leaf, gradient = soft.detach(), torch.zeros_like(soft)

    def one(group: list[int]) -> _Part:
        with torch.enable_grad():
            part = leaf[group].requires_grad_()
            total = row_losses(frozen, part, [rows[place] for place in group], uniform[group]).sum() / len(rows)
            return _Part(total.detach(), torch.autograd.grad(total, part)[0])

    losses = []
    shrink = shrinking(frozen, rows, soft.shape[1], True)
    for group, part in side_by_side(one, _passes(frozen, rows, soft.shape[1]), frozen.device, shrink):
        losses.append(part.loss)
        gradient[group] = part.gradient
    return sum(map(float, losses)), gradient


def _passes(frozen: FrozenModel, rows: Sequence[Row], length: int) -> list[list[int]]:
    """Rows of each pass, the largest first."""
    kept = 64 * max(1, frozen.spec.layers) * frozen.spec.width  # bytes of activations a token, about 16 floats a width and layer
    budget = frozen.tokens_a_pass(True)
    if frozen.device.type == "cpu":
        budget = min(budget, ACTIVATIONS // kept)
    return list(reversed(list(passes([len(row.ids) for row in rows], length, budget, *way_of(frozen)))))


@torch.no_grad()
def label_losses(frozen: FrozenModel, soft: torch.Tensor, rows: Sequence[Row]) -> torch.Tensor:
    """Cross-entropy of each row to its label, [R], without gradients. soft: [R, P_t, D_t]."""
    out = torch.zeros(len(rows), device=soft.device)
    for group in groups_of(frozen, rows, soft.shape[1], gradients=False):
        labels = torch.zeros(len(group), dtype=torch.bool, device=soft.device)
        out[group] = row_losses(frozen, soft[group], [rows[place] for place in group], labels)
    return out
