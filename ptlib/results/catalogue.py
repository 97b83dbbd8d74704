"""Everything that was measured, read-only: the committed demo together with the user's own store.

Torch-free and cheap: pages build one on every rerun. Whatever fails its checksum is left out of every frame
and listed by `damaged`; a later run makes it again.
"""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ptlib.base import paths
from ptlib.base.errors import BadInput, NotAvailable, PtlibError
from ptlib.prompts.spec import TuneSettings
from ptlib.prompts.start import Start
from ptlib.results import artefacts
from ptlib.results.artefacts import Artefact
from ptlib.results.origins import DemoResults, OwnResults
from ptlib.results.rows import DamagedItem, Entry, PromptRow
from ptlib.results.store import Store
from ptlib.tasks import registry

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Catalogue", "DamagedItem", "Entry"]

PROMPT_COLUMNS = (
    "prompt_id",
    "backbone",
    "task",
    "seed",
    "recipe",
    "init",
    "steps",
    "best_step",
    "untrained_score",
    "validation_score",
    "seconds",
    "created",
    "origin",
)
SCORE_COLUMNS = (
    "prompt_id",
    "source",
    "target",
    "backbone",
    "seed",
    "recipe",
    "n",
    "score",
    "metric",
    "created",
    "origin",
    "run_id",
)
CURVE_COLUMNS = ("step", "loss", "validation", "seconds")
EXAMPLE_COLUMNS = ("id", "text_a", "text_b", "label", "targets")


@dataclass(frozen=True, slots=True)
class _Content:
    """All rows of one state of the files, verified."""

    prompts: tuple[PromptRow, ...]
    entries: tuple[Entry, ...]
    """Of every cell the result on most examples."""
    all_entries: tuple[Entry, ...]
    recipes: Mapping[str, Mapping[str, TuneSettings]]
    damaged: tuple[DamagedItem, ...]


_REMEMBERED: dict[str, tuple[str, _Content]] = {}
"""Last content by (demo, store) place: read again only when the fingerprint changes."""


