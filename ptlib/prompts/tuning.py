"""Tuning soft prompts on a frozen backbone, several at once over one stacked forward pass.

Each prompt keeps its own batches, seed and optimiser state, so a stack gives what each would give alone. Only the
prompts take gradients. The last checkpoint holds everything that decides what comes next; the data order is a function
of (task, seed, epoch) and needs no state.
"""

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, astuple, dataclass, field
from pathlib import Path

import numpy as np
import torch

from ptlib.base.errors import BadInput, RunFailed
from ptlib.base.identity import digest
from ptlib.base.progress import Progress
from ptlib.models.load import FrozenModel
from ptlib.models.parallel import Pace
from ptlib.models.positions import Row, lay_out, say_cuts
from ptlib.prompts import checkpoints, trails
from ptlib.prompts.initial import batch_places, initial_values
from ptlib.prompts.soft import SoftPrompt, tuned
from ptlib.prompts.spec import TuneSettings, TuneSpec
from ptlib.prompts.stacked import batch_losses, scores
from ptlib.tasks.data import TrainingData
from ptlib.tasks.task import Task


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
    trail: Mapping[int, np.ndarray] = field(default_factory=dict)
    """Values [P, D] by step, from the start to the last one kept before `best_step`."""


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
    curve: list[Point] = field(default_factory=list)
    trail: dict[int, torch.Tensor] = field(default_factory=dict)

    def batch(self, step: int) -> list[Row]:
        """Training rows of a step: passes over the data in an order drawn anew each time."""
        spec = self.job.spec
        places = batch_places(self.job.task, spec.seed, len(self.train), spec.settings.batch_size, step)
        return [self.train[place] for place in places]


_KEPT = ("best", "trail", "best_score", "best_step", "waited", "stopped", "steps")
"""What a checkpoint holds of a `_Track` as it is."""


