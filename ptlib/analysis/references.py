"""The prompts that an analysis names, by id or folder. Torch-free."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np

from ptlib.base.errors import BadInput, PtlibError, unknown
from ptlib.base.files import folder_sha256
from ptlib.base.identity import content_of
from ptlib.prompts.record import Prompt
from ptlib.prompts.soft import WEIGHTS, SoftPrompt
from ptlib.results.catalogue import Catalogue
from ptlib.tasks.registry import get_task

UNKNOWN = "unknown"


def reference(name: str) -> str:
    """How a spec names a prompt: the id, or for a folder its path with a digest of its content.

    Raises:
        BadInput: a folder without files.
    """
    if not Path(name).is_dir():
        return name
    if not (Path(name) / WEIGHTS).is_file():  # before every file below it is read
        raise BadInput(f"The folder {name} holds no {WEIGHTS}. Give a folder that holds a soft prompt.")
    found = folder_sha256(Path(name)) or ""
    return f"{Path(name).resolve()}#{found[:12]}"


def resolve(ref: str, catalogue: Catalogue) -> Prompt:
    """What is known of a prompt. Raises BadInput: no such prompt, or a folder that has changed since."""
    if "#" in ref:
        return _from_folder(ref)
    row = catalogue.prompt(ref)
    if row is None:
        raise unknown("prompt", ref, catalogue.prompts()["prompt_id"])
    return row


def _from_folder(ref: str) -> Prompt:
    path, _, wanted = ref.rpartition("#")
    if (folder_sha256(Path(path)) or "")[:12] != wanted:
        raise BadInput(f"The prompt folder {path} is gone or has changed since this run was planned. Plan it anew.")
    return replace(SoftPrompt.load(Path(path)).info, id=ref)


def family_of(task_id: str) -> str:
    """Family of a task; "unknown" when it is not registered."""
    try:
        return get_task(task_id).family
    except PtlibError:
        return UNKNOWN


def values_of(ref: Prompt, catalogue: Catalogue) -> np.ndarray:
    """Soft prompt [P, D] float32, without an idle first row. Raises as `Catalogue.values` and `SoftPrompt.load`."""
    values = catalogue.values(ref.id) if ref.folder is None else SoftPrompt.load(ref.folder).values
    return values[1 if ref.row0_unused else 0 :]


def refs_of(names: Iterable[str], backbone: str, catalogue: Catalogue) -> tuple[Prompt, ...]:
    """The prompts that a spec names.

    Raises:
        BadInput: unknown prompts, or prompts of another backbone.
    """
    refs = tuple(resolve(name, catalogue) for name in names)
    for ref in refs:
        if content_of(ref.backbone) != content_of(backbone):
            raise BadInput(
                f"'{ref.name}' was tuned on {ref.backbone or 'an unknown model'}, not on {backbone}. Prompts are "
                "only comparable within one backbone; choose prompts of one."
            )
    return refs


def neuron_key(prompt: str, dtype: str = "fp32") -> str:
    """Under what name the neurons of a prompt are stored."""
    return prompt if dtype == "fp32" else f"{prompt}@{dtype}"


def short(ref: str) -> str:
    """How a title names a prompt."""
    return Path(ref.rpartition("#")[0]).name if "#" in ref else ref
