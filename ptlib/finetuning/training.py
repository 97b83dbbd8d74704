"""The one loop that all methods go through: same batches, schedule, validation and clock, whatever is trained.

Losses and scores are those of prompt tuning (`ptlib.prompts.stacked`), so a prompt fitted here has the curve that tuning
gives it. No dropout, for none of them. The clock stands still while a checkpoint is written.
"""

import time
from collections.abc import Sequence
from dataclasses import astuple, dataclass, field
from pathlib import Path

import numpy as np
import torch

from ptlib.base.errors import RunFailed
from ptlib.base.identity import digest
from ptlib.base.progress import Progress
from ptlib.finetuning.learners import Learner
from ptlib.finetuning.spec import NAMES, FineTuneSpec, fit_id
from ptlib.models.forward import shrinking
from ptlib.models.parallel import Pace, side_by_side
from ptlib.models.positions import Row, lay_out, say_cuts
from ptlib.prompts import checkpoints
from ptlib.prompts.initial import batch_places
from ptlib.prompts.stacked import groups_of, row_losses, scores
from ptlib.prompts.tuning import learning_rate
from ptlib.tasks.data import TrainingData
from ptlib.tasks.task import Example, Task


@dataclass(frozen=True, slots=True)
class Moment:
    """One point of a curve."""

    step: int
    loss: float
    """Mean training loss since the last point; at step 0 that of the first batch."""
    validation: float
    """Score on the slice cut from train."""
    seconds: float
    """By the clock on the wall."""
    cpu: float
    """Of computing, all threads together: on a CPU that others use, too, it tells more than the clock."""


