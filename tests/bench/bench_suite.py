"""The suite, ours against plain PEFT loops: the demo's 13 tasks tuned with validation, then the 14 x 13 map, fp32, one seed.

    python -m tests.bench.bench_suite [--rounds 4] [--examples 100] [--seeds 3] [--backbone demo/roberta-small] [--rehearse]

Both sides share model, start, recipe, data and threads, and take turns: so many steps and a validation of all prompts, then
one target of the map at a time. PEFT's side is written as its documentation shows (`tests/gpu/stock.py`): one prompt, one
batch, one evaluation at a time. Then the quick recipe, tuned to its end and crossed on fewer examples, against what the whole
suite would take PEFT by these rounds; its own prompts' scores against the stored ones of the full recipe, so many seeds. About
five minutes on two quiet cores; --rehearse only shows that it runs.
"""

import argparse
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import torch

from ptlib.base.progress import Silent
from ptlib.models.load import FrozenModel, load_model
from ptlib.models.positions import Row, lay_out
from ptlib.models.registry import get_backbone
from ptlib.prompts.evaluation import evaluate
from ptlib.prompts.record import Prompt
from ptlib.prompts.soft import SoftPrompt
from ptlib.prompts.spec import QUICK_EXAMPLES, TuneSettings, TuneSpec, default_settings, quick
from ptlib.prompts.tuning import TuneJob, TuneResult, _Stack, tune
from ptlib.results.catalogue import Catalogue
from ptlib.tasks.data import load_evaluation, load_training
from ptlib.tasks.registry import get_task
from ptlib.tasks.task import Task
from ptlib.transfer.plan import STACK, available_tasks
from tests.bench.common import middle, show
from tests.gpu.flops import masked_lm
from tests.gpu.measuring import Shape
from tests.gpu.parts.peak import product_tflops
from tests.gpu.stock import Stock

WANTED, WANTED_QUICK = 2.5, 6.0
WHOLE = 300
"""Examples of a target of the whole map."""
Pairs = list[tuple[float, float]]
"""Seconds of ours and of PEFT's."""


@dataclass
class Suite:
    """Both sides of the suite, with the same data and starts."""

    frozen: FrozenModel
    tasks: Sequence[Task]
    settings: TuneSettings
    examples: int | None

    def __post_init__(self) -> None:
        jobs = [job_of(self.frozen, task, self.settings) for task in self.tasks]
        self.stacks = [_Stack(self.frozen, jobs[first : first + STACK], Silent(), None) for first in range(0, len(jobs), STACK)]
        self.tracks = [track for stack in self.stacks for track in stack.tracks]
        self.starts = [track.values.detach().clone() for track in self.tracks]
        self.loops = [self._loop(track.train, start) for track, start in zip(self.tracks, self.starts, strict=True)]
        for stack in self.stacks:
            stack._first_point()

    def _loop(self, rows: list[Row], start: torch.Tensor) -> Stock:
        length, batch, steps = self.settings.prompt_length, self.settings.batch_size, self.settings.steps
        loop = Stock(self.frozen, rows, length, batch, steps, self.settings.lr)
        loop.model.prompt_encoder["default"].embedding.weight.data.copy_(start)
        return loop

    def tune(self) -> None:
        """Ours: as many steps of every stack as lie between two validations."""
        for stack in self.stacks:
            for _ in range(self.settings.eval_every):
                stack._take_step()
            stack._validate()

    def tune_peft(self) -> None:
        """PEFT's: the same of one prompt after another."""
        for loop, track in zip(self.loops, self.tracks, strict=True):
            for _ in range(self.settings.eval_every):
                loop.step()
            loop.accuracy(track.validation)

    def cross(self, task: Task) -> list[float]:
        """Ours: scores of all prompts and an untrained one on a target."""
        values = [*(track.values.detach() for track in self.tracks), self.starts[0]]
        prompts = [SoftPrompt(value.numpy(), Prompt(f"p{place}", "", "", 0)) for place, value in enumerate(values)]
        found = evaluate(self.frozen, prompts, task, load_evaluation(task, self.examples), Silent())
        return [float(one.score.mean()) for one in found]

    def cross_peft(self, task: Task) -> list[float]:
        """PEFT's: one evaluation a cell."""
        length = self.settings.prompt_length
        rows = lay_out(self.frozen, task, load_evaluation(task, self.examples), length, self.settings.max_tokens)
        untrained = self._loop(rows, self.starts[0])
        out = []
        for loop in (*self.loops, untrained):
            loop.words = [sequence[0] for sequence in rows[0].choices]
            out.append(loop.accuracy(rows))
        return out

    def needed(self) -> float:
        """Operations that the steps between two validations need."""
        made = self.stacks[0].step
        steps = range(made - self.settings.eval_every, made)
        rows = [row for track in self.tracks for step in steps for row in track.batch(step)]
        spec, config = self.frozen.spec, self.frozen.model.config
        shape = Shape("demo", "mlm", spec.width, spec.layers, spec.ffn, config.num_attention_heads, config.vocab_size)
        return masked_lm(shape, [self.settings.prompt_length + len(row.ids) for row in rows], self.settings.prompt_length, True)


