"""Import prompts that others trained: a checkout of the paper's code, one file, several prompts in a safetensors file, or PEFT.

Names tell the task and the kind of model ("MNLIPromptRoberta/task_prompt"), the width tells its size. Published
masked-LM prompts keep their own layout: row 0 stood under the mask and is a by-product (`row0_unused`).
No backbone is needed.
"""

import hashlib
import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import safe_open

from ptlib.base import paths
from ptlib.base.errors import BadInput, PtlibError
from ptlib.base.safe_load import MAX_FILE_BYTES, Refused, as_prompt, check_place, load
from ptlib.models.published_layout import LAYOUT, kind_of, label_ids, model_of
from ptlib.prompts.record import Prompt
from ptlib.prompts.soft import SoftPrompt
from ptlib.tasks.names import PUBLISHED_NAME, task_of
from ptlib.tasks.published.registry import HUB_TASKS

MAX_FILES = 2000
MAX_FOLDERS = 5_000
_SUFFIXES = (".safetensors", ".pt", ".pth", ".pkl", ".bin")


@dataclass(frozen=True, slots=True)
class ImportedPrompt:
    """One prompt that was found, sound and with what its name and shape tell."""

    values: np.ndarray
    """[P, D] float32, read-only."""
    name: str
    """As spelled at the source."""
    task: str
    """Task id, or a plain name where the source means no task of ours ("random")."""
    backbone: str
    """Id of the backbone it fits, as far as name and width tell; "" = unknown."""
    set: str
    """Prompts of one set belong together: one backbone, one source."""
    source: str
    """File it came from, relative to what was imported."""
    layout: str = LAYOUT

    @property
    def row0_unused(self) -> bool:
        """Whether row 0 is a by-product: in the published masked-LM layout the mask stands there."""
        return self.layout == LAYOUT and kind_of(self.backbone or self.set) in ("roberta", "bert")

    @property
    def id(self) -> str:
        """The same values have the same id."""
        return "i" + hashlib.sha256(self.values.tobytes()).hexdigest()[:10]


@dataclass(frozen=True, slots=True)
class Found:
    """Result of looking through a path: what can be used, and what was refused and why."""

    prompts: tuple[ImportedPrompt, ...]
    refused: tuple[tuple[str, str], ...]
    """(file, reason)."""


def _describe(values: np.ndarray, name: str, hint: str, source: str) -> ImportedPrompt:
    """Combine what the tensor's name, its file's name and its width say."""
    values.setflags(write=False)
    matched = PUBLISHED_NAME.match(name)
    task, model = (matched["task"], matched["model"] or hint) if matched else (name, hint)
    backbone = model_of(values.shape[1], model)
    plain = re.sub(r"[^a-z0-9]+", "_", (backbone.split("/")[-1] or hint or "prompts").lower()).strip("_")
    return ImportedPrompt(values, name, task_of(task), backbone, plain.replace("_uncased", ""), source)


def _candidates(root: Path) -> Iterator[Path]:
    """Files of a folder that could hold prompts; links to folders are not followed, those that lead out are reported."""
    seen = 0
    for walked, (folder, folders, files) in enumerate(os.walk(root, followlinks=False)):
        if walked > MAX_FOLDERS:
            raise BadInput(f"{root} holds more than {MAX_FOLDERS:,} folders. Name the one that holds the prompts.")
        for link in (Path(folder, name) for name in folders if Path(folder, name).is_symlink()):
            if not link.resolve().is_relative_to(root.resolve()):
                yield link
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            if name == "task_prompt" or name.endswith(_SUFFIXES):
                seen += 1
                if seen > MAX_FILES:
                    raise BadInput(f"{root} holds more than {MAX_FILES} files that could be prompts. Name a smaller folder.")
                yield Path(folder, name)


def _pick(tensors: dict[str, np.ndarray], path: Path) -> dict[str, np.ndarray]:
    """The prompts among the tensors of a file: all of a safetensors file, else the one that is named like a prompt."""
    if not tensors:
        raise Refused(f"'{path.name}' holds no floating-point tensor.")
    if path.suffix == ".safetensors" and "prompt_embeddings" not in tensors:
        return tensors
    if len(tensors) > 1:
        tensors = {name: value for name, value in tensors.items() if "prompt" in name.lower()}
    if len(tensors) != 1:
        raise Refused(f"'{path.name}' holds {len(tensors)} tensors that could be the prompt; exactly one is expected.")
    return {"": next(iter(tensors.values()))}


def _peft(path: Path) -> dict[str, Any] | None:
    """The configuration beside an adapter file; None where there is none. Raises Refused for another kind of adapter."""
    config = path.parent / "adapter_config.json"
    if not path.name.startswith("adapter_model") or not config.exists():
        return None
    try:
        values = json.loads(check_place(config, path.parent).read_text(encoding="utf-8"))
    except ValueError:
        values = None
    if not isinstance(values, dict):
        raise Refused(f"'{config.name}' beside '{path.name}' cannot be read.")
    if values.get("peft_type") not in ("PROMPT_TUNING", "P_TUNING"):
        raise Refused(
            f"'{path.parent.name}' is a PEFT adapter of type {values.get('peft_type')}; only prompt tuning can be used."
        )
    return values


