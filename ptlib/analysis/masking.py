"""Is the overlap causal? Zero neurons and watch the accuracy fall (dose-response).

Conditions: the prompt's `own` activated neurons, those `shared` with another prompt, those of the `other` prompt
only; each beside as many random ones, matched in number per layer, over several draws. Masked at every position.
T5: the decoder's feed-forwards, in which the sets were read.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ptlib.analysis.neurons import capture_all, choose, masked, match_at_random
from ptlib.analysis.specs import DRAWS, RATIOS
from ptlib.base.errors import BadInput
from ptlib.base.progress import Progress, Silent
from ptlib.base.stats import mean_interval
from ptlib.models.load import FrozenModel
from ptlib.prompts.evaluation import evaluate
from ptlib.prompts.soft import SoftPrompt
from ptlib.tasks.task import Example, Task

DOSE_COLUMNS = ("condition", "other", "ratio", "random", "draw", "neurons", "n", "score", "low", "high")
MASKING = "Masking neurons"


@dataclass(frozen=True, slots=True)
class Dose:
    """One point of the curve before it is measured: which neurons (bool [L, F]) are zeroed, and why."""

    condition: str
    """own, shared or other."""
    other: str
    """Id of the other prompt; "" for own."""
    ratio: float
    random: bool
    """A random twin: as many neurons in every layer as the condition's set, drawn from all."""
    draw: int
    neurons: np.ndarray


def plan(
    target: np.ndarray, others: Mapping[str, np.ndarray], ratios: Sequence[float], draws: int, seed: int = 0
) -> Iterator[Dose]:
    """List the doses for activations [L, F] of prompts.

    Every set is followed by `draws` random ones of its size per layer, so that like is compared with like.
    """
    rng = np.random.default_rng(seed)
    pairs = [("own", "", None), *((kind, name, other) for name, other in others.items() for kind in ("shared", "other"))]
    for condition, name, other in pairs:
        for ratio in ratios:
            chosen = choose(condition, target, other, ratio)
            yield Dose(condition, name, ratio, False, 0, chosen)
            for draw in range(draws):
                yield Dose(condition, name, ratio, True, draw, match_at_random(chosen, rng))


class _OnlyCheck(Silent):
    """Passes on the question whether to stop; the doses report the progress."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress

    def check(self) -> None:
        self._progress.check()


def dose_response(
    frozen: FrozenModel,
    prompt: SoftPrompt,
    others: Mapping[str, SoftPrompt],
    task: Task,
    examples: Sequence[Example],
    *,
    ratios: Sequence[float] = RATIOS,
    draws: int = DRAWS,
    seed: int = 0,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """Score `prompt` on `task` with neurons zeroed.

    Returns:
        One row a dose with `DOSE_COLUMNS`: condition, other (id), ratio, random, draw, neurons (how many were zeroed), n,
        score (fraction), and its 95 % interval over examples (NaN for random sets, whose spread is that of the draws).
        The first row is the unmasked score (condition "none").

    Raises:
        BadInput: no examples, or prompts that do not fit the backbone.
        Cancelled: somebody asked to stop.
    """
    if not examples:
        raise BadInput(f"Task '{task.id}' has no evaluation examples here, so masking cannot be measured.")
    progress = progress or Silent()
    target, *found = capture_all(frozen, [prompt, *others.values()])
    doses = list(plan(target, dict(zip(others, found, strict=True)), ratios, draws, seed))
    rows = [("none", "", 0.0, False, 0, 0, *_score(frozen, prompt, task, examples, progress))]
    for done, dose in enumerate(doses):
        progress.check()
        progress.phase(MASKING, done, len(doses))
        with masked(frozen, dose.neurons):
            scored = _score(frozen, prompt, task, examples, progress, interval=not dose.random)
        rows.append((dose.condition, dose.other, dose.ratio, dose.random, dose.draw, int(dose.neurons.sum()), *scored))
    progress.phase(MASKING, len(doses), len(doses))
    return pd.DataFrame(rows, columns=list(DOSE_COLUMNS))


def _score(
    frozen: FrozenModel, prompt: SoftPrompt, task: Task, examples: Sequence[Example], progress: Progress, *, interval: bool = True
) -> tuple[int, float, float, float]:
    """(n, score, low, high)."""
    scores = evaluate(frozen, [prompt], task, examples, _OnlyCheck(progress))[0].score
    value = float(scores.mean(dtype=np.float64))
    if not interval:
        return len(scores), value, float("nan"), float("nan")
    around = mean_interval(scores)
    low, high = (float("nan") if edge is None else edge for edge in (around.low, around.high))
    return len(scores), value, low, high
