"""Loading a backbone and freezing it. Foreign code is never executed: safetensors or `weights_only`, no remote code."""

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import torch
from transformers import (
    AutoConfig,
    AutoModelForMaskedLM,
    AutoTokenizer,
    GenerationConfig,
    PreTrainedModel,
    PreTrainedTokenizerBase,
    T5ForConditionalGeneration,
)
from transformers.utils import logging

from ptlib.base import listed, paths
from ptlib.base.errors import BadInput, RunFailed
from ptlib.models.fetch import check_files, model_folder, reason
from ptlib.models.room import Room
from ptlib.models.spec import COUNT_FROM_PADDING, BackboneSpec, read_folder, weights_bytes
from ptlib.tasks.task import MASKED_LM

DTYPES = {"fp32": torch.float32, "bf16": torch.bfloat16}


@dataclass(frozen=True, slots=True)
class FrozenModel:
    """A backbone in memory; no weight of it ever takes a gradient."""

    spec: BackboneSpec
    model: Any
    """A PreTrainedModel; families are told apart by parts that its type does not know."""
    tokenizer: PreTrainedTokenizerBase
    device: torch.device
    dtype: torch.dtype
    room: Room = field(default_factory=Room, compare=False, repr=False)
    """Learned while it runs: how many tokens fit into a pass."""

    @property
    def is_masked_lm(self) -> bool:
        return self.spec.family == MASKED_LM

    def tokens_a_pass(self, gradients: bool) -> int:
        """Tokens that one forward (and backward) pass may hold now."""
        return self.room.of(self.spec, self.device, self.dtype, gradients)

    def shrink_passes(self, gradients: bool, tokens: int) -> None:
        """A pass of so many tokens ran out of memory: later ones are smaller."""
        self.room.shrink(self.device, gradients, tokens)


_LAYER = re.compile(r".*?\b(layers?|block|albert_layer_groups)\.\d+(?=\.)")
"""The part of a weight's name that tells its layer."""
_FOREIGN = re.compile(
    r"\blora_|\badapters?\b|\bia3_|prefix_encoder|distance_embedding|\b(absmax|quant_state|qweight|qzeros|SCB)\b"
)
"""Weights of adapters, relative positions or quantised formats inside a model's own file."""
_KEPT: dict[tuple[str, str, str], FrozenModel] = {}
"""The last backbone of this process, by (id, device, dtype): the next run mostly wants the same."""


def load_model(spec: BackboneSpec, device: str = "cpu", dtype: str = "fp32") -> FrozenModel:
    """Load a backbone, its own folder or its snapshot from the Hub; `dtype` is of the frozen weights, soft prompts stay fp32.

    Raises:
        BadInput: no masked-LM head, files that do not fit each other, or too large for the device.
        NotAvailable: the Hub cannot be reached, or will not give it.
    """
    folder = model_folder(spec)
    if spec.is_demo:
        listed.check(paths.demo_dir(), folder)
    check_files(spec, folder)
    logging.disable_progress_bar()
    tokenizer = _tokenizer(spec, folder)
    model = _read(spec, folder, DTYPES[dtype], _placement(spec, device, dtype))
    _check_vocabulary(spec, tokenizer, model)
    return FrozenModel(_complete(spec, folder, model), model, tokenizer, torch.device(model.device), DTYPES[dtype])


def _tokenizer(spec: BackboneSpec, folder: Path) -> PreTrainedTokenizerBase:
    """The tokenizer, found able to read a text."""
    try:
        tokenizer = AutoTokenizer.from_pretrained(folder)
        ids = set(tokenizer("good bad yes no", add_special_tokens=False)["input_ids"])
    except Exception as error:  # the libraries have many
        raise BadInput(f"The tokenizer of '{spec.id}' cannot be loaded ({reason(error)}). Download the model again.") from error
    if not ids - {tokenizer.unk_token_id}:
        raise BadInput(
            f"The tokenizer of '{spec.id}' makes nothing of a plain text: its vocabulary is missing. Download it again."
        )
    if spec.family == MASKED_LM and tokenizer.mask_token_id is None:
        raise BadInput(
            f"The tokenizer of '{spec.id}' has no mask token, so no label can be read. Choose a masked language model."
        )
    read, marks = tokenizer("good bad")["input_ids"], {*tokenizer.all_special_ids} - {tokenizer.unk_token_id}
    if read[-1] not in marks or (spec.family == MASKED_LM and read[0] not in marks):
        raise BadInput(
            f"The tokenizer of '{spec.id}' puts no special tokens around a text, where this type of model expects them. "
            "Use the model's own tokenizer files."
        )
    return tokenizer


