"""How long a run takes here and how much memory it needs, before anything is loaded.

Memory: frozen weights, what backpropagation keeps, working space.

Frozen weights need no gradient, but the gradient of the prompt passes through every layer, so each layer keeps about
7 D (+ F, gated 6 F) numbers for every token of every row; measured on RoBERTa and T5 (tests/oracle/test_hub_memory.py).
"""

from functools import partial

from ptlib.models.spec import BYTES, BackboneSpec, kept_numbers, weights_bytes
from ptlib.prompts.spec import TuneSettings
from ptlib.results.kind import Estimate, Spec
from ptlib.results.speeds import speed
from ptlib.results.store import Store
from ptlib.runs import visitors
from ptlib.runs.kinds import kind_of, left_of

PASS_TOKENS = 8192
"""The engine splits a step into passes of at most so many tokens and keeps the activations of one of them."""
_WORKING = 1.25
"""Working space of the busiest layer, fragmentation, and the logits of the answers."""


def estimate(spec: Spec, visitor: str | None = None) -> Estimate:
    """How long the missing part of a run will take here, and on what that is based. Raises BadInput when it cannot run at all.

    visitor: as for `queue.enqueue`; a place that a visitor may not name is not looked at.
    """
    if visitor is not None:
        visitors.check_places(spec)
    todo = left_of(spec)
    if not todo:
        return Estimate(0.0, 0, 0, "everything is there already")
    return kind_of(spec).cost(spec, todo, partial(speed, store=Store()))


def memory(spec: BackboneSpec, settings: TuneSettings, prompts: int = 1) -> int:
    """Bytes for tuning so many prompts in one step, each with `batch_size` rows; rough, meant to be on the high side."""
    return weights_bytes(spec, settings.dtype) + activation_bytes(spec, settings, prompts)


def activation_bytes(spec: BackboneSpec, settings: TuneSettings, prompts: int = 1) -> int:
    """What of it is not frozen weights; see `PASS_TOKENS`."""
    tokens = settings.prompt_length + settings.max_tokens + 4
    if spec.max_positions:
        tokens = min(tokens, spec.max_positions)
    at_once = min(tokens * settings.batch_size * prompts, max(PASS_TOKENS, tokens))
    return round(kept_numbers(spec) * at_once * BYTES[settings.dtype] * _WORKING)
