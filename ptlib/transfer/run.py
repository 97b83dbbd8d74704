"""What a run does: tune the missing prompts (stacked), evaluate the missing cells, write both.

Runs in a worker or in the command line's process; the only module of the store side that calls the torch side.
Whatever is in the demo or the store already, undamaged, is used again and never computed twice.
"""

import gc
import io
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ptlib.analysis.specs import ANALYSES, AnalysisSpec
from ptlib.base.errors import BadInput
from ptlib.base.files import write_atomically, write_folder
from ptlib.base.identity import digest
from ptlib.base.progress import Progress
from ptlib.prompts import trails
from ptlib.prompts.spec import TuneSpec, recipe_of
from ptlib.results.catalogue import Catalogue
from ptlib.results.rows import examples_digest
from ptlib.results.store import RESULT_VALUES, Store, insert
from ptlib.runs.estimates import evaluate_units, speed
from ptlib.tasks.registry import resolve_task
from ptlib.transfer.plan import Plan, Todo, check, missing, needs
from ptlib.transfer.spec import TransferSpec

if TYPE_CHECKING:
    from ptlib.models.load import FrozenModel
    from ptlib.prompts.evaluation import Predictions
    from ptlib.prompts.soft import SoftPrompt
    from ptlib.prompts.tuning import TuneJob, TuneResult

STACK = 8
"""Prompts tuned at once; a fixed partition, so that a resumed run stacks the same prompts."""
LOADING, TUNING, EVALUATING = "Loading the model", "Tuning", "Evaluating"


@dataclass
class Share:
    """The part of a phase that one call does: its own progress becomes a slice of the whole."""

    progress: Progress
    name: str
    start: int
    size: int
    total: int
    seen: float = field(default=0.0, init=False)

    def phase(self, name: str, done: int, total: int) -> None:
        """Report the call's progress as part of the whole; it never runs backwards."""
        self.seen = max(self.seen, done / total if total else 0.0)
        self.progress.phase(self.name, self.start + int(self.seen * self.size), self.total)

    def point(self, series: str, step: int, **values: float) -> None:
        """Pass a curve point on."""
        self.progress.point(series, step, **values)

    def check(self) -> None:
        """Pass the question on."""
        self.progress.check()


def model_for(spec: TuneSpec | TransferSpec, device: str) -> "FrozenModel":
    """Load the backbone of a run, or take the one this process holds."""
    from ptlib.models.load import hold

    return hold(check(spec), device, spec.settings.dtype)


def release() -> None:
    """Give device memory that a finished or stopped run held back to the system; the kept backbone stays."""
    gc.collect()
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_available() and torch.cuda.is_initialized():
        torch.cuda.empty_cache()


def execute(
    spec: TuneSpec | TransferSpec | AnalysisSpec,
    progress: Progress,
    device: str = "auto",
    *,
    store: Store | None = None,
    demo: Path | None = None,
) -> Plan:
    """Carry out a run. Returns what it had to do.

    Args:
        store, demo: where results go and where they may be taken from, when not the usual places.

    Raises:
        BadInput, RunFailed, Damaged: with a message for the user; what was finished before is saved.
        Cancelled: somebody asked to stop.
    """
    store = store or Store()
    catalogue = Catalogue(demo, store.root)
    if not isinstance(spec, ANALYSES):
        check(spec)
    plan = missing(spec, catalogue)
    if plan.is_empty:
        return plan
    if isinstance(spec, ANALYSES):
        from ptlib.analysis.run import Analysis

        Analysis(spec, progress, device, store, catalogue).execute(plan.analyses)
        return plan
    _fetch(spec, plan, progress)
    progress.phase(LOADING, 0, 1)
    from ptlib.models.load import resolve_device

    device = resolve_device(device)
    work = _Work(spec, plan, progress, device, model_for(spec, device), store, catalogue)
    progress.phase(LOADING, 1, 1)
    work.tune()
    work.evaluate()
    return plan


def _fetch(spec: TuneSpec | TransferSpec, plan: Plan, progress: Progress) -> None:
    """Bring what the run needs from the Hub to disk."""
    from ptlib.models.fetch import fetch_all

    fetch_all(check(spec), *needs(spec, plan), progress)


