"""A tuning step, ours alone and in a stack of 13, against stock PEFT: RoBERTa-base and -large shape, bf16 and fp32."""

import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager

import torch

from ptlib.base.progress import Silent
from ptlib.models import forward, packed
from ptlib.models.load import FrozenModel
from ptlib.prompts.spec import TuneSettings
from ptlib.prompts.tuning import _Stack
from ptlib.tasks.data import TrainingData
from tests.bench.common import examples, job
from tests.gpu.flops import masked_lm
from tests.gpu.measuring import Report, Shape, forget, in_turn, peak_bytes, random_model, shapes, spread, wait
from tests.gpu.parts.peak import BATCH, PROMPT, STACK, peak_tflops
from tests.gpu.stock import Stock

WORDS = 62
"""Texts of about 64 tokens."""
LENGTHS = {"equal": 0, "mixed": 40}
"""Tokens that texts are longer or shorter by: where all are of one length nobody pads."""


def stack_of(frozen: FrozenModel, prompts: int, rehearse: bool, batch: int = BATCH, spread_of: int = 0) -> _Stack:
    """So many prompts on their way, each with its own batches."""
    length, words = (8, 20) if rehearse else (PROMPT, WORDS)
    settings = TuneSettings(prompt_length=length, steps=10_000, batch_size=batch, max_tokens=128, validation_size=1)
    data = TrainingData(examples(max(batch if rehearse else 64, batch), words, spread_of), examples(1, words))
    return _Stack(frozen, [job(frozen, settings, data, seed % 2, seed) for seed in range(prompts)], Silent(), None)


def lengths_of(stack: _Stack) -> list[int]:
    """Tokens of each row of one step, soft tokens included."""
    length = stack.settings.prompt_length
    return [length + len(row.ids) for track in stack.tracks for row in track.batch(0)]


def measure(report: Report, rehearse: bool) -> None:
    for dtype in ("bf16", "fp32"):
        peak = peak_tflops(dtype, rehearse)
        for name in ("roberta-large", "roberta-base")[: 1 if rehearse else None]:
            shape = shapes(rehearse)[name]
            measure_shape(report, shape, random_model(shape, dtype), dtype, peak, rehearse)
            forget()


def measure_shape(report: Report, shape: Shape, frozen: FrozenModel, dtype: str, peak: float, rehearse: bool) -> None:
    """Ours (rows of mixed lengths in bf16 on a GPU: packed, compiled, and padded to compare) and PEFT's in turn, on one model."""
    mixed = ["packed", "compiled", "padded"] if packed.can_pack(frozen) or rehearse else ["padded"]
    for prompts in (STACK, 1):
        for texts, ways in {"equal": ["padded"], "mixed": mixed}.items():
            for way in ways:
                with report.attempt(shape=shape.name, dtype=dtype, way=way, prompts=prompts, texts=texts):
                    measure_way(report, shape, frozen, (prompts, texts), way, peak, rehearse)
                forget()


def measure_way(
    report: Report, shape: Shape, frozen: FrozenModel, rows_of: tuple[int, str], way: str, peak: float, rehearse: bool
) -> None:
    """Seconds of a step in turn with PEFT's, operations, share of the peak, memory. rows_of: how many prompts, which texts."""
    prompts, texts = rows_of
    dtype = "bf16" if frozen.dtype == torch.bfloat16 else "fp32"
    rounds = 1 if rehearse else (10 if dtype == "bf16" else 3)
    stack = stack_of(frozen, prompts, rehearse, spread_of=LENGTHS[texts] // (8 if rehearse else 1))
    theirs = Stock(frozen, stack.tracks[0].train, stack.settings.prompt_length, BATCH)
    begun = time.perf_counter()
    with WAYS[way]():
        stack._take_step()
        wait()
        first_s = time.perf_counter() - begun
        seconds = in_turn({"ours": stack._take_step, "PEFT": theirs.step}, rounds, warm_up=2, most_s=2.0)
        bytes_ = peak_bytes(stack._take_step)
    rows = lengths_of(stack)
    count = masked_lm(shape, rows, stack.settings.prompt_length, True)
    rate = count / spread(seconds["ours"])["median_s"] / 1e12
    ratio = [prompts * b / a for a, b in zip(seconds["ours"], seconds["PEFT"], strict=True)]
    report.add(
        shape=shape.name, dtype=dtype, way=way, prompts=prompts, texts=texts, tokens=sum(rows), first_s=first_s,
        **spread(seconds["ours"]),
        peft_step_s=spread(seconds["PEFT"])["median_s"], times_peft=statistics.median(ratio), needed_flops=count,
        tflops=rate, peak_tflops=peak, share_of_peak=rate / peak, peak_memory_bytes=bytes_,
    )  # fmt: skip


@contextmanager
def padding() -> Iterator[None]:
    """As if the device had no kernel for packed rows."""
    can_pack, forward.can_pack = forward.can_pack, lambda _: False
    try:
        yield
    finally:
        forward.can_pack = can_pack


WAYS = {"padded": padding, "packed": lambda: packed.compiling(False), "compiled": lambda: packed.compiling(True)}
