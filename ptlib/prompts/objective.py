"""What tuning minimises and what validation measures, a row at a time; rows of one call are of one kind."""

from collections.abc import Sequence

import numpy as np
import torch

from ptlib.models.forward import generate, label_log_probs, target_losses
from ptlib.models.layout import Row
from ptlib.models.load import FrozenModel
from ptlib.tasks.scoring import SCORERS
from ptlib.tasks.task import Example, Task


def row_losses(frozen: FrozenModel, soft: torch.Tensor, rows: Sequence[Row]) -> torch.Tensor:
    """Loss of each row, [R]: cross-entropy over its label words, or over its target text. soft: [R, P, D]."""
    if not rows[0].choices.sequences:
        return target_losses(frozen, soft, rows)
    gold = torch.tensor([row.gold for row in rows], device=soft.device)
    return -label_log_probs(frozen, soft, rows).gather(1, gold[:, None])[:, 0]


@torch.no_grad()
def row_scores(frozen: FrozenModel, soft: torch.Tensor, rows: Sequence[Row], asked: Sequence[tuple[Task, Example]]) -> np.ndarray:
    """Score of each row in [0, 1]: right or wrong, or its task's metric of the generated answer."""
    if rows[0].choices.sequences:
        best = label_log_probs(frozen, soft, rows).argmax(1).tolist()
        return np.array([float(label == row.gold) for label, row in zip(best, rows, strict=True)])
    texts = generate(frozen, soft, rows, max(task.max_target_tokens for task, _ in asked))
    return np.array([SCORERS[task.metric](text, example.targets) for text, (task, example) in zip(texts, asked, strict=True)])
