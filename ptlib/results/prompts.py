"""Tuned prompts by name, with their provenance."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from ptlib.base.errors import BadInput
from ptlib.base.identity import CONTENT, content_of, folder_of
from ptlib.prompts.soft import SoftPrompt
from ptlib.prompts.spec import TuneSpec
from ptlib.results.catalogue import Catalogue


def soft_prompt(name: str, catalogue: Catalogue | None = None) -> SoftPrompt:
    """A prompt by id (own store, then demo) or from a folder.

    Raises:
        BadInput: there is no such prompt.
        Damaged: it fails its checksum.
    """
    if Path(name).is_dir():
        return SoftPrompt.load(Path(name))
    catalogue = catalogue or Catalogue()
    values, prompt = catalogue.values(name), catalogue.prompt(name)
    assert prompt is not None  # it has values
    return SoftPrompt(values, prompt)


Find = Callable[[str, Catalogue], SoftPrompt]
"""A prompt by id or folder."""


def start_of(
    spec: TuneSpec, width: int, catalogue: Catalogue, find: Find = soft_prompt, say: Callable[[str], None] | None = None
) -> np.ndarray | None:
    """Values [P, D] of the prompt that tuning starts from; None for the other initialisations.

    say: is told when it is a prompt of another model.

    Raises:
        BadInput: it has another shape.
    """
    if not spec.settings.start.is_warm:
        return None
    start = spec.settings.start.value
    prompt = find(str(folder_of(start)) if CONTENT in start else start, catalogue)
    values, whose = prompt.values, prompt.info.backbone
    wanted = (spec.settings.prompt_length, width)
    if values.shape != wanted:
        raise BadInput(
            f"The prompt to start from has shape {list(values.shape)}, but {spec.backbone} with "
            f"{wanted[0]} soft tokens needs {list(wanted)}. Choose a prompt of this backbone and length."
        )
    if say is not None and whose and content_of(whose) != content_of(spec.backbone):
        say(
            f"The start '{prompt.info.id}' was tuned on {whose}, not on {spec.backbone}: its values mean little here. "
            "`project fit` and FIT:RUN carry a prompt over."
        )
    return values
