"""Rows of the catalogue as frozen dataclasses, and how they are read from an index."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ptlib.base.files import sha256
from ptlib.prompts.spec import TuneSettings, settings_from
from ptlib.prompts.start import Start


@dataclass(frozen=True, slots=True)
class DamagedItem:
    """Something in the cache that is not used because it is not what it should be."""

    kind: str
    """database, prompt, predictions, analysis, demo or foreign."""
    name: str
    path: str
    problem: str
    """What is wrong and what to do."""
    origin: str
    prompt_id: str | None = None
    target: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptRow:
    """A tuned prompt as the index knows it."""

    prompt_id: str
    backbone: str
    task: str
    seed: int
    recipe: str
    init: str
    steps: int
    best_step: int
    untrained_score: float
    validation_score: float
    seconds: float
    created: float
    origin: str
    run_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Entry:
    """One prompt on one target, with its score for every example [N] float32 (read-only)."""

    prompt_id: str
    source: str
    target: str
    backbone: str
    seed: int
    recipe: str
    init: str
    n: int
    score: float
    metric: str
    created: float
    origin: str
    run_id: str | None
    examples: str
    """Checksum of the example ids in order: equal = paired."""
    scores: np.ndarray
    limited: int = 0
    """Only the first so many examples were asked for; 0 = all."""

    @property
    def is_warm(self) -> bool:
        """Whether the prompt was tuned starting from another prompt."""
        return Start.of(self.init).is_warm


@dataclass(frozen=True, slots=True)
class Part:
    """What one place holds."""

    prompts: tuple[PromptRow, ...] = ()
    entries: tuple[Entry, ...] = ()
    recipes: Mapping[str, Mapping[str, TuneSettings]] = field(default_factory=dict)
    damaged: tuple[DamagedItem, ...] = ()


def examples_digest(ids: Iterable[str]) -> str:
    """Checksum of example ids in order."""
    return sha256("\n".join(ids).encode())[:16]


def select(values: Mapping[str, Any], kind: type, **more: Any) -> Any:
    names = [name for name in kind.__dataclass_fields__ if name not in more]
    return kind(**{name: values[name] for name in names}, **more)


def entry_from(row: Mapping[str, Any], origin: str) -> Entry:
    scores = np.frombuffer(row["vector"], dtype="<f4")
    return select(row, Entry, origin=origin, scores=scores)


def recipes_by_backbone(rows: Iterable[tuple[str, str, Mapping[str, Any]]]) -> dict[str, dict[str, TuneSettings]]:
    """backbone -> recipe -> settings; those of warm-started prompts are no recipe of a map."""
    found: dict[str, dict[str, TuneSettings]] = {}
    for backbone, recipe, values in rows:
        settings = settings_from(values)
        if not settings.start.is_warm:
            found.setdefault(backbone, {})[recipe] = settings
    return found
