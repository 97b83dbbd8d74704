"""Batches of task tuning: every row has its own source prompt; a batch is a function of (seed, held-out seed, step) alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from ptlib.models.load import FrozenModel
from ptlib.models.positions import Row, lay_out
from ptlib.projection.material import Material, untrained_prompts
from ptlib.projection.spec import ProjectSpec
from ptlib.prompts.spec import default_settings
from ptlib.tasks.data import load_training
from ptlib.tasks.registry import get_task

POSITIVE, UNTRAINED, OTHER = range(3)
SHARES = (3, 1, 1)
"""Positives, untrained prompts, prompts of other families; with several training tasks the last counts twice."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows of one step."""

    prompts: torch.Tensor
    """[R, P_s, D_s], each row's source prompt."""
    rows: tuple[Row, ...]
    uniform: torch.Tensor
    """[R] bool: pulled towards the uniform distribution."""


@dataclass(frozen=True, slots=True)
class Batches:
    """Everything that batches are drawn from."""

    spec: ProjectSpec
    held_out: int
    rows: Mapping[str, Sequence[Row]]
    """Training rows by task."""
    validation: Mapping[str, Sequence[Row]]
    positives: Mapping[str, Sequence[np.ndarray]]
    """Source prompts [P_s, D_s] by training task."""
    untrained: Sequence[np.ndarray]
    others: Mapping[str, Sequence[np.ndarray]]
    """By training task: prompts of other families that are shown its texts."""
    device: torch.device

    def at(self, step: int) -> Batch:
        """The batch of a step."""
        rng = np.random.default_rng([self.spec.seed, self.held_out, 21, step])
        drawn = [self._row(rng) for _ in range(self.spec.batch_size)]
        prompts = torch.as_tensor(np.stack([prompt for prompt, _, _ in drawn]), device=self.device)
        return Batch(prompts, tuple(row for _, row, _ in drawn), torch.tensor([bad for *_, bad in drawn], device=self.device))

    def _row(self, rng: np.random.Generator) -> tuple[np.ndarray, Row, bool]:
        names = list(self.rows)
        task = names[int(rng.integers(len(names)))]
        row = self.rows[task][int(rng.integers(len(self.rows[task])))]
        shares = np.array(
            [
                SHARES[POSITIVE],
                SHARES[UNTRAINED] * bool(self.untrained),
                SHARES[OTHER] * (1 + (len(names) > 1)) * bool(self.others[task]),
            ],
            float,
        )
        kind = int(rng.choice(3, p=shares / shares.sum()))
        pool = (self.positives[task], self.untrained, self.others[task])[kind]
        prompt = pool[int(rng.integers(len(pool)))]
        if kind == POSITIVE and self.spec.noise:
            size = self.spec.noise * float(np.sqrt(np.square(prompt).mean()))
            prompt = prompt + size * rng.standard_normal(prompt.shape, dtype=np.float32)
        return prompt, row, kind != POSITIVE

    def probe(self, most: int = 48) -> Batch:
        """Validation rows of all training tasks, each under a finished prompt of its task, without noise."""
        rng = np.random.default_rng([self.spec.seed, self.held_out, 22])
        picked = [(task, row) for task, rows in self.validation.items() for row in rows[: max(1, most // len(self.validation))]]
        prompts = [self.positives[task][int(rng.integers(len(self.positives[task])))] for task, _ in picked]
        return Batch(
            torch.as_tensor(np.stack(prompts), device=self.device),
            tuple(row for _, row in picked),
            torch.zeros(len(picked), dtype=torch.bool, device=self.device),
        )


def batches_of(spec: ProjectSpec, held_out: int, material: Material, frozen: FrozenModel, length: int) -> Batches:
    """Read the training data and gather the prompts of the fitted seeds. Raises BadInput, NotAvailable or Damaged."""
    settings, seeds = default_settings(frozen.spec), spec.fitted_seeds(held_out)
    rows, validation = {}, {}
    for name in spec.tasks:
        task = get_task(name)
        data = load_training(task, validation_size=settings.validation_size, train_size=settings.train_size)
        rows[name], validation[name] = (
            lay_out(frozen, task, part, length, settings.max_tokens) for part in (data.train, data.validation)
        )
    if spec.prompts == "one":
        positives = {name: [material.source[name, seeds[0]]] for name in spec.tasks}
    else:
        positives = {name: material.moments(name, seeds) for name in spec.tasks}
    others = {name: _others(name, spec, seeds, material) if spec.others else [] for name in spec.tasks}
    untrained = untrained_prompts(spec, material, held_out) if spec.untrained else []
    return Batches(spec, held_out, rows, validation, positives, untrained, others, frozen.device)


def _others(task: str, spec: ProjectSpec, seeds: Sequence[int], material: Material) -> list[np.ndarray]:
    """Finished prompts of other families: of the other training tasks where these have one, else of all tasks."""
    stranger = [name for name in material.families if material.families[name] != material.families[task]]
    named = [name for name in stranger if name in spec.tasks]
    return [material.source[name, seed] for name in (named or stranger) for seed in seeds]
