"""What is known of a frozen language model before it is loaded: family, sizes, room; read from its config alone."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ptlib.base.errors import BadInput
from ptlib.base.files import read_json
from ptlib.base.tables.opening import seems
from ptlib.tasks.task import MASKED_LM, T5, Task

MASKED_LM_TYPES = (
    "roberta",
    "bert",
    "modernbert",
    "distilbert",
    "electra",
    "albert",
    "xlm-roberta",
    "camembert",
    "mpnet",
    "deberta-v2",
)
T5_TYPES = ("t5",)
LEAST_ROOM = 8
"""Positions that a prompt must leave for the text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BackboneSpec:
    """What is known of a backbone before it is loaded. Unknown sizes are 0 until its config was read."""

    id: str
    name: str
    family: str
    """"mlm" or "t5"."""
    location: str
    """Folder, or id on the Hub."""
    source: str = "hub"
    """embedded, hub or folder."""
    revision: str = "main"
    width: int = 0
    """D."""
    layers: int = 0
    """L (T5: decoder layers)."""
    ffn: int = 0
    """F."""
    parameters: int = 0
    max_positions: int | None = None
    """Longest input in tokens, prompt included; None = no hard limit (relative positions)."""
    notes: str = ""
    saw_tasks: tuple[str, ...] = ()
    """Tasks that were part of its pretraining (contamination), as published."""

    @property
    def is_demo(self) -> bool:
        return self.source == "embedded"

    def check_runs(self, task: Task) -> None:
        """Refuse a task that models of this family cannot run. Raises BadInput."""
        if not task.supports(self.family):
            raise BadInput(f"{self.name} ({self.family}) cannot run '{task.id}'. Choose a T5 model or another task.")

    def check_room(self, prompt_length: int) -> None:
        """Refuse a prompt that leaves fewer than `LEAST_ROOM` positions for the text. Raises BadInput."""
        limit = self.max_positions
        if limit is not None and limit - prompt_length < LEAST_ROOM:
            most = limit - LEAST_ROOM
            raise BadInput(
                f"A prompt of {prompt_length} soft tokens does not fit '{self.id}', which has {limit} positions for "
                f"prompt and text. Use {f'at most {most}' if most > 0 else 'another model'}."
            )


def _family_of(config: Mapping[str, Any], where: str) -> str:
    model_type = str(config.get("model_type", ""))
    if model_type in MASKED_LM_TYPES:
        return MASKED_LM
    if model_type in T5_TYPES:
        return T5
    raise BadInput(
        f"The model in {where} is of type '{model_type or 'unknown'}', which is neither a masked LM nor T5-like. "
        f"Supported types: {', '.join((*MASKED_LM_TYPES, *T5_TYPES))}."
    )


_STRANGE = re.compile(r"[^\w .,'&()+-]")
"""What a folder's name may hold and a shown name may not: it would be read as markup somewhere."""


def _first(config: Mapping[str, Any], *names: str, most: int = 10**8) -> int:
    """The size that a config gives under one of several names; 0 when it gives none."""
    name = next((name for name in names if config.get(name) is not None), None)
    if name is None:
        return 0
    size = config[name]
    if isinstance(size, bool) or not isinstance(size, int) or not 0 < size <= most:
        raise BadInput(f"The model's config.json says {name}: {str(size)[:40]}, which is no size. Download the model again.")
    return size


_MOST_LAYERS = 1_000
_NARROW = ("electra", "albert", "deberta-v2")
"""Types whose word embeddings may be narrower than their layers: a soft prompt is as wide as a word."""
COUNT_FROM_PADDING = ("roberta", "xlm-roberta", "camembert", "mpnet")
"""Types that count positions from the padding token's id on."""


def _width(config: Mapping[str, Any]) -> int:
    narrow = _first(config, "embedding_size") if config.get("model_type") in _NARROW else 0
    default = 128 if config.get("model_type") in ("electra", "albert") else 0  # theirs, where the config leaves it out
    return narrow or default or _first(config, "hidden_size", "d_model", "dim")


def _offset(config: Mapping[str, Any]) -> int:
    if config.get("model_type") not in COUNT_FROM_PADDING:
        return 0
    padding = config.get("pad_token_id", 1)
    return padding + 1 if isinstance(padding, int) and 0 <= padding < 10 else 2


def _seems(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return seems(file.read(4096))
    except OSError:
        return ""


def read_folder(folder: Path, *, id: str | None = None, name: str | None = None, source: str = "folder") -> BackboneSpec:
    """Describe a model folder in Hugging Face format from its config.json alone.

    Raises:
        BadInput: no readable config.json, or a model type of neither family.
    """
    try:
        config = read_json(folder / "config.json")
    except (OSError, ValueError) as error:
        what = _seems(folder / "config.json")
        raise BadInput(
            f"'config.json' in {folder} is {what}."
            if what
            else f"No usable config.json in {folder} ({error}). Give a folder in Hugging Face format."
        ) from None
    family = _family_of(config, str(folder))
    if config.get("quantization_config"):
        method = config["quantization_config"].get("quant_method") if isinstance(config["quantization_config"], dict) else None
        raise BadInput(
            f"The model in {folder} is a quantised checkpoint ({str(method or 'of an unknown kind')[:40]}), whose weights "
            "cannot be used here. Give the unquantised one."
        )
    for names in (("num_attention_heads", "n_heads", "num_heads"), ("vocab_size",), ("num_layers",)):
        _first(config, *names, most=_MOST_LAYERS if names == ("num_layers",) else 10**8)
    offset = _offset(config)
    positions = _first(config, "max_position_embeddings") if family == MASKED_LM else 0
    return BackboneSpec(
        id=id or str(folder),
        name=name or _STRANGE.sub("_", folder.name) or "model",
        family=family,
        location=str(folder),
        source=source,
        width=_width(config),
        layers=_first(config, "num_decoder_layers", "num_hidden_layers", "n_layers", "num_layers", most=_MOST_LAYERS),
        ffn=_first(config, "intermediate_size", "d_ff", "hidden_dim"),
        max_positions=positions - offset if positions else None,
    )


BYTES = {"fp32": 4, "bf16": 2}


def weights_bytes(spec: BackboneSpec, dtype: str = "fp32") -> int:
    """Size of the frozen weights in memory; read from the files where the number of parameters is not registered."""
    if spec.parameters:
        return spec.parameters * BYTES[dtype]
    files = [path for name in ("*.safetensors", "*.bin") for path in Path(spec.location).glob(name)]
    return sum(path.stat().st_size for path in files)


def kept_numbers(spec: BackboneSpec) -> int:
    """Numbers that all layers keep for one token while gradients are computed: L (7 D + F), gated FFN L (7 D + 6 F)."""
    gated = spec.family == T5 and spec.ffn != 4 * spec.width
    return spec.layers * (7 * spec.width + (6 if gated else 1) * spec.ffn)
