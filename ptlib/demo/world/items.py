"""What the generator hands on: one example with the latents that are true of it.

`Item` is the border between the generator (`ptlib.demo.world.families`) and the corpus (`ptlib.demo.world.corpus`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Split = Literal["corpus", "train", "validation", "evaluation"]
SPLITS: tuple[Split, ...] = ("corpus", "train", "validation", "evaluation")


@dataclass(frozen=True, slots=True)
class Item:
    """One generated example of a task."""

    task: str
    """Task id, "demo/..."."""
    family: str
    """One of `ptlib.tasks.task.FAMILIES`."""
    text_a: str
    text_b: str = ""
    label: int | None = None
    """Index into the task's labels; None for generation."""
    targets: tuple[str, ...] = ()
    """Accepted answers or the reference summary."""
    candidates: tuple[str, ...] = ()
    """Extractive QA: the passage's spans of the asked type (the answer among them), for the guess line."""
    latents: Mapping[str, int] = field(default_factory=dict)
    """Every latent that this text answers, by query kind -> label index: its own task's ("sentiment", "entailment",
    "ethics", "paraphrase") and the distractors it carries besides (a review with an argument: "ethics")."""
