"""What an import finds: prompts with what is known of them, and what was refused or decided, in words."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from ptlib.models.published_layout import LAYOUT, kind_of

OURS, PEFT = "prepend", "peft"
Layout = Literal["prepend", "published"]


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody says about the files, where they leave it open."""

    key: str | None = None
    """Name of the tensor that is the prompt."""
    layout: Layout | None = None
    """Where the prompt stands: in front of the text, or as the paper's code puts it."""
    backbone: str | None = None


NOTHING_ASKED = Asked()


@dataclass(frozen=True, slots=True)
class ImportedPrompt:
    """One prompt that was found, sound and with what its name, configuration and shape tell."""

    values: np.ndarray
    """[P, D] float32, read-only."""
    name: str
    """As spelled at the source."""
    task: str
    """Task id, or a plain name where the source means no task of ours ("random")."""
    backbone: str
    """Id of the backbone it fits; "" = unknown."""
    set: str
    """Prompts of one set belong together: one backbone, one source."""
    source: str
    """File it came from, relative to what was imported."""
    layout: str = OURS
    key: str = ""
    """Tensor that was taken, where the file holds several."""
    step: int = 0
    """Training step the values were taken at; 0 = not told."""
    task_type: str = ""
    """As PEFT spells it: FEATURE_EXTRACTION, SEQ_2_SEQ_LM, CAUSAL_LM, ...; "" = not told."""
    notes: tuple[str, ...] = ()
    """What must be known to use it: a head or a second part that was not imported, a guess, its lineage."""
    extra: Mapping[str, Any] = field(default_factory=dict)
    """More that the source tells: seed, init, epoch, ..."""

    @property
    def row0_unused(self) -> bool:
        """Whether row 0 is a by-product: in the published masked-LM layout the mask stands there."""
        return self.layout == LAYOUT and kind_of(self.backbone or self.set) in ("roberta", "bert")

    @property
    def id(self) -> str:
        """The same values have the same id."""
        return "i" + hashlib.sha256(self.values.tobytes()).hexdigest()[:10]


def shape_notes(values: np.ndarray) -> tuple[str, ...]:
    """A word on values [P, D] of more tokens than numbers a token: they may have been saved the other way round."""
    tokens, width = values.shape
    if tokens <= width:
        return ()
    return (f"It has more tokens ({tokens}) than numbers a token ({width}): was it saved the other way round?",)


@dataclass(frozen=True, slots=True)
class Found:
    """Result of looking through a path: what can be used, and what was refused and why."""

    prompts: tuple[ImportedPrompt, ...]
    refused: tuple[tuple[str, str], ...]
    """(file, reason)."""
    notes: tuple[str, ...] = ()
    """Files that were passed over on purpose: training state, copies."""