def job_of(frozen: FrozenModel, task: Task, settings: TuneSettings, seed: int = 0) -> TuneJob:
    data = load_training(task, validation_size=settings.validation_size)
    return TuneJob(TuneSpec(frozen.spec.id, task.id, seed, settings), task, data)


@dataclass
class Quick:
    """The quick recipe, tuned to its end."""

    frozen: FrozenModel
    tasks: Sequence[Task]
    settings: TuneSettings

    def tune(self, seed: int) -> list[TuneResult]:
        jobs = [job_of(self.frozen, task, self.settings, seed) for task in self.tasks]
        return [one for first in range(0, len(jobs), STACK) for one in tune(self.frozen, jobs[first : first + STACK], Silent())]

    def cross(self, tuned: Sequence[TuneResult], start: torch.Tensor, examples: int) -> None:
        """All prompts and an untrained one on all targets."""
        prompts = [*(one.prompt for one in tuned), SoftPrompt(start.numpy(), Prompt("p", "", "", 0))]
        for task in self.tasks:
            evaluate(self.frozen, prompts, task, load_evaluation(task, examples), Silent())

    def own(self, tuned: Sequence[TuneResult]) -> list[float]:
        """Scores of the prompts on their own tasks, all examples."""
        return [
            float(evaluate(self.frozen, [one.prompt], task, load_evaluation(task), Silent())[0].score.mean())
            for one, task in zip(tuned, self.tasks, strict=True)
        ]


def quick_rows(suite: Suite, settings: TuneSettings, seeds: int, peft_s: float) -> dict[str, str]:
    """Tune and cross quickly; peft_s: what the whole suite takes PEFT."""
    side = Quick(suite.frozen, suite.tasks, quick(settings))
    tuned: list[list[TuneResult]] = []
    times = [seconds(lambda seed=seed: tuned.append(side.tune(seed))) for seed in range(seeds)]
    crossed = seconds(lambda: side.cross(tuned[0], suite.starts[0], min(QUICK_EXAMPLES, suite.examples or QUICK_EXAMPLES)))
    own, steps = np.array([side.own(one) for one in tuned]), [sum(one.steps for one in some) for some in tuned]
    names = [task.id for task in suite.tasks]
    stored = Catalogue().scores(suite.frozen.spec.id)
    stored = stored[(stored.source == stored.target) & stored.target.isin(names) & (stored.seed < seeds)]
    whole, total = float(stored.score.mean()), middle(times) + crossed
    return {
        f"quick: tuning ({seeds} seeds), the map: s": f"{', '.join(f'{one:.1f}' for one in times)}; {crossed:.1f}",
        "  steps of a seed, of so many": f"{', '.join(map(str, steps))} of {settings.steps * len(names)}",
        "  PEFT's whole suite by these rounds: s; PEFT / quick": f"{peft_s:.0f}; {peft_s / total:.2f}",
        "  own prompts on all examples: quick, full (stored)": f"{own.mean():.3f}, {whole:.3f}",
        "  difference in points: all, lowest prompt": _differences(own, stored, names),
    }


def _differences(own: np.ndarray, stored: pd.DataFrame, names: Sequence[str]) -> str:
    full = stored.pivot_table(index="seed", columns="target", values="score")[list(names)].to_numpy()
    gaps = 100 * (own - full)
    return f"{gaps.mean():+.2f}, {gaps.min():+.1f}"


def seconds(act: Callable[[], object]) -> float:
    begun = time.perf_counter()
    act()
    return time.perf_counter() - begun


def steps_only(suite: Suite) -> float:
    """Seconds of one more round of our steps, without their validation."""

    def act() -> None:
        for stack in suite.stacks:
            for _ in range(suite.settings.eval_every):
                stack._take_step()
            stack.unread.clear()

    return seconds(act)


