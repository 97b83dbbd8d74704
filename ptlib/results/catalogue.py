"""Everything that was measured, read-only: the committed demo together with the user's own store.

Torch-free and cheap: pages build one on every rerun. Whatever fails its checksum is left out of every frame
and listed by `damaged`; a later run makes it again.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from ptlib.base import paths
from ptlib.base.errors import BadInput, Damaged
from ptlib.base.identity import CONTENT, content_of
from ptlib.models import registry as registry_of_models
from ptlib.prompts import trails
from ptlib.prompts.record import Prompt, Tuning
from ptlib.prompts.soft import read_tensor
from ptlib.prompts.spec import TuneSettings
from ptlib.results import artefacts, demo, examples, own
from ptlib.results.artefacts import Artefact
from ptlib.results.rows import DamagedItem, Entry, Index, look_of
from ptlib.results.store import Store
from ptlib.tasks import registry

__all__ = ["Catalogue", "DamagedItem", "Entry"]

_TUNING = ("steps", "best_step", "untrained_score", "validation_score", "seconds", "created")
PROMPT_COLUMNS = ("prompt_id", "backbone", "task", "seed", "recipe", "init", *_TUNING, "origin")
_RESULT = ("n", "score", "metric", "created", "origin", "run_id")
SCORE_COLUMNS = ("prompt_id", "source", "target", "backbone", "seed", "recipe", *_RESULT)
CURVE_COLUMNS = ("step", "loss", "validation", "seconds")


@dataclass(frozen=True, slots=True)
class _Content:
    """All rows of one state of the files, verified."""

    index: Index
    best: tuple[Entry, ...]
    """Of every cell the result on most examples, without what was left out."""
    everything: tuple[Entry, ...]
    """The same with it."""
    looks: tuple[Entry, ...]
    """First looks where nothing whole is known."""


_FILES: dict[Path, tuple[str, str]] = {}
"""By store: the state of its database, and of its files when they were looked at last."""


@lru_cache(maxsize=2)
def _demo(root: Path, state: str) -> Index:
    return demo.read(root)


@lru_cache(maxsize=2)
def _content(demo_root: Path, demo_state: str, store_root: Path, store_state: tuple[str, str]) -> _Content:
    """What both places hold in one state: read once, for all sessions of the process."""
    index = _demo(demo_root, demo_state) | own.read(Store(store_root))
    entries = sorted(index.entries, key=lambda entry: (not entry.is_look, entry.n, entry.origin == "own"))
    everything = {(entry.prompt_id, entry.target): entry for entry in entries}
    counted = {(entry.prompt_id, entry.target): entry for entry in entries if not _is_left_out(entry, index)}
    looks = [entry for entry in counted.values() if entry.is_look and everything[entry.prompt_id, entry.target] is entry]
    best, every = (tuple(one for one in kept.values() if not one.is_look) for kept in (counted, everything))
    return _Content(index, best, every, tuple(looks))


def _is_left_out(entry: Entry, index: Index) -> bool:
    return entry.origin == "own" and entry.run_id in index.left_out


class Catalogue:
    """Read-only union of the demo and the own store. Every frame has a column `origin`: "demo" or "own"."""

    def __init__(self, demo: Path | None = None, store: Path | None = None) -> None:
        self._demo = demo or paths.demo_dir()
        self._store = Store(store)

    def fingerprint(self) -> str:
        """A short text that changes whenever any result changes; cheap enough for every rerun."""
        return f"{demo.fingerprint(self._demo)}-{own.fingerprint(self._store)}"

    def _read(self, verify: bool = False) -> _Content:
        """The content as of now; the files of own results are looked at when a result was recorded, or on request."""
        root, state = self._store.root, own.fingerprint(self._store)
        if verify or _FILES.get(root, ("", ""))[0] != state:
            _FILES[root] = state, own.files_fingerprint(self._store)
        return _content(self._demo, demo.fingerprint(self._demo), root, _FILES[root])

    def damaged(self) -> list[DamagedItem]:
        """Artefacts that fail their checksum or are not ours; none of them is used anywhere."""
        return list(self._read(verify=True).index.damaged)

    def _content_of(self, backbone: str | None) -> str | None:
        """What rows of a backbone have in common. A folder by its place is what lies there now, unless results are named so."""
        if backbone is None or CONTENT in backbone or not Path(backbone).is_absolute() or not Path(backbone).is_dir():
            return None if backbone is None else content_of(backbone)
        index = self._read().index
        known = {row.backbone for row in index.prompts.values()} | {row.backbone for row in index.entries}
        return backbone if backbone in known else content_of(registry_of_models.name_of_folder(Path(backbone)))

    def backbones(self) -> list[str]:
        """Ids of all backbones with at least one result, demo first."""
        content = self._read()
        rows: list[Prompt | Entry] = [*content.index.prompts.values(), *content.best]
        names = dict.fromkeys(row.backbone for row in sorted(rows, key=lambda row: row.origin))
        return list({content_of(name): name for name in names}.values())  # a folder that was moved: where it lay last

    def recipes(self, backbone: str) -> dict[str, TuneSettings]:
        """Settings by recipe id; only results of one recipe belong in one map."""
        asked = self._content_of(backbone)
        return {recipe: found for (of, recipe), found in self._read().index.recipes.items() if _is(of, asked)}

    def main_recipe(self, backbone: str) -> str:
        """The recipe that most results of a backbone have.

        Raises:
            BadInput: there is no result for the backbone.
        """
        counts = Counter(entry.recipe for entry in self.entries(backbone, looks=True))
        if not counts:
            raise BadInput(f"There are no transfer results for '{backbone}' yet. Launch a run in the Lab.")
        return max(counts.items(), key=lambda item: (item[1], item[0]))[0]

    def prompt(self, prompt_id: str) -> Prompt | None:
        """One tuned prompt."""
        return self._read().index.prompts.get(prompt_id)

    def prompt_rows(self, backbone: str) -> list[Prompt]:
        """All tuned prompts of a backbone, warm-started ones included."""
        asked = self._content_of(backbone)
        return [row for row in self._read(verify=True).index.prompts.values() if _is(row.backbone, asked)]

    def prompts(self, backbone: str | None = None) -> pd.DataFrame:
        """The same as a table, of one backbone or of all."""
        asked = self._content_of(backbone)
        rows = [row for row in self._read().index.prompts.values() if _is(row.backbone, asked)]
        return pd.DataFrame(map(_prompt_row, rows), columns=list(PROMPT_COLUMNS))

    def measured(self, backbone: str, limit: int | None = None) -> set[tuple[str, str]]:
        """(prompt id, target) of every sound result on all examples, or on exactly the first `limit`.

        Sound when the files were looked at last, as `prompt_rows` does: thousands of files are not looked at twice for one plan.
        """
        asked = self._content_of(backbone)
        return {
            (entry.prompt_id, entry.target)
            for entry in self._read().index.entries
            if _is(entry.backbone, asked) and entry.limited == (limit or 0)
        }

    def left_out(self, backbone: str, recipe: str | None = None) -> dict[str, int]:
        """Run id -> how many results of a map are left out because somebody asked for it."""
        index, asked = self._read().index, self._content_of(backbone)
        gone = (entry for entry in index.entries if _is_left_out(entry, index) and _is(entry.backbone, asked))
        return dict(Counter(str(entry.run_id) for entry in gone if recipe in (None, entry.recipe)))

    def entries(
        self,
        backbone: str,
        recipe: str | None = None,
        limit: int | None = None,
        warm: bool = False,
        *,
        everything: bool = False,
        looks: bool = False,
    ) -> list[Entry]:
        """Results with their per-example scores; `limit` asks for those on exactly the first `limit` examples.

        warm: with those of prompts that were started from another one; everything: with those of runs that are left out;
        looks: with first looks where nothing whole is known, see `ptlib.transfer.run`.
        """
        content, asked = self._read(), self._content_of(backbone)
        rows: Iterable[Entry] = (*(content.everything if everything else content.best), *(content.looks if looks else ()))
        if limit:
            wanted = (limit, look_of(limit)) if looks else (limit,)
            rows = [entry for entry in content.index.entries if entry.limited in wanted]
            rows = [entry for entry in rows if everything or not _is_left_out(entry, content.index)]
        return [
            entry
            for entry in rows
            if _is(entry.backbone, asked) and recipe in (None, entry.recipe) and (warm or not entry.is_warm)
        ]

    def scores(self, backbone: str, recipe: str | None = None) -> pd.DataFrame:
        """One row a prompt and target: tasks and reference rows as sources, no warm-started prompts."""
        return _score_table(self.entries(backbone, recipe))

    def warm_scores(self, backbone: str) -> pd.DataFrame:
        """Scores of prompts that were tuned starting from another one; `source` is the task of that other prompt."""
        prompts = self._read().index.prompts
        rows = [entry for entry in self.entries(backbone, warm=True) if entry.is_warm]
        table = _score_table(rows)
        table["started_from"] = [row.start.value for row in rows]
        table["source"] = [prompts[name].task if name in prompts else None for name in table["started_from"]]
        return table

    def predictions(self, prompt_id: str, target: str) -> pd.DataFrame | None:
        """Predictions a prompt made on a target, one row an example; None when missing or damaged."""
        wanted = [entry for entry in self._read().index.entries if (entry.prompt_id, entry.target) == (prompt_id, target)]
        for entry in sorted(wanted, key=lambda entry: (entry.origin == "demo", -entry.n)):
            if entry.file is not None and entry.file.is_sound:
                return _predictions(entry)
        return None

    def curve(self, prompt_id: str) -> pd.DataFrame:
        """Loss and validation score by step; empty when unknown. Step 0 holds the untrained level."""
        index = self._read().index
        prompt, place = index.prompts.get(prompt_id), index.values.get(prompt_id)
        if prompt is not None and place is not None and prompt.origin == "demo":
            rows = demo.curve(prompt, place)
        else:
            rows = own.curve(self._store, prompt_id, place.whole if place else None)
        return pd.DataFrame(rows, columns=list(CURVE_COLUMNS))

    def values(self, prompt_id: str) -> np.ndarray:
        """Soft prompt [P, D] float32, read-only.

        Raises:
            Damaged: the file is there but fails its checksum.
            BadInput: no such prompt.
        """
        index = self._read().index
        place = index.values.get(prompt_id)
        if place is None or not place.whole.is_sound:
            raise self._no_prompt(prompt_id)
        values = read_tensor(place.path.read_bytes(), place.name, place.path)
        values.setflags(write=False)
        return values

    def _no_prompt(self, prompt_id: str) -> Exception:
        for item in self._read(verify=True).index.damaged:
            if item.kind == "prompt" and item.prompt_id == prompt_id:
                return Damaged(item.problem.replace("The files", f"The files in {item.path}"))
        return BadInput(f"No prompt '{prompt_id}' in the demo or in {self._store.root}. See `python -m ptlib runs`.")

    def trail(self, prompt_id: str) -> dict[int, np.ndarray]:
        """Values [P, D] of a prompt by step while it was tuned, step 0 first; empty when none were kept. Raises Damaged."""
        place = self._read().index.trails.get(prompt_id)
        if place is None:
            return {}
        place.whole.check()
        return trails.read(place.path, place.name)

    def artefacts(self, kind: str | None = None, backbone: str | None = None) -> list[Artefact]:
        """Stored results of analyses (kind neurons, mask or cluster) that are sound: own ones first, newest first."""
        asked = self._content_of(backbone)
        items = [item for item in self._read().index.artefacts if kind in (None, item.kind) and _is(item.backbone, asked)]
        return sorted((item for item in items if item.is_sound), key=lambda item: item.origin == "demo")

    def neuron_ids(self) -> set[str]:
        """Prompts whose activations are stored, in the demo or by oneself."""
        return {name for name, place in self._read().index.neurons.items() if place.whole.is_sound}

    def neurons(self, prompt_id: str) -> np.ndarray | None:
        """Activations [L, F] float32 of a prompt (above 0 = activated), read-only; None when they were not read yet."""
        place = self._read().index.neurons.get(prompt_id)
        if place is None or not place.whole.is_sound:
            return None
        activation = artefacts.neurons_of(place.path, place.name)
        if activation is not None:
            activation.setflags(write=False)
        return activation

    def examples(self, task_id: str, split: str = "evaluation") -> pd.DataFrame:
        """Examples of a task, in the order in which predictions list them.

        Raises:
            BadInput: the split is not known or cannot be had here.
        """
        return pd.DataFrame(examples.rows(task_id, split, self._demo, self._store), columns=list(examples.COLUMNS))

    def task_order(self) -> list[str]:
        """Task ids in the order of the registry."""
        return [task.id for task in registry.all_tasks()]

    def provenance(self, backbone: str) -> dict[str, object]:
        """How the demo results of a backbone were made; empty when there are none."""
        return dict(self._read().index.provenance.get(backbone, {}))

    def demo_speeds(self) -> list[dict[str, object]]:
        """Measured speeds of the demo's own build: backbone, kind, device, units, seconds."""
        return [dict(row) for row in self._read().index.speeds]


