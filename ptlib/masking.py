"""Is the overlap causal? Zero neurons and watch the accuracy fall (dose-response).

Conditions: the task's `own` activated neurons, those `shared` with another prompt, those of the `other` prompt
only, and as many `random` ones, matched in number per layer over several draws. Masked at every position.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ptlib.errors import BadInput
from ptlib.evaluation import evaluate
from ptlib.models import FrozenModel
from ptlib.neurons import NeuronSet, capture, choose, masked, match_at_random
from ptlib.progress import Progress, Silent
from ptlib.prompts import SoftPrompt
from ptlib.tasks import Example, Task

RATIOS = (0.1, 0.25, 0.5, 1.0)
RANDOM_DRAWS = 20


@dataclass(frozen=True, slots=True)
class Dose:
    """One point of the curve before it is measured: which neurons (bool [L, F]) are zeroed, and why."""

    condition: str
    ratio: float
    draw: int
    neurons: np.ndarray


def plan(target: NeuronSet, other: NeuronSet | None, ratios: Sequence[float], draws: int, seed: int = 0) -> Iterator[Dose]:
    """List the doses; every non-random set is followed by `draws` random ones of the same size per layer.

    The random twin of a condition is named `random for <condition>`, so that like is compared with like.
    """
    rng = np.random.default_rng(seed)
    for condition in ("own", "shared", "other") if other is not None else ("own",):
        for ratio in ratios:
            chosen = choose(condition, target, other, ratio)
            yield Dose(condition, ratio, 0, chosen)
            for draw in range(draws):
                yield Dose(f"random for {condition}", ratio, draw, match_at_random(chosen, rng))


def dose_response(
    frozen: FrozenModel,
    prompt: SoftPrompt,
    other: SoftPrompt | None,
    task: Task,
    examples: Sequence[Example],
    ratios: Sequence[float] = RATIOS,
    draws: int = RANDOM_DRAWS,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """Score `prompt` on `task` with neurons zeroed.

    Returns:
        One row a dose: condition, ratio, draw, neurons (how many were zeroed), n, score (fraction);
        the first row is the unmasked score (condition `none`).

    Raises:
        BadInput: no examples, or prompts that do not fit the backbone.
    """
    if not examples:
        raise BadInput(f"Task '{task.id}' has no evaluation examples here, so masking cannot be measured.")
    progress = progress or Silent()
    pair = [prompt] if other is None else [prompt, other]
    captured = [capture(frozen, item.values[None], [item.info.id])[0] for item in pair]
    doses = list(plan(captured[0], captured[1] if other is not None else None, ratios, draws))
    rows = [("none", 0.0, 0, 0, len(examples), _score(frozen, prompt, task, examples))]
    for done, dose in enumerate(doses):
        progress.check()
        progress.phase("masking", done, len(doses))
        with masked(frozen, dose.neurons):
            score = _score(frozen, prompt, task, examples)
        rows.append((dose.condition, dose.ratio, dose.draw, int(dose.neurons.sum()), len(examples), score))
    progress.phase("masking", len(doses), len(doses))
    return pd.DataFrame(rows, columns=["condition", "ratio", "draw", "neurons", "n", "score"])


def _score(frozen: FrozenModel, prompt: SoftPrompt, task: Task, examples: Sequence[Example]) -> float:
    return float(evaluate(frozen, [prompt], task, examples, Silent())[0].score.mean())
