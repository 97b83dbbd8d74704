"""Prompts that others published, in pairs: the same tasks on two models. Torch-free."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from ptlib.base.errors import BadInput, unknown
from ptlib.prompts.importing.found import ImportedPrompt

COMMAND = "project published FOLDER --source t5_base --target roberta_base"
SOURCE = (
    "soft prompts of github.com/thunlp/Prompt-Transferability (MIT licence, © 2022 Yusheng Su), 13 tasks that have one on "
    "T5-base and on RoBERTa-base, each left out once; measured here on 2026-11-27"
)
VERDICT = (
    "Nothing generalises: with sizes made equal no form comes nearer to the left-out prompt than the mean of the others or no "
    "prompt at all; what the flattened linear form gains as published, a prompt of zeros gains too, since the published prompts "
    "differ up to 25-fold in size."
)


def measured() -> pd.DataFrame:
    """What `COMMAND` printed for the published prompts: errors of left-out prompts in units of the mean prompt's."""
    return pd.read_csv(Path(__file__).with_name("published_left_out.csv"))


@dataclass(frozen=True, slots=True)
class PublishedPairs:
    """Two published sets on the tasks they share."""

    backbones: tuple[str, str]
    tasks: tuple[str, ...]
    first: np.ndarray
    """[N, P_s, D_s] float32."""
    second: np.ndarray
    """[N, P_t, D_t] float32."""
    notes: tuple[str, ...]
    """What was left out, in words."""


def published_pairs(prompts: Sequence[ImportedPrompt], source: str, target: str) -> PublishedPairs:
    """Pair two sets by task.

    Args:
        prompts: what was found, of any number of sets.
        source: name of the set to carry from, as `ImportedPrompt.set` spells it.
        target: name of the set to carry to.

    Raises:
        BadInput: no such set, the same set twice, prompts of several shapes, values that are not finite, no common task.
    """
    if source == target:
        raise BadInput(f"Source and target are both '{source}': nothing has to be carried over. Name two sets.")
    sides = [_by_task(prompts, name) for name in (source, target)]
    tasks = tuple(name for name in sides[0] if name in sides[1])
    if not tasks:
        raise BadInput(f"The sets '{source}' and '{target}' share no task. Give prompts of the same tasks on both models.")
    notes = [
        f"{name} has {len(side) - len(tasks)} more prompts whose task the other set lacks; they are not used."
        for name, side in zip((source, target), sides, strict=True)
        if len(side) > len(tasks)
    ]
    idle = any(prompt.row0_unused for side in sides for prompt in side.values())
    if idle:
        notes.append("Row 0 is left out on both sides: in the published masked-LM layout it was never trained.")
    first, second = (_stacked([side[task] for task in tasks], idle) for side in sides)
    return PublishedPairs(
        (next(iter(sides[0].values())).backbone, next(iter(sides[1].values())).backbone), tasks, first, second, tuple(notes)
    )


def _by_task(prompts: Sequence[ImportedPrompt], name: str) -> Mapping[str, ImportedPrompt]:
    """A set's prompts by task, the first of each."""
    mine: dict[str, ImportedPrompt] = {}
    for prompt in prompts:
        if prompt.set == name:
            mine.setdefault(prompt.task, prompt)
    if not mine:
        raise unknown("set", name, {prompt.set for prompt in prompts})
    return mine


def _stacked(prompts: Sequence[ImportedPrompt], without_first: bool) -> np.ndarray:
    """[N, P, D]; their shapes must agree."""
    shapes = sorted({prompt.values.shape for prompt in prompts})
    if len(shapes) > 1:
        raise BadInput(f"The prompts of '{prompts[0].set}' have several shapes: {', '.join(map(str, shapes))}. Give one set.")
    values = np.stack([prompt.values for prompt in prompts])
    if not np.isfinite(values).all():
        raise BadInput(f"A prompt of '{prompts[0].set}' holds values that are not finite numbers. Leave it out.")
    return values[:, 1:] if without_first else values
