"""A simulation of 1, 8, 64 and 512 devices over the full set: 17 tasks, 10 backbones, 5 seeds; tuned, crossed, neurons read.

    python -m tests.bench.bench_scaling [--stack 8 4 2 1]

Two sorts of device: a processor at `PROCESSOR` FLOP/s, and the GPU of `tests/gpu/results` at its measured steps of thirteen
prompts. Evaluation needs half the products of tuning. No device is used: this is counting.
"""

import argparse
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from ptlib.models.registry import get_backbone
from ptlib.models.spec import BackboneSpec
from ptlib.prompts.spec import default_settings
from ptlib.results.catalogue import Catalogue
from ptlib.results.speeds import Speed, SpeedOf
from ptlib.runs.planning.matrix import Missing, costs_of, jobs_of
from ptlib.runs.planning.simulation import simulate
from ptlib.tasks.published.registry import HUB_TASKS
from ptlib.tasks.task import MASKED_LM
from ptlib.transfer.spec import TransferSpec

BACKBONES = (
    "FacebookAI/roberta-base",
    "FacebookAI/roberta-large",
    "google-bert/bert-base-uncased",
    "google-bert/bert-large-uncased",
    "google-t5/t5-small",
    "google-t5/t5-base",
    "google-t5/t5-large",
    "google/t5-base-lm-adapt",
    "google/t5-large-lm-adapt",
    "google/t5-xl-lm-adapt",
)
"""The masked language models take the 13 tasks with label words, T5 all 17."""
LATER = "rotten_tomatoes"
"""Of the paper's second code release, not one of its 17 tasks."""
PROCESSOR = 150e9
"""Two cores at RoBERTa-base's shape, fp32, by 4 x parameters of the layers x tokens."""
TOKENS = 164
GPU = Path(__file__).parents[1] / "gpu" / "results"
MEASURED = {MASKED_LM: (GPU / "2026-11-27-nvidia-h200" / "steps.json", "roberta-large")}
T5_MEASURED = (GPU / "2026-11-27-nvidia-h200-t5" / "t5.json", "t5-large")
STACKED, BATCH = 13, 16


def products(spec: BackboneSpec) -> float:
    """Products of the layers for an example that is tuned on."""
    return 4.0 * TOKENS * spec.layers * (4 * spec.width**2 + 2 * spec.width * spec.ffn)


def measured(spec: BackboneSpec) -> float:
    """FLOP/s of the GPU's stacks of thirteen in bf16, counted as `products`, for the large model of a family."""
    path, shape = MEASURED.get(spec.family, T5_MEASURED)
    rows = json.loads(path.read_text(encoding="utf-8"))["rows"]
    row = next(row for row in rows if (row["shape"], row["dtype"], row["prompts"]) == (shape, "bf16", STACKED))
    large = get_backbone("FacebookAI/roberta-large" if spec.family == MASKED_LM else "google-t5/t5-large")
    return STACKED * BATCH * products(large) / row["median_s"]


def speed_of(flops: Callable[[BackboneSpec], float]) -> SpeedOf:
    """Examples a second at so many FLOP/s."""

    def speed(backbone: str, work: str) -> Speed:
        spec = get_backbone(backbone)
        return Speed(flops(spec) / products(spec) * (1 if work == "tune" else 2), "see bench_scaling")

    return speed


def full_set() -> list[Missing]:
    """Maps of all backbones, of which nothing is there yet."""
    maps = []
    for name in BACKBONES:
        spec = get_backbone(name)
        names = tuple(task.id for task in HUB_TASKS if task.id != LATER and task.supports(spec.family))
        found = TransferSpec(name, names, names, (0, 1, 2, 3, 4), default_settings(spec))
        maps.append(Missing.of(found, Catalogue()))
    return maps


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stack", type=int, nargs="+", default=[8, 4, 2, 1])
    options = parser.parse_args()
    maps = full_set()
    costs = costs_of(maps)
    print("device     stack  devices  time               efficiency  loading  limit")
    for name, flops in (("processor", lambda spec: PROCESSOR), ("GPU", measured)):
        for stack in options.stack:
            jobs = jobs_of(maps, speed_of(flops), stack)
            one = simulate(jobs, 1, costs).seconds
            for devices in (1, 8, 64, 512):
                found = simulate(jobs, devices, costs)
                time, share = timedelta(seconds=round(found.seconds)), one / devices / found.seconds
                loading = found.loading / devices / found.seconds
                print(f"{name:<10} {stack:>5}  {devices:>7}  {time!s:<18} {share:>9.1%}  {loading:>7.1%}  {found.limit}")


if __name__ == "__main__":
    main()