class Catalogue:
    """Read-only union of the demo and the own store. Every frame has a column `origin`: "demo" or "own"."""

    def __init__(self, demo: Path | None = None, store: Path | None = None) -> None:
        self._demo = DemoResults(demo or paths.demo_dir())
        self._own = OwnResults(Store(store))
        self._place = f"{self._demo.root}|{self._own.store.root}"

    def fingerprint(self) -> str:
        """A short text that changes whenever any result changes; cheap enough for every rerun."""
        return f"{self._demo.fingerprint()}-{self._own.fingerprint()}"

    def damaged(self) -> list[DamagedItem]:
        """Artefacts that fail their checksum or are not ours; none of them is used anywhere."""
        return list(self._content(verify=True).damaged)

    def backbones(self) -> list[str]:
        """Ids of all backbones with at least one result, demo first."""
        content = self._content()
        rows = (*content.prompts, *content.entries)
        return list(dict.fromkeys(row.backbone for row in sorted(rows, key=lambda row: row.origin)))

    def recipes(self, backbone: str) -> dict[str, TuneSettings]:
        """Settings by recipe id; only results of one recipe belong in one map."""
        return dict(self._content().recipes.get(backbone, {}))

    def main_recipe(self, backbone: str) -> str:
        """The recipe that most results of a backbone have.

        Raises:
            BadInput: there is no result for the backbone.
        """
        counts = Counter(entry.recipe for entry in self._content().entries if entry.backbone == backbone and not entry.is_warm)
        if not counts:
            raise BadInput(f"There are no transfer results for '{backbone}' yet. Launch a run in the Lab.")
        return max(counts.items(), key=lambda item: (item[1], item[0]))[0]

    def prompts(self, backbone: str | None = None) -> "pd.DataFrame":
        """All tuned prompts, warm-started ones included (their `init` is "prompt:...")."""
        rows = [row for row in self._content().prompts if backbone in (None, row.backbone)]
        return _frame(rows, PROMPT_COLUMNS)

    def prompt_rows(self, backbone: str) -> list[PromptRow]:
        """The same as `prompts`, as dataclasses."""
        return [row for row in self._content(verify=True).prompts if row.backbone == backbone]

    def measured(self, backbone: str, limit: int | None = None) -> set[tuple[str, str]]:
        """(prompt id, target) of every sound result on all examples, or on exactly the first `limit`."""
        return {
            (entry.prompt_id, entry.target)
            for entry in self._content(verify=True).all_entries
            if entry.backbone == backbone and entry.limited == (limit or 0)
        }

    def scores(self, backbone: str, recipe: str | None = None) -> "pd.DataFrame":
        """One row a prompt and target: tasks and reference rows as sources, no warm-started prompts."""
        return _frame(self.entries(backbone, recipe), SCORE_COLUMNS)

    def warm_scores(self, backbone: str) -> "pd.DataFrame":
        """Scores of prompts that were tuned starting from another one; `source` is the task of that other prompt."""
        tasks = {row.prompt_id: row.task for row in self._content().prompts}
        rows = [entry for entry in self._content().entries if entry.backbone == backbone and entry.is_warm]
        frame = _frame(rows, SCORE_COLUMNS)
        frame["started_from"] = [Start.of(row.init).value for row in rows]
        frame["source"] = [tasks.get(name) for name in frame["started_from"]]
        return frame

    def entries(self, backbone: str, recipe: str | None = None, limit: int | None = None, warm: bool = False) -> list[Entry]:
        """Results with their per-example scores; `limit` asks for those on exactly the first `limit` examples.

        warm: with those of prompts that were started from another one.
        """
        content = self._content()
        rows = [entry for entry in content.all_entries if entry.limited == limit] if limit else content.entries
        return [
            entry
            for entry in rows
            if entry.backbone == backbone and recipe in (None, entry.recipe) and (warm or not entry.is_warm)
        ]

    def predictions(self, prompt_id: str, target: str) -> "pd.DataFrame | None":
        """Predictions a prompt made on a target, one row an example; None when missing or damaged."""
        for part in (self._own, self._demo):
            frame = part.predictions(prompt_id, target)
            if frame is not None:
                return frame
        return None

    def curve(self, prompt_id: str) -> "pd.DataFrame":
        """Loss and validation score by step; empty when unknown. Step 0 holds the untrained level."""
        rows = self._own.curve(prompt_id) or self._demo.curve(prompt_id)
        return _table(rows, CURVE_COLUMNS)

    def values(self, prompt_id: str) -> np.ndarray:
        """Soft prompt [P, D] float32, read-only.

        Raises:
            Damaged: the file is there but fails its checksum.
            BadInput: no such prompt.
        """
        for part in (self._own, self._demo):
            found = part.values(prompt_id)
            if found is not None:
                found.setflags(write=False)
                return found
        raise BadInput(f"No prompt '{prompt_id}' in the demo or in {self._own.store.root}. See `python -m ptlib runs`.")

    def trail(self, prompt_id: str) -> dict[int, np.ndarray]:
        """Values [P, D] of a prompt by step while it was tuned, step 0 first; empty when none were kept. Raises Damaged."""
        return self._own.trail(prompt_id) or self._demo.trail(prompt_id)

    def artefacts(self, kind: str | None = None, backbone: str | None = None) -> list[Artefact]:
        """Stored results of analyses (kind neurons, mask or cluster) that are sound: own ones first, newest first."""
        found = (*self._own.artefacts(kind), *self._demo.artefacts())
        return [item for item in found if kind in (None, item.kind) and backbone in (None, item.backbone) and item.is_sound]

    def neuron_ids(self) -> set[str]:
        """Prompts whose activations are stored, in the demo or by oneself."""
        return self._demo.neuron_ids() | {item.id for item in self._own.artefacts(artefacts.NEURONS) if item.is_sound}

    def neurons(self, prompt_id: str) -> np.ndarray | None:
        """Activations [L, F] float32 of a prompt (above 0 = activated), read-only; None when they were not read yet."""
        found = next(
            (
                artefacts.neurons_of(item.path, artefacts.TENSOR)
                for item in self._own.artefacts(artefacts.NEURONS)
                if item.id == prompt_id and item.is_sound
            ),
            None,
        )
        found = self._demo.neurons(prompt_id) if found is None else found
        if found is not None:
            found.setflags(write=False)
        return found

    def own_folder(self, prompt_id: str) -> Path:
        """Folder of a prompt of the own store."""
        return self._own.store.prompt_folder(prompt_id)

    def demo_info(self, prompt_id: str) -> dict[str, object]:
        """Metadata of a demo prompt, as `prompts.PromptInfo` holds it. Raises KeyError when there is none."""
        return self._demo.info(prompt_id)

    def prompt(self, prompt_id: str) -> PromptRow | None:
        """One tuned prompt."""
        return next((row for row in self._content().prompts if row.prompt_id == prompt_id), None)

    def examples(self, task_id: str, split: str = "evaluation") -> "pd.DataFrame":
        """Examples of a task, in the order in which predictions list them.

        Raises:
            BadInput: the split is not known or cannot be had here.
        """
        rows = self._demo.examples(task_id, split)
        if rows is None:
            rows = _load_examples(task_id, split, self._own.store)
        return _table(rows, EXAMPLE_COLUMNS)

    def task_order(self) -> list[str]:
        """Task ids in the order of the registry."""
        return [task.id for task in registry.all_tasks()]

    def provenance(self, backbone: str) -> dict[str, object]:
        """How the demo results of a backbone were made; empty when there are none."""
        return dict(self._demo.provenance(backbone))

    def _content(self, verify: bool = False) -> _Content:
        mark = self.fingerprint()
        known = _REMEMBERED.get(self._place)
        if known is None or known[0] != mark or verify:
            _REMEMBERED[self._place] = known = (mark, self._read())
        return known[1]

    def _read(self) -> _Content:
        demo = self._demo.read()
        try:
            own = self._own.read()
        except PtlibError as error:
            item = DamagedItem("database", "ptlib.db", str(self._own.store.database), str(error), "own")
            return _Content(demo.prompts, demo.entries, demo.entries, demo.recipes, (*demo.damaged, item))
        entries = (*demo.entries, *own.entries)
        best = {(entry.prompt_id, entry.target): entry for entry in sorted(entries, key=lambda e: (e.n, e.origin == "own"))}
        tuned = {row.prompt_id for row in own.prompts}
        recipes = {name: {**demo.recipes.get(name, {}), **own.recipes.get(name, {})} for name in {*demo.recipes, *own.recipes}}
        return _Content(
            (*(row for row in demo.prompts if row.prompt_id not in tuned), *own.prompts),
            tuple(best.values()),
            entries,
            recipes,
            (*demo.damaged, *own.damaged),
        )


