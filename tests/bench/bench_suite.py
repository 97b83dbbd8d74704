"""The suite, ours against plain PEFT loops: the demo's 13 tasks tuned with validation, then the 14 x 13 map, fp32, one seed.

    python -m tests.bench.bench_suite [--steps 40] [--examples 100] [--rehearse]

Both sides share model, start, recipe, data and threads, and take turns: so many steps and a validation of all prompts, then
one target of the map at a time. PEFT's side is written as its documentation shows (`tests/gpu/stock.py`): one prompt, one
batch, one evaluation at a time. At most five minutes on two quiet cores; --rehearse only shows that it runs.
"""

import argparse
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch

from ptlib.base.progress import Silent
from ptlib.models.load import FrozenModel, load_model
from ptlib.models.positions import Row, lay_out
from ptlib.models.registry import get_backbone
from ptlib.prompts.evaluation import evaluate
from ptlib.prompts.record import Prompt
from ptlib.prompts.soft import SoftPrompt
from ptlib.prompts.spec import TuneSettings, TuneSpec, default_settings
from ptlib.prompts.tuning import TuneJob, _Stack
from ptlib.tasks.data import load_evaluation, load_training
from ptlib.tasks.registry import get_task
from ptlib.tasks.task import Task
from ptlib.transfer.plan import STACK, available_tasks
from tests.bench.common import middle, show
from tests.gpu.flops import masked_lm
from tests.gpu.measuring import Shape
from tests.gpu.parts.peak import product_tflops
from tests.gpu.stock import Stock

BACKBONE = "demo/roberta-small"
WANTED = 2.5
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
        jobs = [self._job(task) for task in self.tasks]
        self.stacks = [_Stack(self.frozen, jobs[first : first + STACK], Silent(), None) for first in range(0, len(jobs), STACK)]
        self.tracks = [track for stack in self.stacks for track in stack.tracks]
        self.starts = [track.values.detach().clone() for track in self.tracks]
        self.loops = [self._loop(track.train, start) for track, start in zip(self.tracks, self.starts, strict=True)]
        for stack in self.stacks:
            stack._first_point()

    def _job(self, task: Task) -> TuneJob:
        data = load_training(task, validation_size=self.settings.validation_size)
        return TuneJob(TuneSpec(BACKBONE, task.id, 0, self.settings), task, data)

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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=40)
    parser.add_argument("--examples", type=int, default=100, help="of each target of the map")
    parser.add_argument("--rehearse", action="store_true", help="two tasks, a few steps: does it run?")
    options = parser.parse_args()
    backbone = get_backbone(BACKBONE)
    tasks = [get_task(name) for name in available_tasks(backbone)][: 2 if options.rehearse else None]
    settings = replace(default_settings(backbone), steps=options.steps)
    if options.rehearse:
        settings = replace(settings, steps=4, eval_every=2, batch_size=4, validation_size=5)
    suite = Suite(load_model(backbone), tasks, settings, 5 if options.rehearse else options.examples)
    tuned = [(seconds(suite.tune), seconds(suite.tune_peft)) for _ in range(settings.steps // settings.eval_every)]
    cells: list[tuple[list[float], list[float]]] = []
    crossed = []
    for task in tasks:
        found: dict[str, list[float]] = {}
        begun = seconds(lambda task=task, found=found: found.update(ours=suite.cross(task)))
        crossed.append((begun, seconds(lambda task=task, found=found: found.update(peft=suite.cross_peft(task)))))
        cells.append((found["ours"], found["peft"]))
    steps_s, rate = steps_only(suite), peaks(suite, 1 if options.rehearse else 10)
    flops = suite.needed() / steps_s
    own = [[side[place] for place, side in enumerate(sides)] for sides in zip(*cells, strict=True)]
    show(
        f"The suite: {len(tasks)} tasks, {settings.steps} steps, {suite.examples} examples a target, fp32",
        {
            "tuning with validation: ours s, PEFT s; PEFT / ours": told(tuned),
            "the map: ours s, PEFT s; PEFT / ours": told(crossed),
            "both": told([*tuned, *crossed]),
            "own prompts' mean score: ours, PEFT": ", ".join(f"{np.mean(side):.3f}" for side in own),
            "all cells' mean score: ours, PEFT": ", ".join(f"{np.mean(side):.3f}" for side in zip(*cells, strict=True)),
            "our steps: GFLOP/s that are needed": f"{flops / 1e9:.1f}",
            "  of a large product's, of the own shapes'": f"{flops / rate['large']:.0%}, {flops / rate['own']:.0%}",
            "  large product, own shapes: GFLOP/s": f"{rate['large'] / 1e9:.1f}, {rate['own'] / 1e9:.1f}",
        },
        f"wanted: at least {WANTED} times, scores within a point of each other",
    )


if __name__ == "__main__":
    main()