def _check_vocabulary(spec: BackboneSpec, tokenizer: PreTrainedTokenizerBase, model: PreTrainedModel) -> None:
    """The tokenizer's tokens are the model's. Raises BadInput."""
    words: Any = model.get_input_embeddings()
    rows, highest = len(words.weight), max(tokenizer.get_vocab().values(), default=0)
    if highest >= rows:
        raise BadInput(
            f"The tokenizer of '{spec.id}' has tokens up to {highest}, but the model has word embeddings for {rows} only: they "
            "do not belong together. Download both again, or use the model's own tokenizer."
        )
    padding, theirs = getattr(model.config, "pad_token_id", None), tokenizer.pad_token_id
    if model.config.model_type in COUNT_FROM_PADDING and None not in (padding, theirs) and padding != theirs:
        raise BadInput(
            f"The config.json of '{spec.id}' says pad_token_id {padding}, its tokenizer {theirs}: this type of model counts its "
            "positions from there, so they must agree. Use the model's own tokenizer, or correct config.json."
        )


def _placement(spec: BackboneSpec, device: str, dtype: str) -> str:
    """Where the weights go: the device, or spread over all GPUs when one is too small."""
    if not device.startswith("cuda") or not spec.parameters:
        return device
    need, free = weights_bytes(spec, dtype), torch.cuda.mem_get_info(torch.device(device).index or 0)[0]
    if need < 0.9 * free:
        return device
    if torch.cuda.device_count() > 1:
        return "auto"
    raise BadInput(
        f"'{spec.id}' needs {need / 2**30:.1f} GiB for its weights in {dtype}, but {free / 2**30:.1f} GiB are free on "
        f"{device}. Use bf16, a smaller model or a larger GPU."
    )


def _read(spec: BackboneSpec, folder: Path, dtype: torch.dtype, place: str) -> PreTrainedModel:
    kind: Any = AutoModelForMaskedLM if spec.family == MASKED_LM else T5ForConditionalGeneration
    more = {"device_map": "auto"} if place == "auto" else {}
    try:
        model, info = kind.from_pretrained(
            folder, config=AutoConfig.from_pretrained(folder), dtype=dtype, output_loading_info=True, **more
        )
    except (MemoryError, torch.OutOfMemoryError):
        raise _too_little_memory(spec) from None
    except Exception as error:  # the libraries have many
        raise BadInput(
            f"'{spec.id}' cannot be loaded ({reason(error)}). Check that its folder holds config.json, "
            "the tokenizer and safetensors weights that belong together."
        ) from error
    _check_whole(spec, model, info)
    _check_reading(spec, model.config)
    if spec.family != MASKED_LM:
        model.generation_config = _greedy(model.generation_config, model.config)
    try:
        model = model.eval().requires_grad_(False)
        model = model if place == "auto" else model.to(place)
    except torch.OutOfMemoryError:
        raise _too_little_memory(spec) from None
    for name, weight in model.named_parameters():
        if not torch.isfinite(weight.sum(dtype=torch.float32)):
            raise BadInput(f"'{spec.id}' holds weights that are no finite numbers ({name}). Download it again.")
    return model


def _check_reading(spec: BackboneSpec, config: Any) -> None:
    """Refuse a model that reads its input in a way that is not computed here, and would be read as if it were usual."""
    kind = getattr(config, "position_embedding_type", None) or "absolute"
    if kind != "absolute":
        raise BadInput(
            f"'{spec.id}' places its tokens by '{kind}' embeddings, which are not computed here. Choose another model."
        )
    if spec.family == MASKED_LM and getattr(config, "is_decoder", False):
        raise BadInput(
            f"The config.json of '{spec.id}' says is_decoder: it reads from left to right, so no label can be read at a mask in "
            "front of the text. Choose a masked language model."
        )


