"""AdamW for vectors and embeddings, orthogonalised momentum (Muon) for the matrices in between.

Muon: the momentum of a matrix is replaced by the nearest matrix with equal singular values before it is applied, here
computed in float32 for all matrices of one shape together. `matrix=False` groups, or all of them, use plain AdamW.
"""

from collections.abc import Callable

import torch
from torch import nn
from torch.optim import Optimizer

STEPS = 4
MOMENTUM = 0.95
COEFFICIENTS = (3.4445, -4.775, 2.0315)


def orthogonal(values: torch.Tensor) -> torch.Tensor:
    """Newton-Schulz iteration on a stack of matrices [K, M, N]: singular values go towards 1."""
    a, b, c = COEFFICIENTS
    turned = values.shape[1] > values.shape[2]
    found = values.transpose(1, 2) if turned else values
    found = found / found.norm(dim=(1, 2), keepdim=True).clamp_min(1e-7)
    for _ in range(STEPS):
        gram = found @ found.transpose(1, 2)
        found = a * found + (b * gram + c * (gram @ gram)) @ found
    return found.transpose(1, 2) if turned else found


class MixedOptimiser(Optimizer):
    """Groups with `matrix=True` are stepped by Muon, scaled to AdamW's step size; the others by AdamW."""

    def __init__(self, groups: list[dict[str, object]], lr: float, betas: tuple[float, float] = (0.9, 0.98)) -> None:
        super().__init__(groups, {"lr": lr, "betas": betas, "eps": 1e-8, "weight_decay": 0.0, "matrix": False, "factor": 1.0})

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> None:  # type: ignore[override]
        """Apply the gradients."""
        for group in self.param_groups:
            values = [value for value in group["params"] if value.grad is not None]
            if group["matrix"]:
                self._muon(group, values)
            else:
                self._adam(group, values)

    def _muon(self, group: dict, values: list[nn.Parameter]) -> None:
        shapes: dict[tuple[int, int], list[nn.Parameter]] = {}
        for value in values:
            rows, columns = value.shape
            shapes.setdefault((min(rows, columns), max(rows, columns)), []).append(value)
        for (_, longest), alike in shapes.items():
            moments = []
            for value in alike:
                state, gradient = self.state[value], value.grad
                assert gradient is not None  # only such values come here
                if not state:
                    state["moment"] = torch.zeros_like(value)
                state["moment"].lerp_(gradient, 1 - MOMENTUM)
                nesterov = gradient.lerp(state["moment"], MOMENTUM)
                moments.append(nesterov.T if value.shape[0] > value.shape[1] else nesterov)
            for value, change in zip(alike, orthogonal(torch.stack(moments)), strict=True):
                value.mul_(1 - group["lr"] * group["weight_decay"])
                value.add_(change.T if value.shape[0] > value.shape[1] else change, alpha=-group["lr"] * 0.2 * longest**0.5)

    def _adam(self, group: dict, values: list[nn.Parameter]) -> None:
        first, second = group["betas"]
        for value in values:
            state = self.state[value]
            if not state:
                state |= {"step": torch.zeros(()), "mean": torch.zeros_like(value), "square": torch.zeros_like(value)}
            state["step"] += 1
            step = float(state["step"])
            state["mean"].lerp_(value.grad, 1 - first)
            state["square"].mul_(second).addcmul_(value.grad, value.grad, value=1 - second)
            root = (state["square"] / (1 - second**step)).sqrt_().add_(group["eps"])
            value.mul_(1 - group["lr"] * group["weight_decay"])
            value.addcdiv_(state["mean"], root, value=-group["lr"] / (1 - first**step))
