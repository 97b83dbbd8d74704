"""Projectors at the size of real models: seconds a step and peak memory, each case in a process of its own.

    python -m tests.bench.bench_projector [--steps 6] [--busy] [--only distance]

distance: the paper's form, 768 -> 1024 wide, 100 tokens, 768 hidden units (138 million weights), on pairs of prompts;
task: the same through a random model of RoBERTa-large's shape, batch of 4; per token: recipe R's form through it;
demo: recipe R on the demo's models, one task and four (the whole fit, so it wants a quiet machine).
"""

import argparse
import itertools
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import torch

from ptlib.base.progress import Silent
from ptlib.models.positions import lay_out
from ptlib.projection.fitting.fit import fit
from ptlib.projection.fitting.losses import loss_and_gradient
from ptlib.projection.fitting.starts import Job
from ptlib.projection.fitting.training import train
from ptlib.projection.forms import Flattened, PerToken, Shapes
from ptlib.projection.spec import ProjectSpec, recipe
from tests.bench.common import add_busy_options, busy, examples, now, roberta, show, tiny_models

SHAPES, HIDDEN = Shapes(100, 768, 100, 1024), 768
WANTED = {"distance": "under 3 GB", "task": "under 5 GB", "per token": "", "one task": "under 30 s", "four tasks": "under 90 s"}


def _spec(steps: int, batch: int) -> ProjectSpec:
    return ProjectSpec("a", "b", "task", ("t",), steps=steps, batch_size=batch)


def _trained(form: torch.nn.Module, step_of: object, steps: int, batch: int) -> dict[str, float]:
    """Seconds a step without the first one, checkpoint included."""
    times: list[float] = []

    def timed(step: int) -> float:
        times.append(now())
        return step_of(step)  # type: ignore[operator]

    with tempfile.TemporaryDirectory() as folder:
        train(form, timed, _spec(steps, batch), 1e-3, "bench", progress=Silent(), checkpoint=Path(folder) / "fit.ckpt")
        ends = [later - first for first, later in itertools.pairwise(times[1:])]
    return {"step_s": float(np.median(ends)), "weights_m": sum(weight.numel() for weight in form.parameters()) / 1e6}


def distance(steps: int) -> dict[str, float]:
    """Pairs of prompts, batch 8."""
    form, rng = Flattened(SHAPES, HIDDEN), torch.Generator().manual_seed(0)
    first, second = torch.randn(16, 100, 768, generator=rng), torch.randn(16, 100, 1024, generator=rng)

    def step_of(step: int) -> float:
        chosen = torch.arange(8) + 8 * (step % 2)
        loss = torch.nn.functional.mse_loss(form(first[chosen]), second[chosen])
        loss.backward()
        return float(loss.detach())

    return _trained(form, step_of, steps, 8)


def task(steps: int, form: torch.nn.Module | None = None) -> dict[str, float]:
    """Through the frozen target, batch 4 of about 40 tokens of text."""
    frozen = roberta(1024, 24, 4096, 50265, 16)
    rows = lay_out(frozen, tiny_models.task(0), examples(4, 36, 4), 100, 128)
    form = Flattened(SHAPES, HIDDEN) if form is None else form
    prompts, uniform = torch.randn(4, 100, 768), torch.tensor([False, False, False, True])

    def step_of(_: int) -> float:
        soft = form(prompts)
        loss, gradient = loss_and_gradient(frozen, soft, rows, uniform)
        soft.backward(gradient)
        return loss

    return _trained(form, step_of, steps, 4)


def per_token(steps: int) -> dict[str, float]:
    """Recipe R's form."""
    form = PerToken(SHAPES)
    torch.nn.init.normal_(form.weight, std=0.03)
    return task(steps, form)


def demo(tasks: tuple[str, ...]) -> dict[str, float]:
    """A whole fit of recipe R, small to wide, data and start map included."""
    from ptlib.models.load import load_model
    from ptlib.models.registry import get_backbone
    from ptlib.projection.material import collect, common_tasks
    from ptlib.projection.words import vocabulary_of
    from ptlib.results.catalogue import Catalogue

    source, target = (load_model(get_backbone(f"demo/roberta-{size}")) for size in ("small", "wide"))
    spec, catalogue = recipe(source.spec.id, target.spec.id, tasks), Catalogue()
    material = collect(spec, catalogue, (vocabulary_of(source), vocabulary_of(target)), common_tasks(spec, catalogue, "mlm"))
    begun = now()
    fit(Job(spec, 2, material, target, Silent(), 20))
    return {"fit_s": now() - begun, "step_s": (now() - begun) / spec.steps}


FOUR = ("demo/film_snippet", "demo/scene_inference", "demo/fairness", "demo/question_pairs")
CASES = {
    "distance": distance,
    "task": task,
    "per token": per_token,
    "one task": lambda steps: demo(FOUR[:1]),
    "four tasks": lambda steps: demo(FOUR),
}


def _alone(case: str, options: argparse.Namespace) -> dict[str, float]:
    """Run a case in a fresh process, so that its peak memory is its own."""
    more = ["--busy"] if options.busy else []
    command = [sys.executable, "-m", "tests.bench.bench_projector", "--case", case, "--steps", str(options.steps), *more]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env={**os.environ})
    return dict(json.loads(done.stdout.splitlines()[-1]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=6)
    parser.add_argument("--only", choices=CASES)
    parser.add_argument("--case", choices=CASES, help=argparse.SUPPRESS)
    add_busy_options(parser)
    options = parser.parse_args()
    busy(options)
    if options.case:
        begun, told = time.perf_counter(), CASES[options.case](options.steps)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
        print(json.dumps({**told, "peak_gb": peak, "wall_s": time.perf_counter() - begun}))
        return
    rows = {}
    for case in [options.only] if options.only else CASES:
        told = _alone(case, options)
        whole = f"whole fit {told['fit_s']:.1f} s, " if "fit_s" in told else f"{told['weights_m']:.1f} million weights, "
        rows[case] = f"{whole}{told['step_s']:.2f} s a step, peak {told['peak_gb']:.2f} GB  {WANTED[case]}"
    show("Projectors: steps with their checkpoint, peak memory of the process", rows)


if __name__ == "__main__":
    main()
