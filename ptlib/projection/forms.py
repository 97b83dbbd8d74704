"""The shapes a projector may have. Every form maps [R, P_s, D_s] -> [R, P_t, D_t] and keeps its numbers in plain tensors."""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import nn

LEAK = 0.01
"""Slope of the leaky ReLU below 0, as in the published projector."""
SHARPNESS = 10.0
"""Inverse temperature of the softmax over anchors."""


@dataclass(frozen=True, slots=True)
class Shapes:
    """Lengths and widths on both sides."""

    source_length: int
    """P_s"""
    source_width: int
    """D_s"""
    target_length: int
    """P_t"""
    target_width: int
    """D_t"""


def in_turn(values: torch.Tensor, length: int) -> torch.Tensor:
    """[R, P, D] -> [R, length, D]: tokens taken in turn until there are enough; a shorter length takes the first ones."""
    if values.shape[1] == length:
        return values
    return values[:, torch.arange(length, device=values.device) % values.shape[1]]


class PerToken(nn.Module):
    """z = x W + b, one map for all tokens; with `rows_to` every row is then scaled to that length."""

    def __init__(self, shapes: Shapes, *, bias: bool = True, rows_to: float = 0.0) -> None:
        super().__init__()
        self.target_length = shapes.target_length
        self.weight = nn.Parameter(torch.zeros(shapes.source_width, shapes.target_width))
        self.bias = nn.Parameter(torch.zeros(shapes.target_width)) if bias else None
        self.rows_to: torch.Tensor
        self.register_buffer("rows_to", torch.tensor(float(rows_to)))

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        """[R, P_s, D_s] -> [R, P_t, D_t]."""
        out = in_turn(values, self.target_length) @ self.weight
        if self.bias is not None:
            out = out + self.bias
        if float(self.rows_to) > 0:
            out = out * (self.rows_to / out.norm(dim=-1, keepdim=True).clamp_min(1e-12))
        return out


class Flattened(nn.Module):
    """The paper's form: all tokens as one vector, one hidden layer, back to tokens, layer norm (affine, shared over tokens)."""

    def __init__(self, shapes: Shapes, hidden: int) -> None:
        super().__init__()
        self.shapes = shapes
        self.first = nn.Linear(shapes.source_length * shapes.source_width, hidden)
        self.second = nn.Linear(hidden, shapes.target_length * shapes.target_width)
        self.norm = nn.LayerNorm(shapes.target_width, eps=1e-5)

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        """[R, P_s, D_s] -> [R, P_t, D_t]."""
        flat = in_turn(values, self.shapes.source_length).flatten(1)  # [R, P_s * D_s]
        out = self.second(nn.functional.leaky_relu(self.first(flat), LEAK))  # [R, P_t * D_t]
        return self.norm(out.unflatten(1, (self.shapes.target_length, self.shapes.target_width)))


class Residual(nn.Module):
    """z = x W + b + gelu(x A + a) B: the linear map with a small network beside it that starts at nothing."""

    def __init__(self, shapes: Shapes, hidden: int) -> None:
        super().__init__()
        self.linear = PerToken(shapes)
        self.first = nn.Linear(shapes.source_width, hidden)
        self.second = nn.Linear(hidden, shapes.target_width, bias=False)
        nn.init.zeros_(self.second.weight)

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        """[R, P_s, D_s] -> [R, P_t, D_t]."""
        more = self.second(nn.functional.gelu(self.first(values)))
        return self.linear(values) + in_turn(more, self.linear.target_length)


class Anchors(nn.Module):
    """A softmax over the cosines of centred mean tokens chooses among the target's own prompts.

    `task_of` [A] numbers the anchors' tasks; an anchor of the task in `without` is not used.
    """

    def __init__(self, shapes: Shapes, anchors: int) -> None:
        super().__init__()
        self.means: torch.Tensor
        self.prompts: torch.Tensor
        self.task_of: torch.Tensor
        self.register_buffer("means", torch.zeros(anchors, shapes.source_width))
        self.register_buffer("prompts", torch.zeros(anchors, shapes.target_length, shapes.target_width))
        self.register_buffer("task_of", torch.full((anchors,), -1, dtype=torch.long))

    def forward(self, values: torch.Tensor, without: int = -2) -> torch.Tensor:
        """[R, P_s, D_s] -> [R, P_t, D_t]."""
        kept = self.task_of != without
        centre = self.means[kept].mean(0)
        unit = lambda rows: nn.functional.normalize(rows - centre, dim=-1)  # noqa: E731
        weights = torch.softmax(SHARPNESS * unit(values.mean(1)) @ unit(self.means[kept]).T, dim=-1)  # [R, A]
        return torch.einsum("ra,apd->rpd", weights, self.prompts[kept])


def build(name: str, shapes: Shapes, tensors: Mapping[str, torch.Tensor], hidden: int) -> nn.Module:
    """An empty form that `tensors` fit into."""
    if name == "flattened":
        return Flattened(shapes, hidden)
    if name == "residual":
        return Residual(shapes, hidden)
    if name == "anchors":
        return Anchors(shapes, len(tensors["task_of"]))
    return PerToken(shapes, bias="bias" in tensors)
