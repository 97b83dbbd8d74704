"""Fits on pairs of prompts of both models: distance minimising, and anchors."""

import numpy as np
import torch

from ptlib.base.errors import BadInput
from ptlib.projection.fitting import closed
from ptlib.projection.fitting.starts import Fitted, Job, first_form, linear
from ptlib.projection.fitting.training import train
from ptlib.projection.forms import Anchors, Shapes
from ptlib.projection.material import Material, words_in_turn
from ptlib.projection.words import Vocabulary, shared_rows

WORD_PAIRS = 128
"""Untrained pairs: the same drawn words in both models."""
FEWEST = 2
LEARNING_RATE = 1e-3


def prompt_pairs(job: Job) -> tuple[np.ndarray, np.ndarray]:
    """Prompts of the training tasks in both models, [N, P_s, D_s] and [N, P_t, D_t], then pairs of untrained ones.

    Raises:
        BadInput: fewer than two pairs of tuned prompts.
    """
    spec, material = job.spec, job.material
    keys = [(task, seed) for task in spec.tasks for seed in spec.fitted_seeds(job.held_out) if (task, seed) in material.target]
    if len(keys) < FEWEST:
        raise BadInput(
            f"There {'is 1 pair' if len(keys) == 1 else f'are {len(keys)} pairs'} of prompts of the same task and seed on "
            f"'{spec.source}' and '{spec.target}'; distance minimising needs at least {FEWEST}. Name more tasks or seeds, or "
            "tune them on both models."
        )
    sources, targets = _both(job, keys)
    if spec.untrained:
        more = word_pairs(job.material.words, job.shapes, [spec.seed, job.held_out, 31])
        sources, targets = [*sources, *more[0]], [*targets, *more[1]]
    return np.stack(sources), np.stack(targets)


def _both(job: Job, keys: list[tuple[str, int]]) -> tuple[list[np.ndarray], list[np.ndarray]]:
    material, places = job.material, np.arange(job.length)
    return [material.source[key] for key in keys], [material.target[key][places % len(material.target[key])] for key in keys]


def word_pairs(words: tuple[Vocabulary, Vocabulary], shapes: Shapes, key: list[int]) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Untrained prompts of the same drawn words in both models. Raises BadInput where the vocabularies share nothing."""
    rng = np.random.default_rng(key)
    source, target = shared_rows(*words)
    drawn = [rng.integers(len(source), size=max(shapes.source_length, shapes.target_length)) for _ in range(WORD_PAIRS)]
    return [source[rows[: shapes.source_length]] for rows in drawn], [target[rows[: shapes.target_length]] for rows in drawn]


def distance(job: Job) -> Fitted:
    """Least squares between pairs: in closed form per token, by steps for the other forms. Errors as in `prompt_pairs`."""
    first, second = prompt_pairs(job)
    if job.spec.form == "per_token":
        least = min(first.shape[1], second.shape[1])
        tokens = (first[:, :least].reshape(-1, first.shape[2]), second[:, :least].reshape(-1, second.shape[2]))
        if job.spec.start != "random":
            weight = closed.corrected(*tokens, closed.least_squares(*shared_rows(*job.material.words)))
        else:
            weight = closed.least_squares(*tokens)
        return linear(job, weight), {"pairs": len(first), "r_squared": round(closed.r_squared(*tokens, weight), 4)}
    form, more = first_form(job, None)
    left, right = (torch.as_tensor(part, device=job.frozen.device) for part in (first, second))

    def step_of(step: int) -> float:
        rng = np.random.default_rng([job.spec.seed, job.held_out, 32, step])
        chosen = torch.as_tensor(rng.choice(len(left), size=min(job.spec.batch_size, len(left)), replace=False))
        loss = torch.nn.functional.mse_loss(form(left[chosen]), right[chosen])
        loss.backward()
        return float(loss.detach())

    seconds = train(
        form, step_of, job.spec, job.spec.lr or LEARNING_RATE, job.id, progress=job.progress, checkpoint=job.checkpoint
    )
    return form, {**more, "pairs": len(first), "seconds": seconds}


def anchors(job: Job) -> Fitted:
    """Tuned prompts of both models and pairs of untrained ones; a prompt that is carried leaves its own task's anchors out.

    Raises:
        BadInput: both models share prompts of fewer than two tasks.
    """
    keys = [(task, seed) for task, seed in job.material.target if seed in job.spec.fitted_seeds(job.held_out)]
    tasks = tuple(dict.fromkeys(task for task, _ in keys))
    if len(tasks) < FEWEST:
        raise BadInput(
            f"Anchors need prompts of at least {FEWEST} tasks on both models; '{job.spec.source}' and '{job.spec.target}' share "
            f"{len(tasks)}. Tune more tasks on both."
        )
    rng, blank = np.random.default_rng([job.spec.seed, job.held_out, 41]), 3 * len(keys) // len(tasks)
    sources, targets = _both(job, keys)
    material: Material = job.material
    sources += [words_in_turn(material.words[0], job.shapes.source_length, rng) for _ in range(blank)]
    targets += [words_in_turn(material.words[1], job.length, rng) for _ in range(blank)]
    form = Anchors(job.shapes, len(sources))
    form.load_state_dict(
        {
            "means": torch.as_tensor(np.stack([values.mean(0) for values in sources])),
            "prompts": torch.as_tensor(np.stack(targets)),
            "task_of": torch.tensor([*(tasks.index(task) for task, _ in keys), *[-1] * blank]),
        }
    )
    return form.to(job.frozen.device), {"anchor_tasks": tasks, "anchors": len(sources)}