def told(pairs: Pairs) -> str:
    """Both sides' seconds, the ratio of the sums and the median of the pairs' ratios."""
    ours, theirs = (sum(side) for side in zip(*pairs, strict=True))
    ratios = [b / a for a, b in pairs]
    spread = f"{middle(ratios):.2f} [{min(ratios):.2f}, {max(ratios):.2f}], n {len(pairs)}"
    return f"{ours:.1f}, {theirs:.1f}; {theirs / ours:.2f} ({spread})"


def peaks(suite: Suite, rounds: int) -> dict[str, float]:
    """FLOP/s of a large product and of the model's own, with all threads."""
    spec, size = suite.frozen.spec, 2048 if rounds > 1 else 128
    rows = suite.settings.batch_size * (suite.settings.prompt_length + 30)
    own = [
        product_tflops(rows, *shape, "fp32", rounds)
        for shape in ((spec.width, spec.ffn), (spec.ffn, spec.width), (spec.width,) * 2)
    ]
    return {"large": 1e12 * product_tflops(size, size, size, "fp32", rounds), "own": 1e12 * float(np.mean(own))}


def suite_of(options: argparse.Namespace) -> tuple[Suite, TuneSettings]:
    """Both sides, and the full recipe."""
    backbone = get_backbone(options.backbone)
    tasks = [get_task(name) for name in available_tasks(backbone)][: 2 if options.rehearse else None]
    settings, rounds = default_settings(backbone), 2 if options.rehearse else options.rounds
    if options.rehearse:
        settings = replace(settings, steps=4, eval_every=2, batch_size=4, validation_size=5)
    short = replace(settings, steps=rounds * settings.eval_every)  # a schedule of its own: both sides end at rate 0
    return Suite(load_model(backbone), tasks, short, 5 if options.rehearse else options.examples), settings


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=4, help="of some steps and a validation of all prompts, both sides in turn")
    parser.add_argument("--examples", type=int, default=100, help="of each target of the map")
    parser.add_argument("--seeds", type=int, default=3, help="of the quick recipe; 0 = without it")
    parser.add_argument("--backbone", default="demo/roberta-small")
    parser.add_argument("--rehearse", action="store_true", help="two tasks, a few steps: does it run?")
    options = parser.parse_args()
    suite, settings = suite_of(options)
    rounds = suite.settings.steps // settings.eval_every
    tuned = [(seconds(suite.tune), seconds(suite.tune_peft)) for _ in range(rounds)]
    cells: list[tuple[list[float], list[float]]] = []
    crossed = []
    for task in suite.tasks:
        found: dict[str, list[float]] = {}
        begun = seconds(lambda task=task, found=found: found.update(ours=suite.cross(task)))
        crossed.append((begun, seconds(lambda task=task, found=found: found.update(peft=suite.cross_peft(task)))))
        cells.append((found["ours"], found["peft"]))
    steps_s, rate = steps_only(suite), peaks(suite, 1 if options.rehearse else 10)
    flops = suite.needed() / steps_s
    own = [[side[place] for place, side in enumerate(sides)] for sides in zip(*cells, strict=True)]
    whole = [
        sum(pair[side] for pair in tuned) / rounds * (settings.steps // settings.eval_every)
        + sum(pair[side] for pair in crossed) * WHOLE / (suite.examples or WHOLE)
        for side in (0, 1)
    ]
    rows = {
        "tuning with validation: ours s, PEFT s; PEFT / ours": told(tuned),
        "the map: ours s, PEFT s; PEFT / ours": told(crossed),
        "both": told([*tuned, *crossed]),
        "the whole suite by these rounds: s; PEFT / ours": f"{whole[0]:.0f}, {whole[1]:.0f}; {whole[1] / whole[0]:.2f}",
        "own prompts' mean score: ours, PEFT": ", ".join(f"{np.mean(side):.3f}" for side in own),
        "all cells' mean score: ours, PEFT": ", ".join(f"{np.mean(side):.3f}" for side in zip(*cells, strict=True)),
        "our steps: GFLOP/s that are needed": f"{flops / 1e9:.1f}",
        "  of a large product's, of the own shapes'": f"{flops / rate['large']:.0%}, {flops / rate['own']:.0%}",
        "  large product, own shapes: GFLOP/s": f"{rate['large'] / 1e9:.1f}, {rate['own'] / 1e9:.1f}",
    }
    if options.seeds:
        rows |= quick_rows(suite, settings, options.seeds, whole[1])
    show(
        f"The suite on {options.backbone}: {len(suite.tasks)} tasks, {rounds} rounds of {settings.eval_every} steps, "
        f"{suite.examples} examples a target, fp32",
        rows,
        f"wanted: at least {WANTED} times, quick {WANTED_QUICK} times, scores within a point of each other",
    )


if __name__ == "__main__":
    main()
