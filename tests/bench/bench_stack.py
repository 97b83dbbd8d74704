"""Prompts tuned as one stack against one after another, on a model of the demo's size; and rows evaluated a second.

    python tests/bench/bench_stack.py [--prompts 8] [--steps 100] [--rounds 1] [--busy]
"""

import argparse

import numpy as np
from common import add_busy_options, busy, examples, job, middle, now, roberta, show, tiny_models

from ptlib.data import TrainingData
from ptlib.evaluation import evaluate
from ptlib.progress import Silent
from ptlib.prompts import PromptInfo, SoftPrompt
from ptlib.specs import TuneSettings
from ptlib.tuning import tune

TARGET = 1.4


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--prompts", type=int, default=8)
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=1)
    add_busy_options(parser)
    options = parser.parse_args()
    busy(options)
    frozen = roberta(128, 4, 512, 2000, 4, 130)
    settings = TuneSettings(prompt_length=20, steps=options.steps, batch_size=16, eval_every=20, validation_size=100)
    data = TrainingData(examples(800, 28, 10), examples(100, 28, 10))
    jobs = [job(frozen, settings, data, seed % 2, seed) for seed in range(options.prompts)]
    tune(frozen, [job(frozen, TuneSettings(prompt_length=20, steps=2), data)], Silent())  # warm
    stacked, alone = [], []
    for _ in range(options.rounds):
        begun = now()
        tune(frozen, jobs, Silent())
        stacked.append(now() - begun)
        begun = now()
        for item in jobs:
            tune(frozen, [item], Silent())
        alone.append(now() - begun)
    prompts = [SoftPrompt(np.random.randn(20, 128).astype(np.float32) * 0.1, PromptInfo(f"p{n}", "", "", n)) for n in range(8)]
    evaluated = examples(200, 28, 10)
    begun = now()
    evaluate(frozen, prompts, tiny_models.task(0), evaluated, Silent())
    rows = len(prompts) * len(evaluated) / (now() - begun)
    steps = options.steps * options.prompts
    show(
        f"{options.prompts} prompts x {options.steps} steps with validation, RoBERTa 4 x 128, P = 20, batch 16, ~30 tokens",
        {
            "stacked: seconds (prompt steps a second)": f"{middle(stacked):.1f} ({steps / middle(stacked):.0f})",
            "one after another: seconds": f"{middle(alone):.1f} ({steps / middle(alone):.0f})",
            "one after another / stacked": f"{middle(alone) / middle(stacked):.2f}",
            "evaluation: rows a second": f"{rows:.0f}",
        },
        f"wanted: at least {TARGET} on 2 cores",
    )


if __name__ == "__main__":
    main()