def _greedy(told: Any, config: Any) -> GenerationConfig:
    """Plain greedy answers, whatever else (penalties, forced tokens, least lengths) a model's folder asks for.

    Where it leaves out what begins and ends an answer, the model's configuration tells.
    """
    named = {name: getattr(told, name) for name in ("decoder_start_token_id", "eos_token_id", "pad_token_id")}
    return GenerationConfig(**{name: getattr(config, name, None) if id_ is None else id_ for name, id_ in named.items()})


def _too_little_memory(spec: BackboneSpec) -> RunFailed:
    return RunFailed(f"The device ran out of memory while loading '{spec.id}'. Free the GPU, use bf16 or a smaller model.")


def _check_whole(spec: BackboneSpec, model: PreTrainedModel, info: Mapping[str, Any]) -> None:
    """Configuration and weights name the same layers, the head is there, and a decoder knows where it begins. Raises BadInput."""
    layers = {found[0] for name in model.state_dict() if (found := _LAYER.match(name))}
    beyond = sorted(name for name in info["unexpected_keys"] if (found := _LAYER.match(name)) and found[0] not in layers)
    foreign = sorted(name for name in info["unexpected_keys"] if _FOREIGN.search(name))
    if foreign:
        raise BadInput(
            f"'{spec.id}' holds weights that its type of model has no place for ({', '.join(foreign[:2])}): without them it is "
            "another model. Merge adapters into the model and save it anew, or choose another one."
        )
    missing = sorted(info["missing_keys"])
    parts = (
        ([name for name in missing if _LAYER.match(name)], "lacks weights of") if missing else (beyond, "holds weights beyond")
    )
    if parts[0]:
        raise BadInput(
            f"'{spec.id}' {parts[1]} the layers that its config.json names ({', '.join(parts[0][:2])}): the two do not belong "
            "together. Download both again."
        )
    if missing:
        raise BadInput(
            f"'{spec.id}' lacks the weights {', '.join(missing[:3])}{' ...' if len(missing) > 3 else ''}: it was saved "
            f"without its {'masked-LM' if spec.family == MASKED_LM else 'language-model'} head. Choose a checkpoint that has it."
        )
    if spec.family != MASKED_LM and getattr(model.config, "decoder_start_token_id", 0) is None:
        raise BadInput(
            f"The config.json of '{spec.id}' names no decoder_start_token_id. T5 models use their padding token's; add it there."
        )


def _complete(spec: BackboneSpec, folder: Path, model: PreTrainedModel) -> BackboneSpec:
    """Fill in sizes that the registry did not know."""
    if spec.width and spec.layers and spec.ffn and spec.parameters:
        return spec
    read = read_folder(folder, id=spec.id, name=spec.name, source=spec.source)
    return replace(
        spec,
        width=read.width,
        layers=read.layers,
        ffn=read.ffn,
        max_positions=spec.max_positions or read.max_positions,
        parameters=sum(weight.numel() for weight in model.parameters()),
    )


def resolve_device(device: str) -> str:
    """ "auto" is CUDA where there is one, else the CPU."""
    if device != "auto":
        return device
    return "cuda" if torch.cuda.is_available() else "cpu"


@lru_cache(maxsize=1)
def bf16_seconds() -> float:
    """How many times the seconds of fp32 a matrix product in bf16 takes on this processor: above 1 where it is emulated."""

    def least(dtype: torch.dtype) -> float:
        values, seconds = torch.ones(512, 512, dtype=dtype), []
        for _ in range(5):
            begun = time.perf_counter()
            values @ values
            seconds.append(time.perf_counter() - begun)
        return min(seconds)

    return least(torch.bfloat16) / least(torch.float32)


def check_format(device: str, dtype: str) -> None:
    """Refuse bf16 on a processor that emulates it. Raises BadInput."""
    if (device, dtype) == ("cpu", "bf16") and (times := bf16_seconds()) > 1:
        raise BadInput(
            f"This processor has no bf16: a product takes {times:.1f} times as long as in fp32. Use fp32, or a GPU for bf16."
        )


def hold(backbone: BackboneSpec, device: str, dtype: str) -> FrozenModel:
    """Load a backbone, or take the one this process holds. Errors as in `load_model` and `check_format`."""
    check_format(device, dtype)
    key = (backbone.id, device, dtype)
    if key not in _KEPT:
        _KEPT.clear()  # first let go of the old one: two may not fit
        _KEPT[key] = load_model(backbone, device, dtype)
    return _KEPT[key]
