"""A large store of SYNTHETIC results, written through the store's own writers: runs, prompts, cells of whole maps.

No number in it was measured: a prompt works on its own task, a little within its family, and not elsewhere.
"""

import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np

from ptlib.base.identity import canonical
from ptlib.models.spec import BackboneSpec
from ptlib.prompts.evaluation import Predictions
from ptlib.prompts.record import Prompt
from ptlib.prompts.soft import SoftPrompt
from ptlib.prompts.spec import TuneSettings, TuneSpec
from ptlib.results.store import Store
from ptlib.runs.kinds import kind_of
from ptlib.tasks.own.forms import form_from
from ptlib.tasks.own.stored import accept
from ptlib.tasks.registry import all_tasks
from ptlib.tasks.task import Task
from ptlib.transfer.plan import cells_of
from ptlib.transfer.run import _save_prompt, save_predictions
from ptlib.transfer.spec import TransferSpec

EXAMPLES, STEPS = 100, 200
SETTINGS = TuneSettings(prompt_length=8, steps=STEPS, eval_every=20)


def tasks_of(count: int, folder: Path) -> list[Task]:
    """So many tasks: the registered ones, and own tasks for the rest."""
    tasks = list(all_tasks())[:count]
    while len(tasks) < count:
        number = len(tasks)
        table = folder / f"own_{number}.csv"
        rows = [f"it was {word} {n} and {number},{label}" for n in range(40) for word, label in (("fine", "yes"), ("poor", "no"))]
        table.write_text("text,label\n" + "\n".join(rows), encoding="utf-8")
        words = {"mlm": ["no", "yes"], "t5": ["no", "yes"]}
        form = {
            "name": f"Made {number}",
            "columns": {"text_a": "text", "label": "label"},
            "words": words,
            "labels": ["no", "yes"],
        }
        tasks.append(accept(form_from(form), table))
    return tasks


def make(store: Store, runs: int, tasks: Sequence[Task], backbones: Sequence[BackboneSpec]) -> None:
    """Runs of one seed each, a source on all targets, shared out over the backbones; those that are there are left alone."""
    there = {row["id"] for row in store.query("SELECT id FROM runs")}
    names = tuple(task.id for task in tasks)
    families = {task.id: task.family for task in tasks}
    for number in range(runs):
        backbone, turn = backbones[number % len(backbones)], number // len(backbones)
        source, seed = names[turn % len(names)], turn // len(names)
        first = not turn  # one run measures the reference rows of all targets
        spec = TransferSpec(
            backbone.id, (source,), names, (seed,), SETTINGS, references=("untrained", "hand_written") if first else ()
        )
        if spec.id not in there:
            _write(store, spec, source, families, backbone)


def _write(store: Store, spec: TransferSpec, source: str, families: dict[str, str], backbone: BackboneSpec) -> None:
    """One finished run: its prompt, its cells, at last its row."""
    for tune in spec.prompts():
        if tune.task == source:
            _save_prompt(spec.id, tune, _tuned(tune, backbone.width), store)
    for cell in cells_of(spec):
        if cell.source == source or cell.is_reference:
            right = 0.95 if cell.source == cell.target else 0.5 if cell.is_reference else 0.6
            right += 0.2 * (families.get(cell.source) == families[cell.target] and right == 0.6)
            save_predictions(store, spec, cell, _predicted(cell.prompt_id, cell.target, right))
    now, kind = time.time(), kind_of(spec)
    row = (spec.id, kind.name, kind.title(spec), now, canonical(asdict(cast(Any, spec))), now, now, now)
    with store.writing() as connection:
        connection.execute(
            "INSERT INTO runs (id, kind, title, state, position, spec, created, started, finished) "
            "VALUES (?, ?, ?, 'done', ?, ?, ?, ?, ?)",
            row,
        )


def _tuned(spec: TuneSpec, width: int) -> Any:
    """What tuning would bring."""
    rng = np.random.default_rng([ord(letter) for letter in spec.id])
    values = rng.normal(size=(SETTINGS.prompt_length, width)).astype(np.float32)
    points = [
        SimpleNamespace(step=step, loss=1 / (step + 1), validation=0.5, seconds=step / 10) for step in range(0, STEPS + 1, 20)
    ]
    return SimpleNamespace(
        prompt=SoftPrompt(values, Prompt(spec.id, spec.backbone, spec.task, spec.seed)),
        steps=STEPS, best_step=STEPS, untrained_score=0.5, validation_score=0.9, seconds=20.0,
        curve=tuple(points), trail={step: values * (step / STEPS) for step in (0, 50, 200)},
    )  # fmt: skip


def _predicted(prompt: str, target: str, share: float) -> Predictions:
    """Answers of which so many are right."""
    rng = np.random.default_rng([ord(letter) for letter in prompt + target])
    right = rng.random(EXAMPLES) < share
    gold = rng.integers(0, 2, EXAMPLES)
    guess = np.where(right, gold, 1 - gold)
    log_prob = np.log(np.where(np.eye(2)[guess] > 0, 0.8, 0.2)).astype(np.float32)
    words = np.array(["no", "yes"])
    return Predictions(
        prompt, target, "accuracy", tuple(map(str, range(EXAMPLES))), tuple(words[gold]), tuple(words[guess]),
        right.astype(np.float32), log_prob, np.abs(log_prob[:, 0] - log_prob[:, 1]),
    )  # fmt: skip
