"""The prompts that an analysis names, by id or folder. Torch-free."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ptlib.base.errors import BadInput, PtlibError, unknown
from ptlib.base.files import folder_sha256
from ptlib.prompts.soft import SoftPrompt
from ptlib.results.catalogue import Catalogue
from ptlib.tasks.registry import get_task

UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class PromptRef:
    """A prompt that a spec names, with what is known of it."""

    id: str
    """Prompt id, or `/folder#digest`."""
    name: str
    """For people: the id, or the folder's name."""
    backbone: str
    task: str
    family: str
    """Task family; "unknown" for a task that is not registered."""
    seed: int
    step: int
    row0_unused: bool = False
    """Published masked-LM layout: row 0 is a by-product and left out of every picture."""

    @property
    def folder(self) -> Path | None:
        """Where it lies, when it is named by its folder."""
        return Path(self.id.rpartition("#")[0]) if "#" in self.id else None


def reference(name: str) -> str:
    """How a spec names a prompt: the id, or for a folder its path with a digest of its content.

    Raises:
        BadInput: a folder without files.
    """
    if not Path(name).is_dir():
        return name
    found = folder_sha256(Path(name))
    if found is None:
        raise BadInput(f"The folder {name} is empty. Give a folder that holds a soft prompt.")
    return f"{Path(name).resolve()}#{found[:12]}"


def resolve(ref: str, catalogue: Catalogue) -> PromptRef:
    """What is known of a prompt. Raises BadInput: no such prompt, or a folder that has changed since."""
    if "#" in ref:
        return _from_folder(ref)
    row = catalogue.prompt(ref)
    if row is None:
        raise unknown("prompt", ref, catalogue.prompts()["prompt_id"])
    return PromptRef(ref, ref, row.backbone, row.task, family_of(row.task), row.seed, row.best_step)


def _from_folder(ref: str) -> PromptRef:
    path, _, wanted = ref.rpartition("#")
    if (folder_sha256(Path(path)) or "")[:12] != wanted:
        raise BadInput(f"The prompt folder {path} is gone or has changed since this run was planned. Plan it anew.")
    info = SoftPrompt.load(Path(path)).info
    return PromptRef(
        ref,
        Path(path).name,
        info.backbone,
        info.task,
        family_of(info.task),
        info.seed,
        getattr(info, "step", 0),
        bool(info.extra.get("row0_unused")),
    )


def family_of(task_id: str) -> str:
    """Family of a task; "unknown" when it is not registered."""
    try:
        return get_task(task_id).family
    except PtlibError:
        return UNKNOWN


def values_of(ref: PromptRef, catalogue: Catalogue) -> np.ndarray:
    """Soft prompt [P, D] float32, without an idle first row. Raises as `Catalogue.values` and `SoftPrompt.load`."""
    values = catalogue.values(ref.id) if ref.folder is None else SoftPrompt.load(ref.folder).values
    return values[1 if ref.row0_unused else 0 :]


def refs_of(names: Iterable[str], backbone: str, catalogue: Catalogue) -> tuple[PromptRef, ...]:
    """The prompts that a spec names.

    Raises:
        BadInput: unknown prompts, or prompts of another backbone.
    """
    refs = tuple(resolve(name, catalogue) for name in names)
    for ref in refs:
        if ref.backbone != backbone:
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
