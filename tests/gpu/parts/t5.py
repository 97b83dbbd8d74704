"""A tuning step of T5-base and T5-large shapes, alone and in a stack of 13, against stock PEFT.

Ours scores all label words (a softmax over labels), PEFT's usual loop only the right one: ours does more in a step.
"""

import statistics

import torch

from ptlib.models.load import FrozenModel
from tests.gpu.flops import t5
from tests.gpu.measuring import Report, Shape, forget, in_turn, peak_bytes, random_model, shapes, spread
from tests.gpu.parts.peak import BATCH, STACK, peak_tflops
from tests.gpu.parts.steps import lengths_of, stack_of
from tests.gpu.stock import Stock


def measure(report: Report, rehearse: bool) -> None:
    for dtype in ("bf16", "fp32"):
        peak = peak_tflops(dtype, rehearse)
        for name in ("t5-large", "t5-base")[: 1 if rehearse else None]:
            shape = shapes(rehearse)[name]
            frozen = random_model(shape, dtype)
            for prompts in (STACK, 1):
                with report.attempt(shape=name, dtype=dtype, prompts=prompts):
                    measure_one(report, shape, frozen, prompts, peak, rehearse)
                forget()
            del frozen
            forget()


def measure_one(report: Report, shape: Shape, frozen: FrozenModel, prompts: int, peak: float, rehearse: bool) -> None:
    """Seconds of a step in turn with PEFT's, operations, share of the peak, memory."""
    dtype = "bf16" if frozen.dtype == torch.bfloat16 else "fp32"
    stack = stack_of(frozen, prompts, rehearse)
    theirs = Stock(frozen, stack.tracks[0].train, stack.settings.prompt_length, BATCH)
    rounds = 1 if rehearse else (8 if dtype == "bf16" else 3)
    seconds = in_turn({"ours": stack._take_step, "PEFT": theirs.step}, rounds, warm_up=2, most_s=3.0)
    rows = lengths_of(stack)
    targets = [sum(map(len, row.choices)) for track in stack.tracks for row in track.batch(0)]
    count = t5(shape, rows, targets, True)
    rate = count / spread(seconds["ours"])["median_s"] / 1e12
    ratio = [prompts * b / a for a, b in zip(seconds["ours"], seconds["PEFT"], strict=True)]
    report.add(
        shape=shape.name, dtype=dtype, prompts=prompts, tokens=sum(rows), **spread(seconds["ours"]),
        peft_step_s=spread(seconds["PEFT"])["median_s"], times_peft=statistics.median(ratio), needed_flops=count, tflops=rate,
        peak_tflops=peak, share_of_peak=rate / peak, peak_memory_bytes=peak_bytes(stack._take_step),
    )  # fmt: skip
