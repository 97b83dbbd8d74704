"""Distance minimising on prompts that others published: every task left out once, against the mean of the other prompts.

Needs no data and no target: pairs of prompts of the same tasks are all there is, and untrained pairs where both models'
words are given.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import torch

from ptlib.base.errors import BadInput
from ptlib.base.progress import Progress, Silent
from ptlib.projection.fitting import closed
from ptlib.projection.fitting.pairs import LEARNING_RATE
from ptlib.projection.fitting.starts import seeded
from ptlib.projection.fitting.training import train
from ptlib.projection.forms import Flattened, PerToken, Residual, Shapes
from ptlib.projection.spec import ProjectSpec

FEWEST = 3
"""Pairs: with one left out, two remain to be fitted on."""
LEAVING = "Leaving tasks out"

Pairs = tuple[np.ndarray, np.ndarray]
"""Prompts of the same tasks or words in both models, [N, P_s, D_s] and [N, P_t, D_t] float32."""
Map = Callable[[np.ndarray], np.ndarray]
"""[R, P_s, D_s] -> [R, P_t, D_t]."""
Fit = Callable[[Pairs, ProjectSpec], Map]


@dataclass(frozen=True, slots=True)
class LeftOut:
    """How far a form is from prompts it was not fitted on; 1 = as far as the mean of those it was fitted on."""

    form: str
    errors: np.ndarray
    """[N] squared distance to the left-out prompt, over that of the mean prompt."""
    fitted: float
    """The same on the prompts it was fitted on: near 0 = learned by heart."""


def left_out(
    pairs: Pairs, spec: ProjectSpec, progress: Progress, *, untrained: Pairs | None = None, same_size: bool = False
) -> list[LeftOut]:
    """Every form of distance minimising, each pair left out once.

    Args:
        pairs: tuned prompts.
        spec: names the models and tasks; its steps, rate, hidden units and seed are used.
        progress: told how far it is, asked whether to stop.
        untrained: pairs that every fit sees besides.
        same_size: every prompt gets a root mean square of 1 first, so that directions alone are learned and judged.

    Raises:
        BadInput: fewer than three pairs.
        RunFailed: the loss is not finite.
        Cancelled: somebody asked to stop.
    """
    count = len(pairs[0])
    if count < FEWEST:
        raise BadInput(
            f"The two sets share prompts of {count} tasks; leaving one out needs at least {FEWEST}. Give sets that share more."
        )
    if same_size:
        pairs, untrained = _unit(pairs), untrained and _unit(untrained)
    out = []
    for done, (name, fit) in enumerate(FORMS.items()):
        found = []
        for place in range(count):
            progress.check()
            progress.phase(LEAVING, done * count + place, len(FORMS) * count)
            found.append(_errors(pairs, place, untrained, fit, spec))
        held, kept = np.array(found).T
        out.append(LeftOut(name, held, float(kept.mean())))
    progress.phase(LEAVING, 1, 1)
    return out


def _unit(pairs: Pairs) -> Pairs:
    first, second = (part / np.sqrt(np.square(part).mean((1, 2), keepdims=True)) for part in pairs)
    return first, second


def _errors(pairs: Pairs, place: int, untrained: Pairs | None, fit: Fit, spec: ProjectSpec) -> tuple[float, float]:
    """Error of the pair at `place`, and of the others together."""
    kept = np.arange(len(pairs[0])) != place
    first, second = (part[kept] for part in pairs)
    more = untrained or (first[:0], second[:0])
    carry, mean = fit((np.concatenate([first, more[0]]), np.concatenate([second, more[1]])), spec), second.mean(0)
    far = lambda found: np.square(found - pairs[1]).sum((1, 2))  # noqa: E731
    mine, base = far(carry(pairs[0])), far(mean)
    return float(mine[place] / base[place]), float(mine[kept].sum() / base[kept].sum())


def _zeros(pairs: Pairs, spec: ProjectSpec) -> Map:
    """No map: what an error says that shrinks with the prediction's size."""
    return lambda values: np.zeros((len(values), *pairs[1].shape[1:]), np.float32)


def _per_token(pairs: Pairs, spec: ProjectSpec) -> Map:
    """Ridge regression of target tokens on source tokens."""
    shapes = _shapes(pairs)
    least = min(shapes.source_length, shapes.target_length)
    first, second = (part[:, :least].reshape(-1, part.shape[2]) for part in pairs)
    form = PerToken(shapes, bias=False)
    form.weight.data.copy_(torch.as_tensor(closed.least_squares(first, second, closed.PULL)))
    return _through(form)


def _flattened(pairs: Pairs, spec: ProjectSpec) -> Map:
    """Ridge regression of whole prompts on whole prompts, around their means."""
    first, second = (part.reshape(len(part), -1) for part in pairs)
    return lambda values: closed.whole(first, second, values.reshape(len(values), -1)).reshape(len(values), *pairs[1].shape[1:])


def _trained(kind: Callable[[Shapes, int], torch.nn.Module]) -> Fit:
    """A form that takes steps on all pairs at once."""

    def fit(pairs: Pairs, spec: ProjectSpec) -> Map:
        with seeded(spec.seed):
            form = kind(_shapes(pairs), spec.hidden)
        first, second = (torch.as_tensor(part) for part in pairs)

        def step_of(_: int) -> float:
            loss = torch.nn.functional.mse_loss(form(first), second)
            loss.backward()
            return float(loss.detach())

        train(form, step_of, spec, spec.lr or LEARNING_RATE, spec.id, progress=Silent())
        return _through(form)

    return fit


def _through(form: torch.nn.Module) -> Map:
    @torch.no_grad()
    def apply(values: np.ndarray) -> np.ndarray:
        return np.asarray(form(torch.as_tensor(values)))

    return apply


def _shapes(pairs: Pairs) -> Shapes:
    return Shapes(*pairs[0].shape[1:], *pairs[1].shape[1:])


FORMS: Mapping[str, Fit] = {
    "prompt of zeros": _zeros,
    "per token, linear": _per_token,
    "per token, one hidden layer": _trained(Residual),
    "flattened, linear": _flattened,
    "flattened, one hidden layer": _trained(Flattened),
}
"""The last is the paper's; the first is no map at all."""