def _is(backbone: str, asked: str | None) -> bool:
    """Whether a row is of the backbone that is asked for, see `_content_of`; None = of any."""
    return asked is None or content_of(backbone) == asked


def _prompt_row(prompt: Prompt) -> tuple[object, ...]:
    """A row of `PROMPT_COLUMNS`."""
    how = prompt.tuning or Tuning(0, np.nan, np.nan, 0.0, 0.0)
    known = (prompt.id, prompt.backbone, prompt.task, prompt.seed, prompt.recipe, prompt.init)
    return *known, how.steps, prompt.step, how.untrained_score, how.validation_score, how.seconds, how.finished, prompt.origin


def _score_table(entries: Iterable[Entry]) -> pd.DataFrame:
    return pd.DataFrame(([getattr(entry, name) for name in SCORE_COLUMNS] for entry in entries), columns=list(SCORE_COLUMNS))


def _predictions(entry: Entry) -> pd.DataFrame:
    """Of a file that passed its checksum: the demo's holds all cells of a backbone, an own one a single cell.

    Half floats (compact files) become float32; columns that a task does not have are dropped.
    """
    assert entry.file is not None
    shared = entry.origin == "demo"
    wanted = [("prompt_id", "==", entry.prompt_id), ("target", "==", entry.target)] if shared else None
    table = pq.read_table(entry.file.path, filters=wanted)
    frame = (table.drop_columns(["prompt_id", "target"]) if shared else table).to_pandas().dropna(axis=1, how="all")
    return frame.astype({name: np.float32 for name in frame.columns if frame[name].dtype == np.float16})
