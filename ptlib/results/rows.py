"""Rows of the catalogue as frozen dataclasses, and the index of one place that holds them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ptlib.base.files import Kept, sha256
from ptlib.prompts.record import Prompt
from ptlib.prompts.spec import TuneSettings, settings_from
from ptlib.prompts.start import Start
from ptlib.results.artefacts import Artefact


@dataclass(frozen=True, slots=True)
class TensorFile:
    """Where a tensor, or the tensors of one prompt, lie."""

    path: Path
    name: str
    """Of the tensor; of several: what comes before the step."""
    whole: Kept
    """What vouches for the file: itself, or its folder."""


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
    file: Kept | None = None
    """The predictions behind the scores."""

    @property
    def start(self) -> Start:
        """What the prompt was before the first step."""
        return Start.of(self.init)

    @property
    def is_warm(self) -> bool:
        """Whether the prompt was tuned starting from another prompt."""
        return self.start.is_warm


STORED_ENTRY = tuple(name for name in Entry.__dataclass_fields__ if name not in ("origin", "scores", "file"))
"""Columns of a table of scores, beside `vector`: the scores of all examples as little-endian float32 bytes."""


@dataclass(frozen=True, slots=True)
class Index:
    """What one place holds, every file of it checked."""

    prompts: Mapping[str, Prompt] = field(default_factory=dict)
    entries: tuple[Entry, ...] = ()
    artefacts: tuple[Artefact, ...] = ()
    values: Mapping[str, TensorFile] = field(default_factory=dict)
    """By prompt id, like the next two."""
    trails: Mapping[str, TensorFile] = field(default_factory=dict)
    neurons: Mapping[str, TensorFile] = field(default_factory=dict)
    recipes: Mapping[str, Mapping[str, TuneSettings]] = field(default_factory=dict)
    """backbone -> recipe -> settings."""
    damaged: tuple[DamagedItem, ...] = ()
    provenance: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """backbone -> how its results were made; the demo's only."""
    speeds: tuple[Mapping[str, Any], ...] = ()
    """Of the demo's build: backbone, kind, device, units, seconds."""

    def __or__(self, other: "Index") -> "Index":
        """Both together; where both hold something of a prompt, the other's is used."""
        recipes = {
            name: {**self.recipes.get(name, {}), **other.recipes.get(name, {})} for name in (*self.recipes, *other.recipes)
        }
        return Index(
            {**{key: value for key, value in self.prompts.items() if key not in other.prompts}, **other.prompts},
            self.entries + other.entries,
            self.artefacts + other.artefacts,
            {**self.values, **other.values},
            {**self.trails, **other.trails},
            {**self.neurons, **other.neurons},
            recipes,
            self.damaged + other.damaged,
            {**self.provenance, **other.provenance},
            self.speeds + other.speeds,
        )


def examples_digest(ids: Iterable[str]) -> str:
    """Checksum of example ids in order."""
    return sha256("\n".join(ids).encode())[:16]


def entry_of(row: Mapping[str, Any], origin: str, file: Kept) -> Entry:
    """An entry out of a row of a table of scores."""
    scores = np.frombuffer(row["vector"], dtype="<f4")
    return Entry(origin=origin, scores=scores, file=file, **{name: row[name] for name in STORED_ENTRY})


def recipes_by_backbone(rows: Iterable[tuple[str, str, Mapping[str, Any]]]) -> dict[str, dict[str, TuneSettings]]:
    """backbone -> recipe -> settings; those of warm-started prompts are no recipe of a map."""
    recipes: dict[str, dict[str, TuneSettings]] = {}
    for backbone, recipe, values in rows:
        settings = settings_from(values)
        if not settings.start.is_warm:
            recipes.setdefault(backbone, {})[recipe] = settings
    return recipes
