"""Prompts without a configuration: the paper's code, Google's arrays, other labs' tensors, pairs of text-generation servers."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ptlib.base.safe_load import as_prompt
from ptlib.models.published_layout import LAYOUT, kind_of, model_of
from ptlib.prompts.importing.found import OURS, Asked, ImportedPrompt, shape_notes
from ptlib.prompts.importing.keys import choose, several
from ptlib.tasks.names import PUBLISHED_NAME, task_of

_GENERIC = re.compile(
    r"^(\d+|task_prompt|latest|best|last|final|model|pytorch_model|prompts?|soft_prompts?|checkpoint.*|epoch.*|step.*|encoder|decoder"
    r"|adapter_model|weights?|ckpt)$",
    re.IGNORECASE,
)
"""File names that tell no task."""
_OTHER_MODEL = re.compile(
    r"(?<!un)cased|distil|xlm|multiling|chinese|german|japanese|v1[._]?1|1_1|flan|m?t5?0|byt5|mt5|code|albert|deberta|modern|"
    r"electra|mobile|camem|lm100k|lm.adapt",
    re.IGNORECASE,
)
"""Models that are none of those the paper's prompts were published for."""
_GOOGLE = re.compile(r"t5_1_1_lm100k_(small|base|large|xl|xxl)")
_WIDTHS = {"small": 512, "base": 768, "large": 1024, "xl": 2048, "xxl": 4096}


def from_tensors(
    path: Path, tensors: Mapping[str, np.ndarray], facts: Mapping[str, Any], source: str, asked: Asked
) -> list[ImportedPrompt]:
    """All prompts of a file that has no configuration beside it. Raises Refused."""
    if path.suffix == ".safetensors" and asked.key is None and several(tensors):
        return [
            _describe(path, as_prompt(value, name), name, facts, source=source, asked=asked) for name, value in tensors.items()
        ]
    key, said = choose(tensors, path.name, asked.key)
    folder = path.resolve().parent
    name = folder.name if _GENERIC.match(path.stem) else path.stem
    found = _describe(path, as_prompt(tensors[key], source), name, facts, source=source, asked=asked, key=key, said=said)
    return [found]


def _describe(
    path: Path,
    values: np.ndarray,
    name: str,
    facts: Mapping[str, Any],
    *,
    source: str,
    asked: Asked,
    key: str = "",
    said: tuple[str, ...] = (),
) -> ImportedPrompt:
    """Combine what names, metadata and width say; what they leave open stays open and is said."""
    matched = PUBLISHED_NAME.match(name)
    if matched and not matched["model"] and path.name != "task_prompt":
        matched = None  # a name that merely ends in "prompt"
    told = str(facts.get("model", ""))
    task, model = (matched["task"], matched["model"] or told) if matched else (name, told)
    backbone, notes = asked.backbone or "", said
    hint = next((text for text in (model, told, path.stem, path.resolve().parent.name) if kind_of(text)), "")
    if not backbone:
        backbone = _backbone(hint, path, values.shape[1])
    papers = _is_the_papers(path, matched is not None and bool(kind_of(model)), told, key, facts)
    layout = LAYOUT if (papers if asked.layout is None else asked.layout == "published") else OURS
    if asked.layout is None and not papers and not _GOOGLE.search(path.as_posix()):
        notes += (
            "Nothing tells where it stands in the input; it is taken to stand in front of the text, as PEFT puts it. "
            "--layout published says otherwise.",
        )
    notes += shape_notes(values)
    if not backbone:
        notes += ("Nothing tells its model. --backbone says it; without one it can be compared, not evaluated.",)
    if path.stem == "decoder":
        notes += ("It is the decoder's part of a prompt; only prompts in front of the (encoder's) text can be evaluated.",)
    if path.stem == "encoder" and path.with_stem("decoder").exists():
        notes += (f"It has a second part, {path.with_stem('decoder').name}, for the decoder; that part is not imported.",)
    if path.name.startswith("adapter_model"):
        notes += ("adapter_config.json is missing beside it, so its model and task are not known.",)
    plain = re.sub(r"[^a-z0-9]+", "_", (backbone.split("/")[-1] or hint or path.stem or "prompts").lower()).strip("_")
    step = next((int(facts[name]) for name in ("global_step", "step") if isinstance(facts.get(name), int)), 0)
    extra = {"epoch": facts["trained_epoch"]} if isinstance(facts.get("trained_epoch"), int) else {}
    kind = "SEQ_2_SEQ_LM" if kind_of(backbone or hint) == "t5" else ""
    values.setflags(write=False)
    return ImportedPrompt(
        values, name, task_of(task), backbone, plain.replace("_uncased", ""), source, layout, key, step, kind, notes, extra
    )


def _backbone(hint: str, path: Path, width: int) -> str:
    """The model that names tell without doubt; "" otherwise. A cased model is never taken for an uncased one."""
    google = _GOOGLE.search(path.as_posix())
    if google and _WIDTHS[google[1]] == width:
        return f"google/t5-{google[1]}-lm-adapt"
    if re.search(r"bert[-_]base[-_]cased", hint, re.IGNORECASE) and width == 768:
        return "google-bert/bert-base-cased"
    return "" if not hint or _OTHER_MODEL.search(hint) else model_of(width, hint)


def _is_the_papers(path: Path, named: bool, told: str, key: str, facts: Mapping[str, Any]) -> bool:
    """Whether a file comes from the paper's code: its folders, its metadata, or its checkpoints' structure."""
    if path.suffix == ".npy":
        return False
    folder = path.name == "task_prompt" or (path.parent / "task_prompt").exists()
    checkpoint = key.startswith("model.") and {"global_step", "trained_epoch", "optimizer_name"} & set(facts)
    return bool((folder and named) or kind_of(told) or checkpoint)
