"""Rows of the catalogue as frozen dataclasses, and the index of one place that holds them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

import numpy as np

from ptlib.base.files import Kept, sha256
from ptlib.prompts.record import Prompt, Tuning
from ptlib.prompts.spec import TuneSettings, settings_from
from ptlib.prompts.start import Start
from ptlib.results.answers import Answers, stored_answers
from ptlib.results.artefacts import Artefact


@dataclass(frozen=True, slots=True)
class TensorFile:
    """Where a tensor, or the tensors of one prompt, lie."""

    path: Path
    name: str
    """Of the tensor; of several: what comes before the step."""
    whole: Kept
    """What vouches for the file: itself, or its folder."""


OUT_OF_REACH = "out of reach"
"""Kind of what is not damaged but cannot be read now: another program holds the database, or its disk is away."""


@dataclass(frozen=True, slots=True)
class DamagedItem:
    """Something in the cache that is not used because it is not what it should be."""

    kind: str
    """database, prompt, predictions, analysis, demo, foreign or `OUT_OF_REACH`."""
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
    """Only the first so many examples were asked for; 0 = all. Below 0: a first look, see `look_of`."""
    file: Kept | None = None
    """The predictions behind the scores."""
    told: Answers | None = None
    """What they say, where they lie in no file."""

    @property
    def answers(self) -> Answers | None:
        """What the predictions say beside the score; None where they cannot be read."""
        shared, classes = self.origin == "demo", self.metric == "accuracy"
        return self.told or stored_answers(self.file, self.prompt_id, self.target, shared=shared, classes=classes)

    @property
    def is_look(self) -> bool:
        """Whether it is a first look: only `n` of the scores are known, the others are NaN."""
        return self.limited < 0

    @property
    def start(self) -> Start:
        """What the prompt was before the first step."""
        return Start.of(self.init)

    @property
    def is_warm(self) -> bool:
        """Whether the prompt was tuned starting from another prompt."""
        return self.start.is_warm


STORED_ENTRY = tuple(name for name in Entry.__dataclass_fields__ if name not in ("origin", "scores", "file", "told"))
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
    recipes: Mapping[tuple[str, str], TuneSettings] = field(default_factory=dict)
    """(backbone, recipe) -> settings."""
    damaged: tuple[DamagedItem, ...] = ()
    provenance: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """backbone -> how its results were made; the demo's only."""
    speeds: tuple[Mapping[str, Any], ...] = ()
    """Of the demo's build: backbone, kind, device, units, seconds."""
    left_out: Mapping[str, float] = field(default_factory=dict)
    """Run id -> since when what it measured counts in no map."""

    def __or__(self, other: "Index") -> "Index":
        """Both together; where both hold something of a prompt, the other's is used."""
        return Index(*(_both(getattr(self, item.name), getattr(other, item.name)) for item in fields(self)))


def _both(mine: Any, others: Any) -> Any:
    return mine + others if isinstance(mine, tuple) else {**mine, **others}


def look_of(limit: int | None) -> int:
    """What `limited` says of a first look at the examples that a limit takes."""
    return -1 - (limit or 0)


def examples_digest(ids: Iterable[str]) -> str:
    """Checksum of example ids in order."""
    return sha256("\n".join(ids).encode())[:16]


def entry_of(row: Mapping[str, Any], origin: str, file: Kept) -> Entry:
    """An entry out of a row of a table of scores."""
    scores = np.frombuffer(row["vector"], dtype="<f4")
    return Entry(origin=origin, scores=scores, file=file, **{name: row[name] for name in STORED_ENTRY})


def recipes_of(rows: Iterable[Mapping[str, Any]]) -> dict[tuple[str, str], TuneSettings]:
    """(backbone, recipe) -> settings; those of warm-started prompts are no recipe of a map."""
    settings = {(row["backbone"], row["recipe"]): settings_from(row["settings"]) for row in rows}
    return {name: found for name, found in settings.items() if not found.start.is_warm}


def prompt_of(info: Prompt, row: Mapping[str, Any], origin: str) -> Prompt:
    """A prompt's own record with what is recorded of its tuning."""
    tuning = Tuning(row["steps"], row["untrained_score"], row["validation_score"], row["seconds"], row["created"])
    recorded = {name: row[name] for name in ("recipe", "init", "run_id")}
    return replace(info, step=row["best_step"], tuning=tuning, origin=origin, **recorded)


def artefact_of(row: Mapping[str, Any], file: Kept, origin: str) -> Artefact:
    """A stored result out of the row that lists it."""
    told = {name: row[name] for name in ("id", "kind", "backbone", "title", "created")}
    return Artefact(path=file.path, sha256=file.sha256, spec_json=row["spec"], origin=origin, run_id=row.get("run_id"), **told)
