"""Prompts tuned as one stack against one after another, on a model of the demo's size; and rows evaluated a second.

    python -m tests.bench.bench_stack [--prompts 8] [--steps 100] [--busy]

Both ways take turns, twenty steps and a validation at a time, so that other load hits both.
"""

import argparse
from collections.abc import Sequence

import numpy as np

from ptlib.base.progress import Silent
from ptlib.models.load import FrozenModel
from ptlib.prompts.evaluation import evaluate
from ptlib.prompts.record import Prompt
from ptlib.prompts.soft import SoftPrompt
from ptlib.prompts.spec import TuneSettings
from ptlib.prompts.tuning import _Stack
from ptlib.tasks.data import TrainingData
from tests.bench.common import add_busy_options, busy, examples, job, middle, now, roberta, show, tiny_models

TARGET = 1.4


def chunk(stacks: Sequence[_Stack]) -> float:
    """Seconds of the next steps of every stack, up to and with a validation."""
    begun = now()
    for stack in stacks:
        for _ in range(stack.settings.eval_every):
            stack._take_step()
        stack._validate()
    return now() - begun


def rows_a_second(frozen: FrozenModel) -> float:
    """Evaluation: rows a second, eight prompts at once."""
    prompts = [SoftPrompt(np.random.randn(20, 128).astype(np.float32) * 0.1, Prompt(f"p{n}", "", "", n)) for n in range(8)]
    evaluated = examples(200, 28, 10)
    begun = now()
    evaluate(frozen, prompts, tiny_models.task(0), evaluated, Silent())
    return len(prompts) * len(evaluated) / (now() - begun)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--prompts", type=int, default=8)
    parser.add_argument("--steps", type=int, default=100)
    add_busy_options(parser)
    options = parser.parse_args()
    busy(options)
    frozen = roberta(128, 4, 512, 2000, 4, 130)
    settings = TuneSettings(prompt_length=20, steps=options.steps, batch_size=16, eval_every=20, validation_size=100)
    data = TrainingData(examples(800, 28, 10), examples(100, 28, 10))
    jobs = [job(frozen, settings, data, seed % 2, seed) for seed in range(options.prompts)]
    together = [_Stack(frozen, jobs, Silent(), None)]
    single = [_Stack(frozen, [item], Silent(), None) for item in jobs]
    for stack in (*together, *single):
        stack._first_point()
    pairs = [(chunk(together), chunk(single)) for _ in range(max(1, options.steps // settings.eval_every))]
    stacked, alone = (sum(times) for times in zip(*pairs, strict=True))
    steps = len(pairs) * settings.eval_every * options.prompts
    show(
        f"{options.prompts} prompts x {options.steps} steps with validation, RoBERTa 4 x 128, P = 20, batch 16, ~30 tokens",
        {
            "stacked: seconds (prompt steps a second)": f"{stacked:.1f} ({steps / stacked:.0f})",
            "one after another: seconds": f"{alone:.1f} ({steps / alone:.0f})",
            "one after another / stacked: all, median": f"{alone / stacked:.2f}, {middle([b / a for a, b in pairs]):.2f}",
            "evaluation: rows a second": f"{rows_a_second(frozen):.0f}",
        },
        f"wanted: at least {TARGET} on 2 cores",
    )


if __name__ == "__main__":
    main()