@dataclass
class Fit:
    """One method on its way."""

    learner: Learner
    spec: FineTuneSpec
    method: str
    task: Task
    data: TrainingData
    progress: Progress
    checkpoint: Path | None = None
    step: int = 0
    elapsed_s: float = 0.0
    cpu_s: float = 0.0
    best_score: float = -1.0
    best_step: int = 0
    best: list[torch.Tensor] = field(default_factory=list)
    """The trained numbers with the best validation score, the latest of equals."""
    waited: int = 0
    curve: list[Moment] = field(default_factory=list)
    _unread: list[torch.Tensor] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.settings = self.spec.rated(self.method)
        self._train, self._validation = (self._rows(part) for part in (self.data.train, self.data.validation))
        say_cuts(self.progress.note, self.task.id, self.settings.max_tokens, training=self._train, validation=self._validation)
        self._optimiser = torch.optim.AdamW(
            self.learner.trained,
            lr=self.settings.lr,
            weight_decay=self.settings.weight_decay,
            fused=self.learner.model.device.type == "cuda" or None,
        )

    def _rows(self, examples: Sequence[Example]) -> list[Row]:
        """Cut as beside a prompt, whatever is trained: all methods read the same tokens."""
        return lay_out(self.learner.model, self.task, examples, self.settings.prompt_length, self.settings.max_tokens)

    def run(self) -> None:
        """Step until done or stopped early; the best numbers are in place afterwards.

        Raises:
            RunFailed: the loss is not finite, or the device ran out of memory; the last checkpoint stays.
            Cancelled: somebody asked to stop.
        """
        try:
            self._go()
        except torch.OutOfMemoryError:
            raise RunFailed(
                f"The device ran out of memory at step {self.step} of {NAMES[self.method]}. What was saved stays; resume with a "
                "smaller batch or model."
            ) from None
        self._put(self.best)

    def _go(self) -> None:
        if not self._restore():
            self._unread.append(self._losses(gradients=False))
            self._validate()
        pace = Pace(self.learner.model.device)
        while self.step < self.settings.steps and not self._stopped():
            self.progress.check()
            begun, computed = time.perf_counter(), time.process_time()
            self._take_step()
            pace.keep()
            evaluated = self.step % self.settings.eval_every == 0 or self.step == self.settings.steps
            score = self.score(self._validation, self.data.validation) if evaluated else None
            self.elapsed_s += time.perf_counter() - begun
            self.cpu_s += time.process_time() - computed
            if score is not None:
                self._add_point(score)
                self._save()
            self.progress.phase("steps", self.step, self.settings.steps)

    def _stopped(self) -> bool:
        first, last = self.curve[0], self.curve[-1]
        return self.settings.is_over(self.waited, first.validation, self.best_score, last.loss / max(first.loss, 1e-12))

    def _take_step(self) -> None:
        for group in self._optimiser.param_groups:
            group["lr"] = learning_rate(self.settings, self.step)
        self._optimiser.zero_grad(set_to_none=True)
        self._unread.append(self._losses(gradients=True))
        self._optimiser.step()
        self.step += 1

    def _losses(self, *, gradients: bool) -> torch.Tensor:
        """Mean loss of this step's batch, on the device; its gradient, added up in a fixed order, is left in what is trained."""
        places = batch_places(self.task, self.spec.seed, len(self._train), self.settings.batch_size, self.step)
        rows, model, soft = [self._train[place] for place in places], self.learner.model, self.learner.soft
        trained = self.learner.trained

        def one(group: list[int]) -> tuple[torch.Tensor, Sequence[torch.Tensor | None]]:
            with torch.set_grad_enabled(gradients):
                mean = row_losses(model, soft.expand(len(group), -1, -1), [rows[place] for place in group]).sum() / len(rows)
                return mean.detach(), torch.autograd.grad(mean, trained, allow_unused=True) if gradients else ()

        total = torch.zeros((), device=model.device)
        groups, shrink = groups_of(model, rows, len(soft), gradients), shrinking(model, rows, len(soft), gradients)
        for _, (mean, grads) in side_by_side(one, groups, model.device, shrink):
            total = total + mean
            for weight, grad in zip(trained, grads, strict=gradients):
                if grad is not None:
                    weight.grad = grad if weight.grad is None else weight.grad + grad
        return total

    def score(self, rows: Sequence[Row], examples: Sequence[Example]) -> float:
        """Mean score of the model as it is now."""
        return float(self.answers(rows, examples).mean())

    def answers(self, rows: Sequence[Row], examples: Sequence[Example]) -> np.ndarray:
        """Score in [0, 1] of every example, [N]."""
        found = np.zeros(len(rows))
        asked = [(0, row, self.task, example) for row, example in zip(rows, examples, strict=True)]
        for group, values in scores(self.learner.model, self.learner.soft.detach()[None], asked):
            self.progress.check()
            found[group] = values
        return found

    def evaluate(self, examples: Sequence[Example]) -> np.ndarray:
        """Score in [0, 1] of every evaluation example, [N], with the best numbers."""
        rows = self._rows(examples)
        say_cuts(self.progress.note, self.task.id, self.settings.max_tokens, evaluation=rows)
        return self.answers(rows, examples)

    def _validate(self) -> None:
        self._add_point(self.score(self._validation, self.data.validation))

    def _add_point(self, score: float) -> None:
        """A point of the curve; remember the best. Only here a GPU is waited for."""
        losses = torch.stack(self._unread).cpu().double().numpy()
        first = max(0, self.step - len(losses))
        self._unread.clear()
        if not np.isfinite(losses).all():
            raise RunFailed(
                f"The loss of {NAMES[self.method]} on '{self.task.id}' (seed {self.spec.seed}) is not finite at step "
                f"{first + int(np.argmin(np.isfinite(losses)))}. Lower its learning rate ({self.settings.lr:g}) and run it again."
            )
        self.curve.append(Moment(self.step, float(np.mean(losses)), score, self.elapsed_s, self.cpu_s))
        self._tell(self.curve[-1])
        self.waited = 0 if score > self.best_score else self.waited + 1
        if score >= self.best_score:
            self.best_score, self.best_step = score, self.step
            self.best = [weight.detach().clone() for weight in self.learner.trained]

    def _tell(self, point: Moment) -> None:
        values = {"loss": point.loss, "validation": point.validation, "seconds": point.seconds}
        self.progress.point(fit_id(self.spec, self.method), point.step, **values)

    def _put(self, values: Sequence[torch.Tensor]) -> None:
        with torch.no_grad():
            for weight, value in zip(self.learner.trained, values, strict=True):
                weight.copy_(value)

    # checkpoints ------------------------------------------------------------------------------------------------

    def _fingerprint(self) -> str:
        rows = [_digest_of(part) for part in (self._train, self._validation)]
        return digest({"v": 1, "fit": fit_id(self.spec, self.method), "rows": rows}, 16)

    def _save(self) -> None:
        if self.checkpoint is None:
            return
        state = {name: getattr(self, name) for name in KEPT}
        state |= {"fingerprint": self._fingerprint(), "optimiser": self._optimiser.state_dict()}
        state |= {"trained": [weight.detach() for weight in self.learner.trained]}
        state |= {"curve": [astuple(point) for point in self.curve]}
        checkpoints.save(self.checkpoint, state)

    def _restore(self) -> bool:
        """Go on from the checkpoint if it is of this very fit; a damaged or foreign one is not used."""
        if self.checkpoint is None:
            return False
        device, ours = self.learner.model.device, self._fingerprint()
        if (state := checkpoints.load(self.checkpoint, device, self.progress.note, fingerprint=ours)) is None:
            return False
        self._put(state["trained"])
        self._optimiser.load_state_dict(state["optimiser"])
        for name in KEPT:
            setattr(self, name, state[name])
        self.curve = [Moment(*values) for values in state["curve"]]
        for point in self.curve:
            self._tell(point)
        return True


KEPT = ("step", "elapsed_s", "cpu_s", "best_score", "best_step", "best", "waited")


def _digest_of(rows: Sequence[Row]) -> str:
    """Digest of what a model reads and is asked."""
    return digest({"rows": [[list(row.ids), row.gold, list(row.target)] for row in rows]}, 16)
