"""What tuning minimises and what validation measures, a row at a time; rows of one call are of one kind."""

from collections.abc import Sequence

import numpy as np
import torch

from ptlib.models.forward import generate, label_log_probs, target_losses
from ptlib.models.layout import Row, sent
from ptlib.models.load import FrozenModel
from ptlib.tasks.scoring import SCORERS
from ptlib.tasks.task import Example, Task


def row_losses(frozen: FrozenModel, soft: torch.Tensor, rows: Sequence[Row]) -> torch.Tensor:
    """Loss of each row, [R]: cross-entropy over its label words, or over its target text. soft: [R, P, D]."""
    if not rows[0].choices.sequences:
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
