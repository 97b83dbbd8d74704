"""Memory of a step against its batch, and a step on a card that is too small for it: the pass shrinks and the run goes on."""

import statistics
import time

import torch

from tests.gpu.measuring import DEVICE, Report, forget, peak_bytes, random_model, shapes, wait
from tests.gpu.parts.steps import lengths_of, stack_of

BATCHES = (4, 16, 64, 256, 1024)
SMALL_CARD_BYTES = 6 << 30


def measure(report: Report, rehearse: bool) -> None:
    shape = shapes(rehearse)["roberta-large"]
    frozen = random_model(shape, "bf16")
    for batch in BATCHES[: 2 if rehearse else None]:
        stack = stack_of(frozen, 1, rehearse, batch)
        stack._take_step()
        bytes_ = peak_bytes(stack._take_step)
        report.add(
            shape=shape.name, dtype="bf16", batch=batch, tokens=sum(lengths_of(stack)), peak_memory_bytes=bytes_,
            step_s=step_seconds(stack, 3),
        )  # fmt: skip
        del stack
        forget()
    if DEVICE == "cuda":
        on_a_small_card(report, rehearse)


def step_seconds(stack: object, rounds: int) -> float:
    seconds = []
    for _ in range(rounds):
        wait()
        begun = time.perf_counter()
        stack._take_step()
        wait()
        seconds.append(time.perf_counter() - begun)
    return statistics.median(seconds)


def on_a_small_card(report: Report, rehearse: bool) -> None:
    """The allocator refuses more than a small card has, but the card says it has more: passes really run out of memory."""
    total = torch.cuda.get_device_properties(0).total_memory
    torch.cuda.set_per_process_memory_fraction(SMALL_CARD_BYTES / total)
    try:
        frozen = random_model(shapes(rehearse)["roberta-large"], "bf16")
        stack = stack_of(frozen, 13, rehearse)
        begun = time.perf_counter()
        stack._take_step()
        wait()
        first = time.perf_counter() - begun
        report.add(
            what="step of 13 prompts on a card of 6 GiB", first_step_s=first, later_step_s=step_seconds(stack, 3),
            peak_memory_bytes=peak_bytes(stack._take_step), tokens_a_pass=frozen.room.tokens.get(True, 0),
        )  # fmt: skip
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0)
