"""Prompt tuning as a user of PEFT writes it, the way PEFT's documentation shows: a loop, one prompt, one batch at a time.

Batches are padded to their longest text, losses are added up on the device (`loss.detach()`), AdamW with linear decay. The
model is in `eval` mode, as ours is: dropout would cost PEFT time and change the function.
"""

from collections.abc import Callable, Sequence

import torch
from peft import PromptTuningConfig, get_peft_model
from torch.nn import functional
from transformers import get_linear_schedule_with_warmup

from ptlib.models.load import FrozenModel
from ptlib.models.positions import Row, pad


class Stock:
    """One prompt of one task under PEFT."""

    def __init__(
        self, frozen: FrozenModel, rows: Sequence[Row], prompt_length: int, batch: int, steps: int = 1000, lr: float = 0.01
    ) -> None:
        kind = "FEATURE_EXTRACTION" if frozen.is_masked_lm else "SEQ_2_SEQ_LM"
        config = PromptTuningConfig(task_type=kind, num_virtual_tokens=prompt_length)
        self.frozen, self.rows, self.length, self.batch = frozen, rows, prompt_length, batch
        self.model = get_peft_model(frozen.model, config).eval()
        taught = [weight for weight in self.model.parameters() if weight.requires_grad]
        self.optimiser = torch.optim.AdamW(taught, lr=lr)
        self.schedule = get_linear_schedule_with_warmup(self.optimiser, 0, steps)
        self.words = [sequence[0] for sequence in rows[0].choices]
        self.number, self.total = 0, torch.zeros((), device=frozen.device)

    def step(self) -> None:
        """The next batch, in the data's order."""
        first = self.number * self.batch % max(1, len(self.rows) - self.batch + 1)
        batch = self.rows[first : first + self.batch]
        self.optimiser.zero_grad(set_to_none=True)
        loss = self.loss(batch)
        self.total += loss.detach().float()
        loss.backward()
        self.optimiser.step()
        self.schedule.step()
        self.number += 1

    def loss(self, batch: Sequence[Row]) -> torch.Tensor:
        """Mean cross-entropy: over the label words at the mask, or over the right label's tokens (T5)."""
        if not self.frozen.is_masked_lm:
            ids, mask = self._inputs(batch)
            targets, known = pad([row.choices[row.gold] for row in batch], 0, self.frozen.device)
            return self.model(input_ids=ids, attention_mask=mask, labels=targets.masked_fill(known == 0, -100)).loss
        gold = torch.tensor([row.gold for row in batch], device=self.frozen.device)
        return functional.cross_entropy(self.logits(batch), gold)

    def logits(self, batch: Sequence[Row]) -> torch.Tensor:
        """Masked LM: logits over the label words, [R, C]."""
        ids, mask = self._inputs(batch)
        return self.model(input_ids=ids, attention_mask=mask).logits[:, self.length + 1][:, self.words].float()

    def _inputs(self, batch: Sequence[Row]) -> tuple[torch.Tensor, torch.Tensor]:
        return pad([row.ids for row in batch], self.frozen.tokenizer.pad_token_id or 0, self.frozen.device)

    @torch.no_grad()
    def accuracy(self, rows: Sequence[Row], batch: int = 32) -> float:
        """Share of right answers, a batch at a time."""
        right = 0
        for first in range(0, len(rows), batch):
            part = rows[first : first + batch]
            best = self.logits(part).argmax(1).tolist()
            right += sum(label == row.gold for label, row in zip(best, part, strict=True))
        return right / len(rows)


def steps_of(frozen: FrozenModel, rows: Sequence[Row], prompt_length: int, batch: int) -> Callable[[], object]:
    """One step of one prompt, for timing."""
    return Stock(frozen, rows, prompt_length, batch).step