def _frame(rows: "list[PromptRow] | list[Entry]", columns: tuple[str, ...]) -> "pd.DataFrame":
    return _table([{name: getattr(row, name) for name in columns} for row in rows], columns)


def _table(rows: list[dict[str, object]], columns: tuple[str, ...]) -> "pd.DataFrame":
    import pandas as pd

    return pd.DataFrame(rows, columns=list(columns))


def _load_examples(task_id: str, split: str, store: Store) -> list[dict[str, object]]:
    """Examples of a task that is not embedded, from where the last run on it had them; nothing is ever fetched for looking."""
    from ptlib.tasks.data import load_evaluation
    from ptlib.tasks.fetch import on_disk
    from ptlib.tasks.registry import get_task

    if split != "evaluation":
        raise BadInput(f"Only the evaluation split of '{task_id}' can be listed here.")
    task, folder = get_task(task_id), _data_of(task_id, store)
    if folder is None and task.source == "hub":
        name = task.evaluation_split
        if not any(name in place.files and on_disk(place, name) for place in task.hub):
            raise NotAvailable(f"The examples of '{task_id}' are not on this machine; a run on it fetches them.")
    return [{name: getattr(example, name) for name in EXAMPLE_COLUMNS} for example in load_evaluation(task, None, folder)]


def _data_of(task_id: str, store: Store) -> str | None:
    """Folder of local data that the last run on a task was given; None = its registered place."""
    for row in store.query("SELECT spec FROM runs WHERE kind = 'transfer' ORDER BY created DESC"):
        spec = json.loads(row["spec"])
        if task_id in spec.get("targets", ()):
            return spec.get("data")
    return None