@dataclass
class _Work:
    """One run on its way."""

    spec: TuneSpec | TransferSpec
    plan: Plan
    progress: Progress
    device: str
    model: "FrozenModel"
    store: Store
    catalogue: Catalogue

    def tune(self) -> None:
        """Tune all missing prompts, stacks of them at once; each stack is saved before the next begins."""
        limit = self.spec.limit if isinstance(self.spec, TransferSpec) else None
        self._expect_later(evaluate_units(self.plan, limit) / speed(self.spec.backbone, "evaluate", self.store).rate)
        stacks = [*_stacks(self.plan.prompts), *_stacks(self.plan.warm)]
        total, done = sum(stack[0].settings.steps for stack in stacks), 0
        for stack in stacks:
            steps = stack[0].settings.steps
            self._tune_stack(stack, Share(self.progress, TUNING, done, steps, total))
            done += steps
        self._expect_later(0.0)

    def _tune_stack(self, stack: Sequence[TuneSpec], share: Share) -> None:
        from ptlib.prompts.tuning import tune

        jobs = [self._job(spec) for spec in stack]
        checkpoint = self.store.checkpoint_path(digest({"stack": [spec.id for spec in stack]}, 16))
        checkpoint.parent.mkdir(parents=True, exist_ok=True)
        begun = time.perf_counter()
        results = tune(self.model, jobs, share, checkpoint)
        seconds = time.perf_counter() - begun
        for spec, result in zip(stack, results, strict=True):
            self._save_prompt(spec, result)
        units = sum(result.steps * spec.settings.batch_size for spec, result in zip(stack, results, strict=True))
        self.store.add_speed(spec.backbone, "tune", self.device, units, seconds)
        checkpoint.unlink(missing_ok=True)

    def _job(self, spec: TuneSpec) -> "TuneJob":
        from ptlib.prompts.tuning import TuneJob
        from ptlib.tasks.data import load_training

        task, settings = resolve_task(spec.task), spec.settings
        data = load_training(task, spec.data, validation_size=settings.validation_size, train_size=settings.train_size)
        return TuneJob(spec, task, data, self._start(spec))

    def _start(self, spec: TuneSpec) -> np.ndarray | None:
        """Values [P, D] of the prompt a run starts from; None for the other initialisations."""
        if not spec.settings.start.is_warm:
            return None
        values = soft_prompt(spec.settings.start.value, self.catalogue).values
        wanted = (spec.settings.prompt_length, self.model.spec.width)
        if values.shape != wanted:
            raise BadInput(
                f"The prompt to start from has shape {list(values.shape)}, but {spec.backbone} with "
                f"{wanted[0]} soft tokens needs {list(wanted)}. Choose a prompt of this backbone and length."
            )
        return values

    def _save_prompt(self, spec: TuneSpec, result: "TuneResult") -> None:
        values = {name: getattr(result, name) for name in RESULT_VALUES}
        with self.store.writing() as connection:  # file and checksum together: another process may save the same prompt
            sha = write_folder(self.store.prompt_folder(spec.id), partial(_write_prompt, result))
            self.store.add_prompt(connection, spec, values, sha, self.spec.id)
        self.store.add_points(self.spec.id, spec.id, result.curve)

    def evaluate(self) -> None:
        """Measure all missing cells, all prompts of a target at once."""
        by_target: dict[str, list[Todo]] = {}
        for cell in self.plan.cells:
            by_target.setdefault(cell.target, []).append(cell)
        done = 0
        for target, cells in by_target.items():
            self._evaluate_target(target, cells, Share(self.progress, EVALUATING, done, len(cells), len(self.plan.cells)))
            done += len(cells)
            self.progress.phase(EVALUATING, done, len(self.plan.cells))

    def _evaluate_target(self, target: str, cells: Sequence[Todo], share: Share) -> None:
        from ptlib.prompts.evaluation import evaluate
        from ptlib.tasks import shared_texts as overlaps
        from ptlib.tasks.data import load_evaluation

        assert isinstance(self.spec, TransferSpec)
        task = resolve_task(target)
        examples = load_evaluation(task, self.spec.limit, self.spec.data)
        if not examples:
            raise BadInput(f"The evaluation split of '{target}' is empty. Give data with at least one example.")
        prompts = [prompt_of(cell, self.spec, self.model, self.catalogue) for cell in cells]
        begun = time.perf_counter()
        found = evaluate(self.model, prompts, task, examples, share)
        self.store.add_speed(self.spec.backbone, "evaluate", self.device, len(cells) * len(examples), time.perf_counter() - begun)
        for cell, predictions in zip(cells, found, strict=True):
            save_predictions(self.store, self.spec, cell, predictions)
        others = [resolve_task(name) for name in dict.fromkeys((*self.spec.sources, *self.spec.targets)) if name != target]
        overlaps.compare(others, task, examples, self.spec.data, self.store.root, self.progress)

    def _expect_later(self, seconds: float) -> None:
        for receiver in getattr(self.progress, "receivers", (self.progress,)):
            if hasattr(receiver, "later_s"):
                receiver.later_s = seconds


