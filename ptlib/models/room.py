"""How many tokens one pass may hold: on a GPU what its free memory takes, less after a pass that did not fit."""

from dataclasses import dataclass, field

import torch

from ptlib.models.spec import BackboneSpec, kept_numbers

USUAL = {True: 8192, False: 16384}
"""Tokens of one pass with and without gradients, or of all that run side by side, where free memory is not asked."""
MOST = {True: 1 << 20, False: 1 << 16}
"""More does not make a GPU faster; without gradients a pass ends soon enough to be cancelled."""
SHARE, WORKING = 0.85, 1.25
"""Of the free memory that a pass may take; and working space, fragmentation and logits on top of what is kept."""
WIDE = 6
"""Without gradients only a layer's own numbers exist at a time: so many times 2 D + F for a token."""


@dataclass
class Room:
    """What is known of the room for one model's passes: tokens by whether gradients are computed."""

    tokens: dict[bool, int] = field(default_factory=dict)

    def of(self, spec: BackboneSpec, device: torch.device, dtype: torch.dtype, gradients: bool) -> int:
        """Tokens that a pass may hold, padding and soft tokens included."""
        if device.type != "cuda":
            return self.tokens.get(gradients, USUAL[gradients])
        if gradients not in self.tokens:
            self.tokens[gradients] = _fitting(spec, free_bytes(device), dtype, gradients)
        return self.tokens[gradients]

    def shrink(self, device: torch.device, gradients: bool, tokens: int) -> None:
        """A pass of so many tokens did not fit: from now on half as many at most."""
        self.tokens[gradients] = max(1, min(tokens, self.tokens.get(gradients, tokens)) // 2)
        if device.type == "cuda":
            torch.cuda.empty_cache()


def _fitting(spec: BackboneSpec, free: int, dtype: torch.dtype, gradients: bool) -> int:
    """Tokens whose activations fit into so many bytes."""
    numbers = kept_numbers(spec) if gradients else WIDE * (2 * spec.width + spec.ffn)
    return int(min(MOST[gradients], max(1, SHARE * free / (WORKING * numbers * dtype.itemsize))))


def free_bytes(device: torch.device) -> int:
    """Memory of a GPU that is free or that this process has set aside without using it."""
    unused = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
    return torch.cuda.mem_get_info(device)[0] + unused
