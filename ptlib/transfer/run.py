"""What a piece of the map does: tune the missing prompts (stacked), evaluate the missing cells, write both.

Whatever is in the demo or the store already, undamaged, is used again and never computed twice. The torch side is
handed in (`Work`); nothing here loads it.

Of many cells a part of the examples is measured first, so that the map can be read early. Such a first look is stored as a
result of its own sort, which no map of whole cells counts. The whole cell takes its place: it keeps the answers of the look
and has the same bytes as one that was measured in one go.
"""

import io
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ptlib.base.errors import BadInput
from ptlib.base.files import Kept, write_atomically, write_folder
from ptlib.base.identity import digest
from ptlib.base.progress import EVALUATING, FIRST_LOOK, TUNING, Progress, Share
from ptlib.prompts import trails
from ptlib.prompts.soft import SoftPrompt
from ptlib.prompts.spec import TuneSpec, recipe_of
from ptlib.results.kind import Work
from ptlib.results.prompts import soft_prompt
from ptlib.results.rows import examples_digest, look_of
from ptlib.results.speeds import USUAL_EVALUATION, speed
from ptlib.results.store import CURVE, POINT_VALUES, RESULT_VALUES, Store, insert
from ptlib.tasks import shared_texts
from ptlib.tasks.data import load_evaluation
from ptlib.tasks.registry import resolve_task
from ptlib.tasks.task import Example, Task
from ptlib.transfer.plan import Plan, Todo, plan_of
from ptlib.transfer.spec import TransferSpec

if TYPE_CHECKING:
    from ptlib.models.load import FrozenModel
    from ptlib.prompts.evaluation import Answer, Predictions
    from ptlib.prompts.tuning import TuneResult

WORTH_S, LOOK = 10.0, 0.2
"""Maps that are measured within so many seconds are not looked at first; about so much of the work is the look."""


def tune(spec: TuneSpec, plan: Plan, work: Work) -> None:
    """Tune one prompt."""
    _tune_all(spec.id, plan, work.model(spec.backbone, spec.settings.dtype), work)


def transfer(spec: TransferSpec, plan: Plan, work: Work) -> None:
    """Tune all missing prompts, then measure all missing cells; of many cells a part of their examples first."""
    model = work.model(spec.backbone, spec.settings.dtype)
    seconds = len(plan.cells) * (spec.limit or USUAL_EVALUATION) / speed(spec.backbone, "evaluate", work.store).rate
    work.progress.later(seconds)
    _tune_all(spec.id, plan, model, work)
    if seconds >= WORTH_S or spec.within is not None:
        work.progress.later(seconds * (1 - LOOK))
        _evaluate_all(spec, plan, model, work, first=True)
        plan = _unsettled(spec, plan, work)
    work.progress.later(0.0)
    _evaluate_all(spec, plan, model, work)


def _tune_all(run_id: str, plan: Plan, model: "FrozenModel", work: Work) -> None:
    """Stacks of prompts at once; each stack is saved before the next begins."""
    total, done, missing = sum(stack[0].settings.steps for stack in plan.stacks), 0, {*plan.prompts, *plan.warm}
    for stack in plan.stacks:
        steps = stack[0].settings.steps
        _tune_stack(run_id, stack, missing, model, work, share=Share(work.progress, TUNING, done, steps, total))
        done += steps


def _tune_stack(
    run_id: str, stack: Sequence[TuneSpec], missing: set[TuneSpec], model: "FrozenModel", work: Work, *, share: Progress
) -> None:
    store = work.store
    checkpoint = store.checkpoint_path(digest({"stack": [spec.id for spec in stack]}, 16))
    begun = time.perf_counter()
    results = work.tune(model, stack, checkpoint, share)
    seconds = time.perf_counter() - begun
    for spec, result in ((spec, result) for spec, result in zip(stack, results, strict=True) if spec in missing):
        _save_prompt(run_id, spec, result, store)
    units = sum(result.steps * spec.settings.batch_size for spec, result in zip(stack, results, strict=True))
    store.add_speed(stack[0].backbone, "tune", work.device, units, seconds)
    checkpoint.unlink(missing_ok=True)


