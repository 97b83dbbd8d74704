"""How much memory a run needs, before anything is loaded: frozen weights, what backpropagation keeps, working space.

Frozen weights need no gradient, but the gradient of the prompt passes through every layer, so each layer keeps about
7 D (+ F, gated 6 F) numbers for every token of every row; measured on RoBERTa and T5 (tests/oracle/test_hub_memory.py).
"""

from dataclasses import dataclass

from ptlib.models.spec import BYTES, BackboneSpec, kept_numbers, weights_bytes
from ptlib.prompts.spec import TuneSettings

PASS_TOKENS = 8192
"""The engine splits a step into passes of at most so many tokens and keeps the activations of one of them."""
_WORKING = 1.25
"""Working space of the busiest layer, fragmentation, and the logits of the answers."""


@dataclass(frozen=True, slots=True)
class Memory:
    """Estimated bytes; rough, meant to be on the high side."""

    weights: int
    activations: int

    @property
    def total(self) -> int:
        return self.weights + self.activations

    def fits(self, free_bytes: int) -> bool:
        """Whether the run fits into so much free memory."""
        return self.total < free_bytes


def memory(spec: BackboneSpec, settings: TuneSettings, prompts: int = 1) -> Memory:
    """Memory of tuning so many prompts in one step, each with `batch_size` rows; see `PASS_TOKENS`."""
    tokens = settings.prompt_length + settings.max_tokens + 4
    if spec.max_positions:
        tokens = min(tokens, spec.max_positions)
    at_once = min(tokens * settings.batch_size * prompts, max(PASS_TOKENS, tokens))
    kept = kept_numbers(spec) * at_once * BYTES[settings.dtype]
    return Memory(weights_bytes(spec, settings.dtype), round(kept * _WORKING))
