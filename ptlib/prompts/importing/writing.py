"""Write imported prompts as prompt folders, with all that is known of them."""

import re
from datetime import UTC, datetime
from pathlib import Path

from ptlib.base import paths
from ptlib.models.published_layout import LAYOUT, kind_of, label_ids
from ptlib.prompts.importing.found import NOTHING_ASKED, Asked, Found, ImportedPrompt
from ptlib.prompts.importing.scan import find_prompts
from ptlib.prompts.record import Prompt
from ptlib.prompts.soft import SoftPrompt
from ptlib.tasks.published.registry import HUB_TASKS
from ptlib.tasks.task import MASKED_LM, T5

_CLASSES = {"laptop": 4, "restaurant": 4}
"""Classes that the published prompts tell apart, where they are more than our tasks have."""


def import_prompts(path: str | Path, out: str | Path | None = None, asked: Asked = NOTHING_ASKED) -> tuple[list[Path], Found]:
    """Write every prompt found at `path` as a prompt folder `<set>/<task id>`; returns the folders and what was found.

    Raises:
        BadInput: see `find_prompts`.
    """
    found = find_prompts(path, asked)
    target = Path(out) if out else paths.store_dir() / "imported"
    folders: list[Path] = []
    for prompt in found.prompts:
        folder = target / prompt.set / re.sub(r"[^\w\-]+", "_", prompt.task)
        if folder in folders:
            folder = folder.with_name(f"{folder.name}-{prompt.id}")
        SoftPrompt(prompt.values, record_of(prompt)).save(folder)
        folders.append(folder)
    return folders, found


def record_of(prompt: ImportedPrompt) -> Prompt:
    """The record of an imported prompt."""
    tokens, width = prompt.values.shape
    kind = kind_of(prompt.backbone or prompt.set)
    ids = label_ids(kind, prompt.task, _labels(prompt.task)) if prompt.layout == LAYOUT else None
    family = T5 if prompt.task_type == "SEQ_2_SEQ_LM" or kind == "t5" else MASKED_LM
    told = dict(prompt.extra)
    return Prompt(
        id=prompt.id,
        backbone=prompt.backbone,
        task=prompt.task,
        seed=int(told.pop("seed", 0)),
        recipe=prompt.layout,
        init="published",
        prompt_length=tokens,
        width=width,
        layout=prompt.layout,
        step=prompt.step,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        extra={
            "source": prompt.source,
            "name": prompt.name,
            "key": prompt.key,
            "row0_unused": prompt.row0_unused,
            "label_ids": list(ids or ()),
            "family": family,
            **({"task_type": prompt.task_type} if prompt.task_type else {}),
            **({"notes": list(prompt.notes)} if prompt.notes else {}),
            **{f"source_{name}": value for name, value in told.items()},
        },
    )


def _labels(task_id: str) -> int:
    return _CLASSES.get(task_id) or next((len(task.labels) for task in HUB_TASKS if task.id == task_id), 0)