def _save_prompt(run_id: str, spec: TuneSpec, result: "TuneResult", store: Store) -> None:
    values = {name: getattr(result, name) for name in RESULT_VALUES}
    with store.writing() as connection:  # file and checksum together: another process may save the same prompt
        sha = write_folder(store.prompt_folder(spec.id), partial(_write_prompt, result))
        store.add_prompt(connection, spec, values, sha, run_id)
    store.add_points(run_id, spec.id, result.curve)


def _write_prompt(result: "TuneResult", folder: Path) -> None:
    result.prompt.save(folder)
    trails.save(result.trail, folder)
    curve = [[getattr(point, name) for name in ("step", *POINT_VALUES)] for point in result.curve]
    (folder / CURVE).write_text(json.dumps(curve), encoding="utf-8")


def _evaluate_all(spec: TransferSpec, plan: Plan, model: "FrozenModel", work: Work, first: bool = False) -> None:
    """All prompts of a target at once."""
    by_target: dict[str, list[Todo]] = {}
    for cell in plan.cells:
        by_target.setdefault(cell.target, []).append(cell)
    if first and len(by_target) < 2 and spec.within is None:  # it is read no earlier by that
        return
    done, total, phase = 0, len(plan.cells), FIRST_LOOK if first else EVALUATING
    for target, cells in by_target.items():
        share = Share(work.progress, phase, done, len(cells), total)
        _evaluate_target(spec, target, cells, model, work, share=share, first=first)
        done += len(cells)
        work.progress.phase(phase, done, total)


def _unsettled(spec: TransferSpec, plan: Plan, work: Work) -> Plan:
    """The plan without cells that the run stops at, which is said."""
    if spec.within is None:
        return plan
    open_ = set(plan_of(spec, work.catalogue).cells)
    left = tuple(cell for cell in plan.cells if cell in open_)
    work.progress.note(
        f"{len(plan.cells) - len(left)} of {len(plan.cells)} results stop at the first look: their intervals (97.5 %, for two "
        f"looks) end within {spec.within:g} points of the score. The map counts them as looks, not as whole cells."
    )
    return replace(plan, cells=left)


def _evaluate_target(
    spec: TransferSpec,
    target: str,
    cells: Sequence[Todo],
    model: "FrozenModel",
    work: Work,
    *,
    share: Progress,
    first: bool,
) -> None:
    task = resolve_task(target)
    examples = examples_of(task, spec.limit, spec.data, work.progress)
    known = [looked_at(work.store, cell, spec.limit, examples) for cell in cells]
    if first:
        cells, known = [cell for cell, told in zip(cells, known, strict=True) if not told], []
    if not cells:
        return
    prompts = [prompt_of(cell, spec, model, work) for cell in cells]
    begun = time.perf_counter()
    results = work.evaluate(model, prompts, task, examples, share, first=first, known=known)
    units = sum(len(one.score) for one in results) - sum(map(len, known))
    work.store.add_speed(spec.backbone, "evaluate", work.device, units, time.perf_counter() - begun)
    for cell, predictions in zip(cells, results, strict=True):
        save_predictions(work.store, spec, cell, predictions, tuple(example.id for example in examples))
    if first:
        return
    sources = [resolve_task(name) for name in dict.fromkeys((*spec.sources, *spec.targets))]
    shared_texts.compare(sources, task, examples, data=spec.data, root=work.store.root, progress=work.progress)


def looked_at(store: Store, cell: Todo, limit: int | None, examples: Sequence[Example]) -> "Mapping[int, Answer]":
    """What a look found: answers by place in the examples; none where there was none, or it is damaged or of other examples."""
    rows = store.intact(
        "SELECT path, sha256, examples, vector FROM scores WHERE prompt_id = ? AND target = ? AND limited = ?",
        (cell.prompt_id, cell.target, look_of(limit)),
    )
    for row in rows:
        file = Kept(store.root / row["path"], row["sha256"])
        if row["examples"] != examples_digest(example.id for example in examples) or not file.is_sound:
            continue
        frame, scores = pd.read_parquet(file.path), np.frombuffer(row["vector"], "<f4")
        classes = [name for name in frame.columns if name.startswith("log_prob_")]
        answers = frame[classes].to_numpy(np.float32) if classes else frame["predicted"].tolist()
        return dict(zip(np.flatnonzero(~np.isnan(scores)).tolist(), answers, strict=True))
    return {}


