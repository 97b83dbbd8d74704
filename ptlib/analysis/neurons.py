"""Activated neurons: which feed-forward units a soft prompt switches on, and what zeroing them costs.

Definition (paper section on activated neurons; code `caculate_metric_value_for_correlation.py`): a neuron is
one unit of the feed-forward's inner layer, its value is the output of the activation function, and it is
activated when that value is above 0. The input is the prompt alone (soft tokens and the layout without text).
Masked LM: read at the `<mask>` position. T5: the decoder's feed-forwards at the first step.
Published v1 prompts keep the layout they were tuned in: `<mask> p2 .. pP <s>`, read at position 0.
Gated feed-forwards (ModernBERT, T5 v1.1): the value is the activation of the gated half, act(wi_0 x), before
the product with the linear half; zeroing it zeroes the product, so sets and masking speak of the same units.
"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

import numpy as np
import torch
from torch import nn

from ptlib.base.errors import BadInput
from ptlib.models.forward import bert_like, is_bert_like, published_embedding
from ptlib.models.load import FrozenModel
from ptlib.models.positions import OURS, label_position, prompt_only
from ptlib.models.published_layout import LAYOUT as PUBLISHED
from ptlib.prompts.soft import SoftPrompt, check_fits
from ptlib.tasks.task import MASKED_LM


def sites(frozen: FrozenModel) -> list[nn.Module]:
    """The activation modules of the feed-forwards, one a layer (T5: the decoder's), first layer first.

    Raises:
        BadInput: the architecture keeps its feed-forwards somewhere unknown.
    """
    if frozen.spec.family == MASKED_LM:
        base = frozen.model.base_model
        stack = getattr(base, "encoder", None) or getattr(base, "transformer", None) or base
        layers = getattr(stack, "layer", None) or getattr(stack, "layers", None)
        places = [_activation_of(layer) for layer in layers] if layers is not None else []
    else:
        places = [block.layer[-1].DenseReluDense.act for block in frozen.model.decoder.block]
    found = [site for site in places if site is not None]
    if not found or len({id(site) for site in found}) != len(places):
        raise BadInput(
            f"'{frozen.spec.id}' keeps its feed-forward activations where they cannot be told apart by layer, "
            "so activated neurons are undefined for it. Choose a RoBERTa, BERT, ModernBERT or T5 model."
        )
    return found


def _activation_of(layer: nn.Module) -> nn.Module | None:
    for path in ("intermediate.intermediate_act_fn", "ffn.activation", "mlp.act"):
        try:
            return layer.get_submodule(path)
        except AttributeError:
            continue
    return None


@contextmanager
def hooked(modules: Sequence[nn.Module], hook_of) -> Iterator[None]:
    """Register `hook_of(i)` on every module and remove all of them on the way out, whatever happened."""
    with ExitStack() as stack:
        for index, module in enumerate(modules):
            stack.callback(module.register_forward_hook(hook_of(index)).remove)
        yield


@contextmanager
def masked(frozen: FrozenModel, neurons: np.ndarray) -> Iterator[None]:
    """Zero the given neurons (bool [L, F]) at every position while the context is open.

    Raises:
        BadInput: the mask has another shape than the model.
    """
    modules = sites(frozen)
    width = frozen.spec.ffn or neurons.shape[-1]
    if neurons.shape != (len(modules), width):
        raise BadInput(
            f"The mask has shape {list(neurons.shape)}, but the model has [{len(modules)}, {width}] neurons. "
            "Compute it on this backbone."
        )
    keep = torch.as_tensor(~neurons, device=frozen.device)

    def hook_of(index: int):
        return lambda _module, _inputs, output: output * keep[index].to(output.dtype)

    with hooked(modules, hook_of):
        yield


@torch.no_grad()
def capture(frozen: FrozenModel, prompts: np.ndarray, layout: str = OURS) -> np.ndarray:
    """Activations [K, L, F] float32 of the stack `prompts` [K, P, D], one forward pass for all; above 0 = activated.

    Raises:
        BadInput: the prompts' width is not the model's, they hold NaN, or the model lacks the published layout.
    """
    if prompts.ndim != 3 or prompts.shape[-1] != frozen.spec.width:
        raise BadInput(
            f"Prompts of shape {list(prompts.shape[1:])} do not fit '{frozen.spec.id}' of width {frozen.spec.width}. "
            "Use prompts tuned on it."
        )
    if not np.isfinite(prompts).all():
        raise BadInput("A prompt holds values that are not finite, so its neurons are undefined. Tune it again.")
    if layout == PUBLISHED and not (frozen.is_masked_lm and is_bert_like(frozen.model.base_model)):
        layout = OURS  # published T5 prompts are laid out as ours
    soft = torch.tensor(prompts, device=frozen.device).to(frozen.dtype)
    seen: dict[int, torch.Tensor] = {}
    position = label_position(frozen, prompts.shape[1], layout)

    def hook_of(index: int):
        def hook(_module, _inputs, output):
            seen[index] = output[:, position].float()

        return hook

    with hooked(sites(frozen), hook_of):
        _prompt_only_pass(frozen, soft, layout)
    return torch.stack([seen[index] for index in range(len(seen))], dim=1).cpu().numpy()


def capture_all(frozen: FrozenModel, prompts: Sequence[SoftPrompt]) -> list[np.ndarray]:
    """The same [L, F] for prompts of any length, each alone and in its own layout.

    One at a time, because a sum may round differently in a stack: a set must not depend on who else was asked for.
    """
    for prompt in prompts:
        check_fits(prompt, frozen.spec)
    layouts = (PUBLISHED if prompt.info.layout == PUBLISHED else OURS for prompt in prompts)
    return [capture(frozen, prompt.values[None], layout)[0] for prompt, layout in zip(prompts, layouts, strict=True)]


def _prompt_only_pass(frozen: FrozenModel, soft: torch.Tensor, layout: str) -> None:
    """Run the layout without any text: `[p] <s> <mask> </s>`, or `[p] </s>` and the decoder's first step."""
    model = frozen.model
    ids = torch.tensor([prompt_only(frozen, layout)] * len(soft), device=frozen.device)
    embeds = torch.cat([soft, model.get_input_embeddings()(ids).to(frozen.dtype)], dim=1)
    mask = torch.ones(embeds.shape[:2], dtype=torch.long, device=frozen.device)
    if layout == PUBLISHED:
        bert_like(model.base_model, published_embedding(frozen, embeds, soft.shape[1]), None, 0)
    elif frozen.is_masked_lm:
        model.base_model(inputs_embeds=embeds, attention_mask=mask)
    else:
        first = torch.full((len(soft), 1), model.config.decoder_start_token_id, device=frozen.device)
        hidden = model.encoder(inputs_embeds=embeds, attention_mask=mask).last_hidden_state
        model.decoder(input_ids=first, encoder_hidden_states=hidden, encoder_attention_mask=mask, use_cache=False)


def choose(kind: str, target: np.ndarray, other: np.ndarray | None, ratio: float) -> np.ndarray:
    """Pick neurons to zero, bool [L, F], by the activations [L, F] of two prompts.

    kind: `own` (activated by the target's prompt), `shared` (by both), `other` (by the other prompt only).
    ratio: the share of that set, the most active ones first.
    """
    if not 0 <= ratio <= 1:
        raise BadInput(f"ratio is {ratio}, but it must lie between 0 and 1. Give a share of the set.")
    if kind == "own":
        pool, strength = target > 0, target
    elif other is None:
        raise BadInput(f"'{kind}' neurons need a second prompt to compare with. Choose one.")
    elif kind == "shared":
        pool, strength = (target > 0) & (other > 0), np.minimum(target, other)
    else:
        pool, strength = (other > 0) & ~(target > 0), other
    count = round(ratio * int(pool.sum()))
    chosen = np.zeros(pool.size, dtype=bool)
    order = np.argsort(np.where(pool, -strength, np.inf), axis=None, kind="stable")
    chosen[order[:count]] = True
    return chosen.reshape(pool.shape)


def match_at_random(like: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """As many random neurons in every layer as `like` (bool [L, F]) has there."""
    out = np.zeros_like(like)
    for layer, row in enumerate(like):
        out[layer, rng.choice(row.size, size=int(row.sum()), replace=False)] = True
    return out
