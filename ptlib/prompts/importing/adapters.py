"""PEFT adapters: what the configuration says decides, never the number of rows alone."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from ptlib.base.errors import PtlibError
from ptlib.base.safe_load import Refused, as_prompt, check_place
from ptlib.base.tables.opening import seems
from ptlib.models.published_layout import LAYOUT, kind_of
from ptlib.prompts.importing.found import OURS, PEFT, Asked, ImportedPrompt, shape_notes
from ptlib.prompts.importing.keys import choose, listed
from ptlib.tasks.names import task_of

CONFIG, STATE = "adapter_config.json", "trainer_state.json"
_CHECKPOINT = re.compile(r"^checkpoint-(\d+)$")
_CHANGING = re.compile(r"lora_|prefix_task_|(^|\.)ia3_|adaption_")
"""Tensors that change the model or the prompt: without them the prompt is another one."""
_HUB_ID = re.compile(r"(?!demo/)[\w.-]+/[\w.-]+")
_OWN_HEADS = re.compile(r"For(SequenceClassification|TokenClassification|QuestionAnswering|MultipleChoice)$")
_HEADS = re.compile(r"(^|\.)(classifier|score|lm_head|qa_outputs|modules_to_save)(\.|$)")


def config_beside(path: Path) -> dict[str, Any] | None:
    """The configuration beside an adapter file; None where there is none. Raises Refused for another kind of adapter."""
    config = path.parent / CONFIG
    if not path.name.startswith("adapter_model") or not config.exists():
        return None
    values = _json(config)
    if values is None:
        raise Refused(f"'{config.name}' beside '{path.name}' {_unread(config)}.")
    kind = values.get("peft_type")
    if kind == "PROMPT_TUNING_LORA":
        raise Refused(
            f"'{path.parent.name}' is a PEFT adapter of type {kind}: it also changes the word embeddings, so its prompt alone is "
            "another model. It is not imported."
        )
    if kind not in ("PROMPT_TUNING", "P_TUNING"):
        raise Refused(f"'{path.parent.name}' is a PEFT adapter of type {kind}; only prompt tuning can be used.")
    return values


def _unread(path: Path) -> str:
    """Why a configuration is none, in words."""
    try:
        with path.open("rb") as handle:
            what = seems(handle.read(200))
    except OSError:
        what = ""
    return f"is {what}" if what else "cannot be read"


def _json(path: Path) -> dict[str, Any] | None:
    try:
        values = json.loads(check_place(path, path.parent).read_text(encoding="utf-8-sig"))
    except (PtlibError, OSError, ValueError, RecursionError):
        return None
    return values if isinstance(values, dict) else None


def from_adapter(path: Path, config: dict[str, Any], tensors: dict[str, np.ndarray], source: str, asked: Asked) -> ImportedPrompt:
    """A stock PEFT adapter of any version. Raises Refused where names, configuration and shapes contradict each other."""
    folder = path.parent
    key, said = choose(tensors, path.name, asked.key)
    if _is_raw(config, key, tensors) and not asked.key:
        raise Refused(
            f"'{folder.name}' holds what the encoder of p-tuning makes a prompt of, not the prompt ({listed(tensors)}). Save the "
            "adapter with a current PEFT, which stores the prompt itself."
        )
    if not asked.key and (changing := sorted(name for name in tensors if _CHANGING.search(name))):
        raise Refused(
            f"'{folder.name}' also holds {', '.join(changing[:3])}: they change the model or the prompt, so its prompt alone is "
            f"another one. --key {key} imports it nevertheless."
        )
    values, notes = _first_part(as_prompt(tensors[key], source), config, folder.name)
    said = _head(config, [name for name in tensors if name != key]) or said
    ours, strange = _ours(folder / "prompt.json")
    backbone = asked.backbone or ours.get("backbone") or _base(config)
    kind = str(config.get("task_type") or "")
    if kind == "CAUSAL_LM":
        notes += ("It was made for a causal language model: it can be compared and clustered, but not evaluated here.",)
    name, step = _name_and_step(folder)
    return ImportedPrompt(
        values,
        name,
        str(ours.get("task") or task_of(name)),
        backbone,
        re.sub(r"\W+", "_", backbone.split("/")[-1].lower()) or "peft",
        source,
        "published_v1" if asked.layout == "published" else str(ours.get("layout") or PEFT),
        key,
        int(ours.get("step") or step),
        kind,
        (*said, *notes, *shape_notes(values), *strange, *_lineage(config)),
        {**_own_facts(ours), **({"start": config["prompt_tuning_init"]} if config.get("prompt_tuning_init") else {})},
    )


def _base(config: dict[str, Any]) -> str:
    """The model that the configuration names, at the revision that it names."""
    base, revision = config.get("base_model_name_or_path"), config.get("revision")
    if not isinstance(base, str):
        return ""
    pinned = isinstance(revision, str) and revision not in ("", "main") and _HUB_ID.fullmatch(base)
    return f"{base}@{revision}" if pinned else base


def _head(config: dict[str, Any], others: list[str]) -> tuple[str, ...]:
    """A word on a head of its own that answers where the adapter was made: trained with it, or the model's own."""
    heads = sorted(name for name in others if _HEADS.search(name))
    saved, mapping = config.get("modules_to_save") or (), config.get("auto_mapping")
    kept = list(dict.fromkeys(map(str, saved if isinstance(saved, (list, tuple)) else (saved,))))
    typed = config.get("task_type") in ("SEQ_CLS", "TOKEN_CLS", "QUESTION_ANS")
    whole = str(mapping.get("base_model_class", "")) if isinstance(mapping, dict) else ""
    if heads or (kept and typed):
        what = f"its own trained head ({', '.join((heads or kept)[:3])})"
    elif typed or _OWN_HEADS.search(whole):
        what = f"a head of the model ({whole or config['task_type']})"
    else:
        return ()
    return (f"This adapter answers with {what}, which is not imported: label words answer instead, so its scores will differ.",)