def examples_of(task: Task, limit: int | None, data: str | None, progress: Progress) -> tuple[Example, ...]:
    """What a cell is measured on. Raises BadInput when there is nothing."""
    examples = load_evaluation(task, limit, data, progress.note)
    if not examples:
        raise BadInput(f"The evaluation split of '{task.id}' is empty. Give data with at least one example.")
    return examples


def prompt_of(cell: Todo, spec: TransferSpec, model: "FrozenModel", work: Work) -> SoftPrompt:
    """The prompt behind a cell: a tuned one from disk, a reference one made on the spot."""
    if not cell.is_reference:
        return soft_prompt(cell.prompt_id, work.catalogue)
    prompt = work.reference(model, cell.source, resolve_task(cell.target), spec.settings, cell.seed)
    return replace(prompt, info=replace(prompt.info, id=cell.prompt_id))


def save_predictions(
    store: Store, spec: TransferSpec, cell: Todo, predictions: "Predictions", examples: Sequence[str] = ()
) -> None:
    """Write the predictions of one cell and its score row; examples: ids of all, for a first look, which is of some of them."""
    scores, places = np.ascontiguousarray(predictions.score, dtype="<f4"), predictions.places
    vector, ids = (scores, predictions.example_id) if places is None else (np.full(len(examples), np.nan, "<f4"), examples)
    if places is not None:
        vector[list(places)] = scores
    path, look = (store.predictions_path(cell.prompt_id, cell.target, spec.limit, look) for look in (places is not None, True))
    settings, data = (cell.tune or spec).settings, parquet_bytes(predictions)
    row = {
        "prompt_id": cell.prompt_id,
        "target": cell.target,
        "source": cell.source,
        "backbone": spec.backbone,
        "seed": cell.seed,
        "recipe": recipe_of(settings, spec.data),
        "init": settings.init,
        "n": len(scores),
        "score": float(scores.mean(dtype=np.float64)),
        "metric": predictions.metric,
        "limited": (spec.limit or 0) if places is None else look_of(spec.limit),
        "created": time.time(),
        "run_id": spec.id,
        "path": path.relative_to(store.root).as_posix(),
        "examples": examples_digest(ids),
        "vector": vector.tobytes(),
    }
    with store.writing() as connection:
        insert(connection, "scores", row | {"sha256": write_atomically(path, data)})
        if places is None:  # the whole cell takes the look's place
            looked = (cell.prompt_id, cell.target, look_of(spec.limit))
            connection.execute("DELETE FROM scores WHERE prompt_id = ? AND target = ? AND limited = ?", looked)
    if places is None:
        look.unlink(missing_ok=True)


def parquet_bytes(predictions: "Predictions") -> bytes:
    """Predictions as a Parquet file, one row an example."""
    buffer = io.BytesIO()
    predictions.to_frame().to_parquet(buffer, index=False, compression="zstd")
    return buffer.getvalue()


@dataclass(frozen=True, slots=True)
class SoFar:
    """Results of a run: how many are whole, how many are first looks, and at how many examples these were."""

    whole: int
    looked: int
    fewest: int
    most: int


def so_far(run_id: str, store: Store | None = None) -> SoFar:
    """What a run has measured by now; cheap."""
    count = "SELECT sum(limited >= 0), sum(limited < 0), min(iif(limited < 0, n, NULL)), max(iif(limited < 0, n, NULL)) "
    rows = (store or Store()).query(f"{count} FROM scores WHERE run_id = ?", (run_id,))
    return SoFar(*(value or 0 for value in rows[0])) if rows else SoFar(0, 0, 0, 0)
