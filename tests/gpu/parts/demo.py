"""The demo's suite on this device: 13 tasks tuned and crossed; and its stored prompts' answers against those of the CPU."""

import time

import numpy as np

from ptlib.base.progress import Silent
from ptlib.models.load import FrozenModel, load_model
from ptlib.models.registry import get_backbone
from ptlib.prompts.evaluation import evaluate
from ptlib.prompts.soft import SoftPrompt
from ptlib.prompts.spec import TuneSettings, TuneSpec, default_settings
from ptlib.prompts.tuning import TuneJob, tune
from ptlib.results.catalogue import Catalogue
from ptlib.results.prompts import soft_prompt
from ptlib.results.rows import Entry
from ptlib.tasks.data import load_evaluation, load_training
from ptlib.tasks.registry import get_task
from ptlib.transfer.plan import available_tasks
from tests.gpu.measuring import DEVICE, Report, wait

BACKBONE, SEED = "demo/roberta-small", 0


def measure(report: Report, rehearse: bool) -> None:
    spec = get_backbone(BACKBONE)
    names, catalogue = list(available_tasks(spec))[: 2 if rehearse else None], Catalogue()
    stored = {(entry.source, entry.target): entry for entry in catalogue.entries(BACKBONE) if entry.seed == SEED}
    settings = default_settings(spec)
    for dtype in ("fp32", "bf16"):
        frozen = load_model(spec, DEVICE, dtype)
        against_stored(report, frozen, dtype, names, stored, catalogue)
        begun = time.perf_counter()
        prompts = tuned(frozen, names, settings if not rehearse else TuneSettings(steps=1, eval_every=1, validation_size=10))
        wait()
        middle = time.perf_counter()
        scores = crossed(frozen, prompts, names, 20 if rehearse else None)
        seconds = {"tuning_s": middle - begun, "map_s": time.perf_counter() - middle}
        report.add(
            what="tuned and crossed here", dtype=dtype, tasks=len(names), **seconds,
            own_score=float(np.mean([scores[name, name] for name in names])),
            own_score_cpu=float(np.mean([stored[name, name].score for name in names])),
            cells_mean_difference=float(np.mean([scores[key] - stored[key].score for key in scores])),
            cells_correlation=float(np.corrcoef([scores[key] for key in scores], [stored[key].score for key in scores])[0, 1]),
        )  # fmt: skip


def against_stored(
    report: Report, frozen: FrozenModel, dtype: str, names: list[str], stored: dict[tuple[str, str], Entry], catalogue: Catalogue,
) -> None:  # fmt: skip
    """The stored prompts asked again here: how many single answers are right or wrong as they were on the CPU."""
    prompts = [soft_prompt(stored[name, name].prompt_id, catalogue) for name in names]
    same, differences = [], []
    begun = time.perf_counter()
    for target in names:
        found = evaluate(frozen, prompts, get_task(target), load_evaluation(get_task(target)), Silent())
        for name, answers in zip(names, found, strict=True):
            before = stored[name, target].scores
            differences.append(float(np.mean(answers.score)) - stored[name, target].score)
            if len(before) == len(answers.score):
                same.append(float(np.mean(np.asarray(before) == answers.score)))
    report.add(
        what="stored prompts asked here", dtype=dtype, cells=len(differences), seconds=time.perf_counter() - begun,
        same_answers=float(np.mean(same)) if same else float("nan"), largest_difference=float(np.abs(differences).max()),
    )  # fmt: skip


def tuned(frozen: FrozenModel, names: list[str], settings: TuneSettings) -> list[SoftPrompt]:
    """All tasks' prompts in one stack."""
    jobs = []
    for name in names:
        task = get_task(name)
        data = load_training(task, validation_size=settings.validation_size)
        jobs.append(TuneJob(TuneSpec(BACKBONE, name, SEED, settings), task, data))
    return [result.prompt for result in tune(frozen, jobs, Silent())]


def crossed(frozen: FrozenModel, prompts: list[SoftPrompt], names: list[str], limit: int | None) -> dict[tuple[str, str], float]:
    """Score of every prompt on every task."""
    scores = {}
    for target in names:
        found = evaluate(frozen, prompts, get_task(target), load_evaluation(get_task(target), limit), Silent())
        scores |= {(name, target): float(np.mean(answers.score)) for name, answers in zip(names, found, strict=True)}
    return scores