def tune(frozen: FrozenModel, jobs: Sequence[TuneJob], progress: Progress, checkpoint: Path | None = None) -> list[TuneResult]:
    """Tune all jobs at once.

    Args:
        frozen: the backbone.
        jobs: of one backbone and with equal settings, but for task, seed and initialisation.
        progress: told of steps and curves, asked at every step whether to stop.
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
        {step: kept.cpu().numpy() for step, kept in track.trail.items() if step < track.best_step or step == 0},
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
            [track.values for track in self.tracks],
            lr=self.settings.lr,
            weight_decay=self.settings.weight_decay,
            fused=frozen.device.type == "cuda" or None,
        )
        self.kept_steps = trails.kept_steps(self.settings.steps, self.settings.eval_every)
        self.step, self.elapsed_s = 0, 0.0
        self.unread: list[torch.Tensor] = []  # losses [K] of the running prompts since the last evaluation, on the device
        self.pace = Pace(frozen.device)

    def _track(self, job: TuneJob) -> _Track:
        settings, examples = job.spec.settings, job.data
        start = job.start
        if start is None:
            start = initial_values(self.frozen, settings.start, job.task, job.spec.seed, settings.prompt_length)
        values = torch.nn.Parameter(torch.tensor(start, dtype=torch.float32, device=self.frozen.device))
        train, validation = (
            lay_out(self.frozen, job.task, part, settings.prompt_length, settings.max_tokens)
            for part in (examples.train, examples.validation)
        )
        say_cuts(self.progress.note, job.task.id, settings.max_tokens, training=train, validation=validation)
        return _Track(job, values, train, validation, best=values.detach().clone())

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
        self.unread.append(self._losses(self.tracks, gradients=False))
        self._validate()

    def _take_step(self) -> None:
        running = [track for track in self.tracks if not track.stopped]
        for group in self.optimiser.param_groups:
            group["lr"] = learning_rate(self.settings, self.step)
        self.optimiser.zero_grad(set_to_none=True)  # a stopped prompt has no gradient, so the optimiser leaves it alone
        self.unread.append(self._losses(running))
        self.optimiser.step()
        self.step += 1
        for track in running:
            track.steps = self.step
        self.pace.keep()

    def _read_losses(self, running: Sequence[_Track]) -> np.ndarray:
        """Losses [K, steps] since the last evaluation: only here and for the scores a GPU is waited for."""
        losses = torch.stack(self.unread).cpu().double().numpy()
        first = max(0, self.step - len(losses))
        self.unread.clear()
        for number, place in np.argwhere(~np.isfinite(losses))[:1]:
            job = running[place].job
            raise RunFailed(
                f"The loss of '{job.task.id}' (seed {job.spec.seed}) is not finite at step {first + number}. "
                f"Nothing saved is lost. Lower the learning rate ({self.settings.lr:g}) and run it again."
            )
        return losses.T.copy()

    def _losses(self, tracks: Sequence[_Track], gradients: bool = True) -> torch.Tensor:
        batches = [track.batch(self.step) for track in tracks]
        return batch_losses(self.frozen, [track.values for track in tracks], batches, gradients)

    def _validate(self) -> None:
        """Score every running prompt on its slice, add a point, remember the best, stop those that wait too long."""
        running = [track for track in self.tracks if not track.stopped]
        losses = self._read_losses(running)
        for track, loss, score in zip(running, losses, self._scores(running), strict=True):
            point = Point(self.step, float(np.mean(loss)), score, self.elapsed_s)
            track.curve.append(point)
            if self.step in self.kept_steps:
                track.trail[self.step] = track.values.detach().clone()
            self.progress.point(track.job.spec.id, point.step, loss=point.loss, validation=score, seconds=point.seconds)
            track.waited = 0 if score > track.best_score else track.waited + 1
            if score >= track.best_score:
                track.best_score, track.best_step, track.best = score, self.step, track.values.detach().clone()
            track.stopped = self._is_over(track)

    def _is_over(self, track: _Track) -> bool:
        first, last = track.curve[0], track.curve[-1]
        return self.settings.is_over(track.waited, first.validation, track.best_score, last.loss / max(first.loss, 1e-12))

    def _scores(self, tracks: Sequence[_Track]) -> list[float]:
        """Validation score of each prompt, all in shared passes."""
        asked = [
            (place, row, track.job.task, example)
            for place, track in enumerate(tracks)
            for row, example in zip(track.validation, track.job.data.validation, strict=True)
        ]
        found = np.zeros(len(asked))
        for group, values in scores(self.frozen, torch.stack([track.values.detach() for track in tracks]), asked):
            self.progress.check()
            found[group] = values
        owners = np.array([place for place, *_ in asked])
        return [float(found[owners == place].mean()) for place in range(len(tracks))]

    # checkpoints ------------------------------------------------------------------------------------------------

    def _fingerprint(self) -> str:
        return digest(
            {
                "v": 2,  # of what a checkpoint holds
                "jobs": [track.job.spec.id for track in self.tracks],
                "rows": [len(track.train) for track in self.tracks],
            },
            16,
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
                    {name: getattr(track, name) for name in _KEPT}
                    | {"values": track.values.detach(), "curve": [astuple(point) for point in track.curve]}
                    for track in self.tracks
                ],
            },
        )

    def _restore(self) -> bool:
        """Go on from the checkpoint if it is of these very jobs; a damaged or foreign one is not used."""
        if self.checkpoint is None:
            return False
        state = checkpoints.load(self.checkpoint, self.frozen.device, self.progress.note, fingerprint=self._fingerprint())
        if state is None:
            return False
        self.step, self.elapsed_s = state["step"], state["elapsed_s"]
        self.optimiser.load_state_dict(state["optimiser"])
        for track, kept in zip(self.tracks, state["tracks"], strict=True):
            track.values.data.copy_(kept["values"])
            track.curve = [Point(*values) for values in kept["curve"]]
            for name in _KEPT:
                setattr(track, name, kept[name])
            for point in track.curve:
                self.progress.point(
                    track.job.spec.id, point.step, loss=point.loss, validation=point.validation, seconds=point.seconds
                )
        return True
