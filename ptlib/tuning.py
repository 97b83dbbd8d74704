"""Tuning soft prompts on a frozen backbone, several at once over one stacked forward pass.

Each prompt keeps its own batches, seed and optimiser state, so a stack gives what each would give alone. Only the
prompts take gradients. The last checkpoint holds everything that decides what comes next; the data order is a function
of (task, seed, epoch) and needs no state.
"""

import math
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
import torch

from ptlib import checkpoints
from ptlib.data import TrainingData
from ptlib.engine import passes
from ptlib.errors import BadInput, RunFailed
from ptlib.layout import Row, lay_out
from ptlib.models import FrozenModel
from ptlib.objective import row_losses, row_scores
from ptlib.progress import Progress
from ptlib.prompts import SoftPrompt, generator, initial_values, tuned
from ptlib.specs import TuneSettings, TuneSpec, digest
from ptlib.tasks import Task


@dataclass(frozen=True, slots=True)
class TuneJob:
    """One prompt to tune."""

    spec: TuneSpec
    task: Task
    data: TrainingData
    start: np.ndarray | None = None
    """Values [P, D] to start from, for `init = prompt:...`."""


@dataclass(frozen=True, slots=True)
class Point:
    """One point of the learning curve."""

    step: int
    loss: float
    """Mean training loss since the last point; at step 0 that of the first batch."""
    validation: float
    """Score on the slice cut from train."""
    seconds: float


@dataclass(frozen=True, slots=True)
class TuneResult:
    """A tuned prompt: the values with the best validation score, the latest of equals."""

    prompt: SoftPrompt
    untrained_score: float
    """Validation score at step 0."""
    validation_score: float
    best_step: int
    steps: int
    seconds: float
    curve: tuple[Point, ...]


@dataclass
class _Track:
    """One prompt on its way."""

    job: TuneJob
    values: torch.nn.Parameter
    train: list[Row]
    validation: list[Row]
    best: torch.Tensor
    best_score: float = -1.0
    best_step: int = 0
    waited: int = 0
    """Evaluations since the best one."""
    stopped: bool = False
    steps: int = 0
    losses: list[float] = field(default_factory=list)
    curve: list[Point] = field(default_factory=list)

    def batch(self, step: int) -> list[Row]:
        """Training rows of a step: passes over the data in an order drawn anew each time."""
        size, order = self.job.spec.settings.batch_size, []
        first = step * size
        while len(order) < size:
            epoch, place = divmod(first + len(order), len(self.train))
            order += self._order(epoch)[place : place + size - len(order)]
        return [self.train[index] for index in order]

    def _order(self, epoch: int) -> list[int]:
        return generator(self.job.task, self.job.spec.seed, 2, epoch).permutation(len(self.train)).tolist()


def tune(frozen: FrozenModel, jobs: Sequence[TuneJob], progress: Progress, checkpoint: Path | None = None) -> list[TuneResult]:
    """Tune all jobs at once.

    Args:
        jobs: of one backbone and with equal settings, but for task, seed and initialisation.
        checkpoint: written at every evaluation; an interrupted run with the same jobs goes on from it and, on the CPU,
            ends bit-identical to an uninterrupted one.

    Raises:
        BadInput: settings that differ, or a prompt that leaves no room for the text.
        RunFailed: the loss is not finite, or the device ran out of memory; the last checkpoint stays.
        Cancelled: somebody asked to stop.
    """
    stack = _Stack(frozen, jobs, progress, checkpoint)
    try:
        stack.run()
    except torch.OutOfMemoryError:
        raise RunFailed(
            f"The device ran out of memory at step {stack.step}. What was saved stays; resume with a smaller batch, "
            "bf16 or a shorter prompt."
        ) from None
    return [_result(frozen, track, stack.elapsed_s) for track in stack.tracks]


def _result(frozen: FrozenModel, track: _Track, seconds: float) -> TuneResult:
    job, values = track.job, track.best.cpu().numpy().astype(np.float32)
    return TuneResult(
        tuned(job.spec, frozen, job.task, values, track.best_step),
        track.curve[0].validation,
        track.best_score,
        track.best_step,
        track.steps,
        seconds,
        tuple(track.curve),
    )