def _from_peft(path: Path, config: dict[str, Any], values: np.ndarray, source: str) -> ImportedPrompt:
    """A stock PEFT adapter; of the two copies that PEFT makes for T5 by default, only the first is in use."""
    tokens = int(config.get("num_virtual_tokens") or len(values))
    if len(values) not in (tokens, 2 * tokens):
        raise Refused(f"'{path.parent.name}' says {tokens} virtual tokens but holds {len(values)} rows.")
    values = values[:tokens].copy()
    values.setflags(write=False)
    ours = _ours(path)
    backbone = str(ours.get("backbone") or config.get("base_model_name_or_path") or "")
    task = str(ours.get("task") or task_of(path.parent.name))
    group = re.sub(r"\W+", "_", backbone.split("/")[-1].lower()) or "peft"
    return ImportedPrompt(values, path.parent.name, task, backbone, group, source, str(ours.get("layout") or "peft"))


def _ours(path: Path) -> dict[str, Any]:
    """Our own metadata beside an adapter, if it came from this tool."""
    try:
        values = json.loads(check_place(path.parent / "prompt.json", path.parent).read_text(encoding="utf-8"))
    except (PtlibError, OSError, ValueError):
        return {}
    return values if isinstance(values, dict) else {}


def _metadata(path: Path) -> tuple[str, ...]:
    """What a safetensors file (already found sound) says of its model."""
    if path.suffix != ".safetensors":
        return ()
    with safe_open(path, "numpy") as file:
        return (str((file.metadata() or {}).get("model", "")),)


def _read(path: Path, root: Path) -> list[ImportedPrompt]:
    """All prompts of one file. Raises Refused."""
    source = path.relative_to(root).as_posix() if path != root else path.name
    config = _peft(path)
    picked = _pick(load(path, root if root.is_dir() else root.parent), path)
    if config is not None:
        return [_from_peft(path, config, as_prompt(next(iter(picked.values())), source), source)]
    default = path.parent.name if path.name == "task_prompt" else path.stem
    hint = next((text for text in (*_metadata(path), path.stem, path.parent.name) if kind_of(text)), path.stem)
    return [_describe(as_prompt(value, name or source), name or default, hint, source) for name, value in picked.items()]


def find_prompts(path: str | Path) -> Found:
    """Look through a folder or file for prompts; files that are not sound are listed, not raised.

    Raises:
        BadInput: nothing there, or nothing in it could be used (with every reason).
    """
    root = Path(path)
    if not root.exists():
        raise BadInput(f"There is nothing at {root}. Give a file, or a checkout of the published code.")
    if root.is_file() and root.stat().st_size > MAX_FILE_BYTES:
        raise Refused(f"'{root.name}' is far larger than any file of prompts.")
    prompts: list[ImportedPrompt] = []
    refused: list[tuple[str, str]] = []
    for candidate in _candidates(root) if root.is_dir() else (root,):
        try:
            prompts += _read(candidate, root)
        except PtlibError as error:
            refused.append((candidate.relative_to(root).as_posix() if candidate != root else root.name, str(error)))
    if not prompts:
        reasons = (
            " ".join(reason for _, reason in refused[:5])
            or "It holds no file named task_prompt, *.safetensors, *.pt, *.pth, *.pkl or *.bin."
        )
        raise BadInput(f"No prompt could be imported from {root}. {reasons}")
    return Found(tuple(prompts), tuple(refused))


def _info(prompt: ImportedPrompt) -> dict[str, Any]:
    tokens, width = prompt.values.shape
    ids = (
        label_ids(kind_of(prompt.backbone or prompt.set), prompt.task, _labels(prompt.task)) if prompt.layout == LAYOUT else None
    )
    return {
        "id": prompt.id,
        "backbone": prompt.backbone,
        "task": prompt.task,
        "seed": 0,
        "recipe": prompt.layout,
        "init": "published",
        "prompt_length": tokens,
        "width": width,
        "layout": prompt.layout,
        "step": 0,
        "template": "",
        "label_words": (),
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "extra": {"source": prompt.source, "name": prompt.name, "row0_unused": prompt.row0_unused, "label_ids": list(ids or ())},
    }


def _labels(task_id: str) -> int:
    published = {"laptop": 4, "restaurant": 4}
    return published.get(task_id) or next((len(task.labels) for task in HUB_TASKS if task.id == task_id), 0)


def import_prompts(path: str | Path, out: str | Path | None = None) -> tuple[list[Path], Found]:
    """Write every prompt found at `path` as a prompt folder `<set>/<task id>`; returns the folders and what was found.

    Raises:
        BadInput: see `find_prompts`.
    """
    found = find_prompts(path)
    known = {field.name for field in fields(Prompt)}
    target = Path(out) if out else paths.store_dir() / "imported"
    folders: list[Path] = []
    for prompt in found.prompts:
        info = Prompt(**{key: value for key, value in _info(prompt).items() if key in known})
        folder = target / prompt.set / re.sub(r"[^\w\-]+", "_", prompt.task)
        if folder in folders:
            folder = folder.with_name(f"{folder.name}-{prompt.id}")
        SoftPrompt(prompt.values, info).save(folder)
        folders.append(folder)
    return folders, found
