"""The suite at RoBERTa-large shape: the demo's 13 tasks tuned and crossed, ours against thirteen plain PEFT loops.

Random weights, the demo's texts; a few steps and examples of the whole are run by both sides, on the same card in one
process, and compared by their seconds. PEFT in fp32 (as it comes) and in bf16.
"""

import time
from collections.abc import Callable

import numpy as np

from ptlib.base.progress import Silent
from ptlib.models.load import FrozenModel
from ptlib.models.packed import compiling
from ptlib.models.positions import lay_out
from ptlib.models.registry import get_backbone
from ptlib.prompts.evaluation import evaluate
from ptlib.prompts.record import Prompt
from ptlib.prompts.soft import SoftPrompt
from ptlib.prompts.spec import TuneSettings, TuneSpec
from ptlib.prompts.tuning import TuneJob, _Stack
from ptlib.tasks.data import TrainingData, load_evaluation, load_training
from ptlib.tasks.registry import get_task
from ptlib.tasks.task import Task
from ptlib.transfer.plan import available_tasks
from tests.gpu.flops import masked_lm
from tests.gpu.measuring import Report, forget, random_model, shapes, wait
from tests.gpu.parts.peak import BATCH, PROMPT, peak_tflops
from tests.gpu.stock import Stock

DEMO = "demo/roberta-small"
STEPS, VALIDATION, EXAMPLES = 10, 30, 24


def tasks(rehearse: bool) -> list[Task]:
    """The demo's classification tasks."""
    chosen = [get_task(name) for name in available_tasks(get_backbone(DEMO))]
    return chosen[: 2 if rehearse else None]


def measure(report: Report, rehearse: bool) -> None:
    shape = shapes(rehearse)["roberta-large"]
    peak = peak_tflops("bf16", rehearse)
    times: dict[str, dict[str, float]] = {}
    for dtype in ("bf16", "fp32"):
        frozen = random_model(shape, dtype, DEMO)
        sides = {f"PEFT {dtype}": theirs}
        if dtype == "bf16":
            sides |= {"ours": ours, "ours compiled": ours_compiled}
        for name, side in sides.items():
            with report.attempt(side=name):
                times[name] = side(frozen, tasks(rehearse), rehearse)
                report.add(side=name, shape=shape.name, **times[name])
            forget()
        if dtype == "bf16":
            report_share(report, frozen, rehearse, times, peak)
        del frozen
        forget()
    for name in ("ours", "ours compiled"):
        for other in ("PEFT fp32", "PEFT bf16"):
            if name not in times or other not in times:
                continue
            whole = [sum(times[side][part] for part in ("steps_s", "validation_s", "map_s")) for side in (other, name)]
            each = {
                f"times_{part}": times[other][f"{part}_s"] / times[name][f"{part}_s"] for part in ("steps", "validation", "map")
            }
            report.add(compared=f"{other} / {name}", **each, times_all=whole[0] / whole[1])


def settings_of(rehearse: bool) -> TuneSettings:
    """Steps and examples of a small piece of the suite."""
    steps, held = (2, 5) if rehearse else (STEPS, VALIDATION)
    return TuneSettings(
        prompt_length=8 if rehearse else PROMPT, steps=10_000, batch_size=BATCH, validation_size=held, eval_every=steps
    )


def data_of(task: Task, settings: TuneSettings) -> TrainingData:
    data = load_training(task, validation_size=settings.validation_size)
    return TrainingData(data.train[: settings.eval_every * BATCH], data.validation)


def seconds_of(work: Callable[[], object]) -> float:
    """Seconds until the device has done it."""
    wait()
    begun = time.perf_counter()
    work()
    wait()
    return time.perf_counter() - begun


def ours_compiled(frozen: FrozenModel, chosen: list[Task], rehearse: bool) -> dict[str, float]:
    with compiling(True):
        return ours(frozen, chosen, rehearse)


def ours(frozen: FrozenModel, chosen: list[Task], rehearse: bool) -> dict[str, float]:
    """All prompts in one stack, then all of them on every target. The first steps are not measured."""
    settings = settings_of(rehearse)
    jobs = [TuneJob(TuneSpec(frozen.spec.id, task.id, 0, settings), task, data_of(task, settings)) for task in chosen]
    stack = _Stack(frozen, jobs, Silent(), None)
    prepare_s = seconds_of(lambda: [stack._first_point(), *(stack._take_step() for _ in range(3))])
    steps_s = seconds_of(lambda: [stack._take_step() for _ in range(settings.eval_every)])
    validation_s = seconds_of(stack._validate)
    prompts = [
        SoftPrompt(track.values.detach().float().cpu().numpy(), Prompt(f"p{number}", "", "", 0))
        for number, track in enumerate(stack.tracks)
    ]
    prompts.append(SoftPrompt(np.zeros_like(prompts[0].values), Prompt("untrained", "", "", 0)))
    limit = 4 if rehearse else EXAMPLES

    def whole_map() -> None:
        for task in chosen:
            evaluate(frozen, prompts, task, load_evaluation(task, limit), Silent())

    whole_map()
    return {"steps_s": steps_s, "validation_s": validation_s, "map_s": seconds_of(whole_map), "prepare_s": prepare_s}


def theirs(frozen: FrozenModel, chosen: list[Task], rehearse: bool) -> dict[str, float]:
    """One prompt after another, then one evaluation a cell."""
    settings, limit = settings_of(rehearse), 4 if rehearse else EXAMPLES
    length, total = settings.prompt_length, {"steps_s": 0.0, "validation_s": 0.0, "map_s": 0.0}
    for task in chosen:
        data = data_of(task, settings)
        train, held = (lay_out(frozen, task, part, length, settings.max_tokens) for part in (data.train, data.validation))
        loop = Stock(frozen, train, length, BATCH)
        loop.step()
        total["steps_s"] += seconds_of(lambda loop=loop: [loop.step() for _ in range(settings.eval_every)])
        total["validation_s"] += seconds_of(lambda loop=loop, held=held: loop.accuracy(held))
        rows = lay_out(frozen, task, load_evaluation(task, limit), length, settings.max_tokens)
        cells = range(len(chosen) + 1)  # a cell of another prompt costs the same: this loop's prompt stands for all
        total["map_s"] += seconds_of(lambda loop=loop, rows=rows, cells=cells: [loop.accuracy(rows) for _ in cells])
    return total


def report_share(report: Report, frozen: FrozenModel, rehearse: bool, times: dict[str, dict[str, float]], peak: float) -> None:
    """Needed operations of the measured steps over their seconds, as a share of the large product's rate."""
    settings = settings_of(rehearse)
    lengths = []
    for task in tasks(rehearse):
        rows = lay_out(frozen, task, data_of(task, settings).train, settings.prompt_length, settings.max_tokens)
        lengths += [settings.prompt_length + len(row.ids) for row in rows]
    count = masked_lm(shapes(rehearse)["roberta-large"], lengths, settings.prompt_length, True)
    for name in times.keys() & {"ours", "ours compiled"}:
        rate = count / times[name]["steps_s"] / 1e12
        report.add(
            share_of=name, tokens=sum(lengths), needed_flops=count, tflops=rate, peak_tflops=peak, share_of_peak=rate / peak
        )