def learning_rate(settings: TuneSettings, step: int) -> float:
    """Linear warm-up, then linear decay to 0; `step` counts from 0."""
    warm = max(1, math.ceil(settings.warmup * settings.steps))
    if step < warm:
        return settings.lr * (step + 1) / warm
    return settings.lr * (settings.steps - step) / max(1, settings.steps - warm)


class _Stack:
    """All prompts of one call."""

    def __init__(self, frozen: FrozenModel, jobs: Sequence[TuneJob], progress: Progress, checkpoint: Path | None) -> None:
        self.frozen, self.progress, self.checkpoint = frozen, progress, checkpoint
        self.settings = jobs[0].spec.settings
        same = {(asdict(job.spec.settings) | {"init": ""}).__repr__() for job in jobs}
        if len(same) != 1 or len({job.spec.backbone for job in jobs}) != 1:
            raise BadInput("Prompts that are tuned together need one backbone and equal settings. Tune them one after another.")
        self.tracks = [self._track(job) for job in jobs]
        self.optimiser = torch.optim.AdamW(
            [track.values for track in self.tracks], lr=self.settings.lr, weight_decay=self.settings.weight_decay
        )
        self.step, self.elapsed_s = 0, 0.0

    def _track(self, job: TuneJob) -> _Track:
        settings, examples = job.spec.settings, job.data
        start = (
            job.start
            if job.start is not None
            else initial_values(self.frozen, settings.init, job.task, job.spec.seed, settings.prompt_length)
        )
        values = torch.nn.Parameter(torch.tensor(start, dtype=torch.float32, device=self.frozen.device))
        rows = [
            lay_out(self.frozen, job.task, part, settings.prompt_length, settings.max_tokens)
            for part in (examples.train, examples.validation)
        ]
        return _Track(job, values, *rows, best=values.detach().clone())

    def run(self) -> None:
        """Step until all are done or stopped early."""
        begun, before = time.perf_counter(), 0.0
        if self._restore():
            before = self.elapsed_s
        else:
            self._first_point()
        while self.step < self.settings.steps and not all(track.stopped for track in self.tracks):
            self.progress.check()
            self._take_step()
            self.elapsed_s = before + time.perf_counter() - begun
            if self.step % self.settings.eval_every == 0 or self.step == self.settings.steps:
                self._validate()
                self._save()
            self.progress.phase("steps", self.step, self.settings.steps)

    def _first_point(self) -> None:
        """The level before the first step: what the curves start from."""
        with torch.no_grad():
            losses = self._losses([(track, track.batch(0)) for track in self.tracks], backward=False)
        for track, loss in zip(self.tracks, losses, strict=True):
            track.losses.append(loss)
        self._validate()

    def _take_step(self) -> None:
        running = [track for track in self.tracks if not track.stopped]
        for group in self.optimiser.param_groups:
            group["lr"] = learning_rate(self.settings, self.step)
        self.optimiser.zero_grad(set_to_none=True)  # a stopped prompt has no gradient, so the optimiser leaves it alone
        losses = self._losses([(track, track.batch(self.step)) for track in running], backward=True)
        for track, loss in zip(running, losses, strict=True):
            if not math.isfinite(loss):
                raise RunFailed(
                    f"The loss of '{track.job.task.id}' (seed {track.job.spec.seed}) is not finite at step {self.step}. "
                    f"Nothing saved is lost. Lower the learning rate ({self.settings.lr:g}) and run it again."
                )
            track.losses.append(loss)
            track.steps = self.step + 1
        self.optimiser.step()
        self.step += 1

    def _losses(self, batches: Sequence[tuple[_Track, list[Row]]], backward: bool) -> list[float]:
        """Mean loss of each prompt's batch; gradients of their sum are left in the prompts."""
        owners = [place for place, (_, rows) in enumerate(batches) for _ in rows]
        rows = [row for _, part in batches for row in part]
        weights = [1 / len(part) for _, part in batches]
        totals = torch.zeros(len(batches), device=self.frozen.device)
        for group in self._groups(rows):
            places = torch.tensor([owners[index] for index in group], device=self.frozen.device)
            soft = torch.stack([track.values for track, _ in batches])[places]  # [R, P, D]
            per_row = row_losses(self.frozen, soft, [rows[index] for index in group])
            weighted = per_row * torch.tensor([weights[owners[index]] for index in group], device=per_row.device)
            if backward:
                weighted.sum().backward()
            totals.index_add_(0, places, weighted.detach())
        return totals.tolist()

    def _groups(self, rows: Sequence[Row]) -> list[list[int]]:
        """Passes of rows of one kind: label rows and generation rows are scored differently."""
        kinds: dict[bool, list[int]] = {}
        for index, row in enumerate(rows):
            kinds.setdefault(bool(row.choices.sequences), []).append(index)
        return [
            [places[i] for i in group]
            for places in kinds.values()
            for group in passes([len(rows[i].ids) for i in places], self.settings.prompt_length, device=self.frozen.device)
        ]

    @torch.no_grad()
    def _validate(self) -> None:
        """Score every running prompt on its slice, add a point, remember the best, stop those that wait too long."""
        running = [track for track in self.tracks if not track.stopped]
        for track, score in zip(running, self._scores(running), strict=True):
            point = Point(self.step, float(np.mean(track.losses)), score, self.elapsed_s)
            track.losses.clear()
            track.curve.append(point)
            self.progress.point(track.job.spec.id, point.step, loss=point.loss, validation=score, seconds=point.seconds)
            track.waited = 0 if score > track.best_score else track.waited + 1
            if score >= track.best_score:
                track.best_score, track.best_step, track.best = score, self.step, track.values.detach().clone()
            track.stopped = bool(self.settings.patience) and track.waited >= self.settings.patience

    def _scores(self, tracks: Sequence[_Track]) -> list[float]:
        """Validation score of each prompt, all in shared passes."""
        pairs = [(place, number) for place, track in enumerate(tracks) for number in range(len(track.validation))]
        rows = [tracks[place].validation[number] for place, number in pairs]
        values = torch.stack([track.values.detach() for track in tracks])
        found = np.zeros(len(pairs))
        for group in self._groups(rows):
            self.progress.check()
            soft = values[torch.tensor([pairs[index][0] for index in group], device=values.device)]
            asked = [
                (tracks[place].job.task, tracks[place].job.data.validation[number]) for place, number in (pairs[i] for i in group)
            ]
            found[group] = row_scores(self.frozen, soft, [rows[index] for index in group], asked)
        owners = np.array([place for place, _ in pairs])
        return [float(found[owners == place].mean()) for place in range(len(tracks))]

    # checkpoints ------------------------------------------------------------------------------------------------

    def _fingerprint(self) -> str:
        return digest(
            {"jobs": [track.job.spec.id for track in self.tracks], "rows": [len(track.train) for track in self.tracks]}, 16
        )

    def _save(self) -> None:
        if self.checkpoint is None:
            return
        checkpoints.save(
            self.checkpoint,
            {
                "fingerprint": self._fingerprint(),
                "step": self.step,
                "elapsed_s": self.elapsed_s,
                "optimiser": self.optimiser.state_dict(),
                "tracks": [
                    {
                        "values": track.values.detach(),
                        "best": track.best,
                        "best_score": track.best_score,
                        "best_step": track.best_step,
                        "waited": track.waited,
                        "stopped": track.stopped,
                        "steps": track.steps,
                        "curve": [(p.step, p.loss, p.validation, p.seconds) for p in track.curve],
                    }
                    for track in self.tracks
                ],
            },
        )

    def _restore(self) -> bool:
        """Go on from the checkpoint if it is of these very jobs; a damaged or foreign one is not used."""
        state = checkpoints.load(self.checkpoint, self.frozen.device) if self.checkpoint else None
        if state is None or state.get("fingerprint") != self._fingerprint():
            return False
        self.step, self.elapsed_s = state["step"], state["elapsed_s"]
        self.optimiser.load_state_dict(state["optimiser"])
        for track, kept in zip(self.tracks, state["tracks"], strict=True):
            track.values.data.copy_(kept["values"])
            track.curve = [Point(*values) for values in kept["curve"]]
            for name in ("best", "best_score", "best_step", "waited", "stopped", "steps"):
                setattr(track, name, kept[name])
            for point in track.curve:
                self.progress.point(
                    track.job.spec.id, point.step, loss=point.loss, validation=point.validation, seconds=point.seconds
                )
        return True