def prompt_of(cell: Todo, spec: TransferSpec, model: "FrozenModel", catalogue: Catalogue) -> "SoftPrompt":
    """The prompt behind a cell: a tuned one from disk, a reference one made on the spot."""
    if not cell.is_reference:
        return soft_prompt(cell.prompt_id, catalogue)
    from ptlib.prompts.initial import reference_prompt

    prompt = reference_prompt(model, cell.source, resolve_task(cell.target), spec.settings, cell.seed)
    return replace(prompt, info=replace(prompt.info, id=cell.prompt_id))


def _write_prompt(result: "TuneResult", folder: Path) -> None:
    result.prompt.save(folder)
    trails.save(result.trail, folder)


def _stacks(specs: Sequence[TuneSpec]) -> list[Sequence[TuneSpec]]:
    return [specs[start : start + STACK] for start in range(0, len(specs), STACK)]


def save_predictions(store: Store, spec: TransferSpec, cell: Todo, predictions: "Predictions") -> None:
    """Write the predictions of one cell and its score row."""
    path, data = store.predictions_path(cell.prompt_id, cell.target, spec.limit), parquet_bytes(predictions)
    scores = np.ascontiguousarray(predictions.score, dtype="<f4")
    row = {
        "prompt_id": cell.prompt_id,
        "target": cell.target,
        "source": cell.source,
        "backbone": spec.backbone,
        "seed": cell.seed,
        "recipe": recipe_of((cell.tune or spec).settings, (cell.tune or spec).data),
        "init": (cell.tune or spec).settings.init,
        "n": len(scores),
        "score": float(scores.mean(dtype=np.float64)),
        "metric": predictions.metric,
        "limited": spec.limit or 0,
        "created": time.time(),
        "run_id": spec.id,
        "path": path.relative_to(store.root).as_posix(),
        "examples": examples_digest(predictions.example_id),
        "vector": scores.tobytes(),
    }
    with store.writing() as connection:
        insert(connection, "scores", row | {"sha256": write_atomically(path, data)})


def parquet_bytes(predictions: "Predictions") -> bytes:
    """Predictions as a Parquet file, one row an example."""
    buffer = io.BytesIO()
    predictions.to_frame().to_parquet(buffer, index=False, compression="zstd")
    return buffer.getvalue()


def soft_prompt(name: str, catalogue: Catalogue | None = None) -> "SoftPrompt":
    """A prompt by id (own store, then demo) or from a folder.

    Raises:
        BadInput: there is no such prompt.
        Damaged: it fails its checksum.
    """
    from ptlib.prompts.soft import PromptInfo, SoftPrompt

    if Path(name).is_dir():
        return SoftPrompt.load(Path(name))
    catalogue = catalogue or Catalogue()
    values, row = catalogue.values(name), catalogue.prompt(name)  # checks the checksum
    if row is not None and row.origin == "own":
        return SoftPrompt.load(catalogue.own_folder(name))
    info = catalogue.demo_info(name)
    return SoftPrompt(values, PromptInfo(**{key: tuple(item) if isinstance(item, list) else item for key, item in info.items()}))