def _is_raw(config: dict[str, Any], key: str, tensors: dict[str, np.ndarray]) -> bool:
    """Whether an encoder stands between the tensor and the prompt."""
    encoder = any("mlp_head" in name or "lstm" in name for name in tensors)
    return config.get("peft_type") == "P_TUNING" and encoder and not key.endswith("prompt_embeddings")


def _ours(path: Path) -> tuple[dict[str, Any], tuple[str, ...]]:
    """What our own file beside an adapter says, without entries that cannot be ours, which are said."""
    told = {name: value for name, value in (_json(path) or {}).items() if name in _OURS and value is not None}
    sound = {name: value for name, value in told.items() if _OURS[name](value)}
    strange = ", ".join(sorted(told.keys() - sound.keys()))
    return sound, (f"prompt.json beside it gives no sound {strange}: passed over.",) if strange else ()


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**63


_OURS: dict[str, Callable[[object], bool]] = {
    **dict.fromkeys(("task", "backbone", "init", "template", "id"), _is_text),
    **dict.fromkeys(("seed", "step"), _is_count),
    "layout": lambda value: value in (OURS, PEFT, LAYOUT),
    "label_words": lambda value: isinstance(value, list) and all(map(_is_text, value)),
}
"""Entry of our own file -> whether a value of it can be one."""


def _own_facts(ours: dict[str, Any]) -> dict[str, Any]:
    """What our own file beside an adapter tells of its making."""
    return {name: ours[name] for name in ("seed", "init", "template", "label_words", "id") if ours.get(name) not in (None, "")}


def _first_part(values: np.ndarray, config: dict[str, Any], name: str) -> tuple[np.ndarray, tuple[str, ...]]:
    """The rows in front of the (encoder's) text. PEFT makes two copies for an encoder and a decoder, and uses the first."""
    tokens = _count(config.get("num_virtual_tokens"), len(values))
    both = config.get("task_type") == "SEQ_2_SEQ_LM" or kind_of(str(config.get("base_model_name_or_path", ""))) == "t5"
    parts = _count(config.get("num_transformer_submodules"), 2 if both and len(values) == 2 * tokens else 1)
    width = _count(config.get("token_dim"), values.shape[1])
    if width != values.shape[1]:
        raise Refused(f"'{name}' says {width} wide tokens (token_dim) but holds {values.shape[1]} wide ones.")
    if len(values) not in (tokens, tokens * parts):
        raise Refused(
            f"'{name}' says {tokens} virtual tokens{f' in {parts} parts' if parts > 1 else ''} but holds {len(values)} rows."
        )
    kept = values[:tokens].copy()
    if len(values) == tokens:
        return kept, ()
    rest = values[tokens:]
    same = "equal to the first" if np.array_equal(rest, np.tile(kept, (parts - 1, 1))) else "which PEFT never uses"
    return kept, (f"Only the first {tokens} of {len(values)} rows are imported: the others are a second part, {same}.",)


def _count(value: object, default: int) -> int:
    """A size of the configuration. Raises Refused for what is no size."""
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise Refused(
            f"The adapter's configuration gives {json.dumps(value, default=str)[:40]} where a number of tokens belongs."
        )
    return value


def _name_and_step(folder: Path) -> tuple[str, int]:
    """Name and training step; a Trainer's checkpoint is named by the folder above it."""
    found = _CHECKPOINT.match(folder.name)
    state = (_json(folder / STATE) or {}).get("global_step")
    step = state if isinstance(state, int) else int(found[1]) if found else 0
    return (folder.resolve().parent.name if found else folder.resolve().name), step


def _lineage(config: dict[str, Any]) -> tuple[str, ...]:
    """What it was started from, where the configuration tells."""
    start, text = config.get("prompt_tuning_init"), config.get("prompt_tuning_init_text")
    return (f"It was started from the text '{str(text)[:60]}'.",) if start == "TEXT" and text else ()
