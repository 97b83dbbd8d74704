"""Look through a file or folder for prompts; what is not sound is listed with its reason, training state is passed over."""

import os
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from ptlib.base.errors import BadInput, PtlibError
from ptlib.base.safe_load import MAX_FILE_BYTES, Refused, load_all
from ptlib.prompts.importing.adapters import config_beside, from_adapter
from ptlib.prompts.importing.bare import from_tensors
from ptlib.prompts.importing.found import NOTHING_ASKED, Asked, Found, ImportedPrompt

MAX_FILES, MAX_FOLDERS = 2000, 5_000
_SUFFIXES = (".safetensors", ".pt", ".pth", ".ckpt", ".pkl", ".bin", ".npy")
_STATE = re.compile(r"^(optimizer|scheduler|scaler|training_args|rng_state(_\d+)?)\.(pt|pth|bin|pkl)$")
"""Files that a trainer leaves beside its weights."""


def find_prompts(path: str | Path, asked: Asked = NOTHING_ASKED) -> Found:
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
    state: list[str] = []
    for candidate in _candidates(root) if root.is_dir() else (root,):
        name = candidate.relative_to(root).as_posix() if candidate != root else root.name
        if _STATE.match(candidate.name) and candidate != root:
            state.append(name)
            continue
        if candidate.stem == "decoder" and candidate != root and candidate.with_stem("encoder").is_file():
            continue  # the second part of a pair; its first part says so
        try:
            prompts += _read(candidate, root, asked)
        except PtlibError as error:
            refused.append((name, str(error)))
    if not prompts:
        reasons = (
            " ".join(reason for _, reason in refused[:5])
            or "It holds no file named task_prompt, *.safetensors, *.pt, *.pth, *.ckpt, *.pkl, *.bin or *.npy."
        )
        raise BadInput(f"No prompt could be imported from {root}. {reasons}")
    kept, notes = _once(prompts)
    if state:
        notes += (f"Passed over as training state: {', '.join(state[:5])}{' ...' if len(state) > 5 else ''}.",)
    return Found(tuple(kept), tuple(refused), notes)


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
        for name in sorted(files, key=lambda name: (not name.endswith(".safetensors"), name != "task_prompt", name)):
            if name == "task_prompt" or name.endswith(_SUFFIXES):
                seen += 1
                if seen > MAX_FILES:
                    raise BadInput(f"{root} holds more than {MAX_FILES} files that could be prompts. Name a smaller folder.")
                yield Path(folder, name)


def _read(path: Path, root: Path, asked: Asked) -> list[ImportedPrompt]:
    """All prompts of one file. Raises Refused."""
    source = path.relative_to(root).as_posix() if path != root else path.name
    config = config_beside(path)
    tensors, facts = load_all(path, root if root.is_dir() else root.parent)
    if config is not None:
        return [from_adapter(path, config, tensors, source, asked)]
    return from_tensors(path, tensors, facts, source, asked)


def _once(prompts: list[ImportedPrompt]) -> tuple[list[ImportedPrompt], tuple[str, ...]]:
    """Equal values of one set are one prompt, if they lie in one folder or are of one task."""
    kept: list[ImportedPrompt] = []
    notes: tuple[str, ...] = ()
    for prompt in prompts:
        same = next((one for one in kept if one.id == prompt.id and one.source != prompt.source and _together(one, prompt)), None)
        if same is None and (rival := next((one for one in kept if _of_one_adapter(one, prompt)), None)):
            notes += (f"{prompt.source} holds other values than {rival.source}, which PEFT reads: it is not imported.",)
            continue
        if same is None:
            kept.append(prompt)
            continue
        notes += (f"{prompt.source} holds the same prompt as {same.source}; it is imported once.",)
        if prompt.step and not same.step:
            kept[kept.index(same)] = replace(same, step=prompt.step, extra={**prompt.extra, **same.extra})
    return kept, notes


def _of_one_adapter(one: ImportedPrompt, other: ImportedPrompt) -> bool:
    """Whether two files are the weights of one adapter in two formats; safetensors come first here, as in PEFT."""
    first, second = Path(one.source), Path(other.source)
    return first.parent == second.parent and first.stem == second.stem == "adapter_model"


def _together(one: ImportedPrompt, other: ImportedPrompt) -> bool:
    beside = Path(one.source).parent == Path(other.source).parent
    return one.set == other.set and (beside or one.task == other.task)
