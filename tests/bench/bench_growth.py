"""How seconds and memory grow: prompts tuned together, examples evaluated, tasks crossed; on a model of the demo's size.

    python -m tests.bench.bench_growth [--rounds 3] [--rehearse]

Each size is measured several times, all sizes in turn; the last column is seconds a unit over the median of all sizes: 1 is
linear. Memory: the most that the process held above what it held before. About three minutes on two quiet cores.
"""

import argparse
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import psutil

from ptlib.base.progress import Silent
from ptlib.models.load import FrozenModel
from ptlib.prompts.evaluation import evaluate
from ptlib.prompts.record import Prompt
from ptlib.prompts.soft import SoftPrompt
from ptlib.prompts.spec import TuneSettings
from ptlib.prompts.tuning import _Stack
from ptlib.tasks.data import TrainingData
from tests.bench.common import alternating, examples, job, machine, middle, roberta, tiny_models

LENGTH, WIDTH = 20, 128
WANTED = 0.15


@dataclass
class Peak:
    """Bytes above the start, most so far."""

    most: int = 0


@contextmanager
def memory() -> Iterator[Peak]:
    """Look at the process every few milliseconds."""
    process, peak, done = psutil.Process(), Peak(), threading.Event()
    before = process.memory_info().rss

    def watch() -> None:
        while not done.wait(0.005):
            peak.most = max(peak.most, process.memory_info().rss - before)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield peak
    finally:
        done.set()
        thread.join()


def tuning(frozen: FrozenModel, count: int, steps: int) -> Callable[[], object]:
    """Steps of so many prompts at once."""
    settings = TuneSettings(prompt_length=LENGTH, steps=100_000, batch_size=16, validation_size=1)
    data = TrainingData(examples(200, 28, 10), examples(1, 28))
    stack = _Stack(frozen, [job(frozen, settings, data, seed % 2, seed) for seed in range(count)], Silent(), None)

    def act() -> None:
        for _ in range(steps):
            stack._take_step()
        stack.unread.clear()

    return act


def prompts(count: int) -> list[SoftPrompt]:
    rng = np.random.default_rng(0)
    drawn = rng.normal(size=(count, LENGTH, WIDTH)).astype(np.float32) * 0.1
    return [SoftPrompt(values, Prompt(f"p{place}", "", "", place)) for place, values in enumerate(drawn)]


def evaluating(frozen: FrozenModel, count: int) -> Callable[[], object]:
    """Two prompts on so many examples."""
    asked, two = examples(count, 28, 10), prompts(2)
    return lambda: evaluate(frozen, two, tiny_models.task(0), asked, Silent())


def crossing(frozen: FrozenModel, count: int, each: int) -> Callable[[], object]:
    """As many prompts on as many tasks: the square of the count in cells."""
    asked, all_ = examples(each, 28, 10), prompts(count)
    return lambda: [evaluate(frozen, all_, tiny_models.task(place % 2), asked, Silent()) for place in range(count)]


def table(
    title: str, sizes: Sequence[int], make: Callable[[int], Callable[[], object]], units: Callable[[int], int], rounds: int
) -> None:
    """Measure all sizes in turn and print a line each."""
    ways = {str(size): make(size) for size in sizes}
    seconds = {name: middle(found) for name, found in alternating(ways, rounds).items()}
    each = {size: seconds[str(size)] / units(size) for size in sizes}
    usual, held = middle(list(each.values())), []
    print(f"\n{title}")
    for size in sizes:
        with memory() as peak:
            ways[str(size)]()
        held.append(peak.most / 2**20)
        print(f"  {size:>7}{seconds[str(size)]:>10.3f} s{held[-1]:>10.1f} MiB{each[size] / usual:>8.2f}")
    furthest = max((value / usual - 1 for value in each.values()), key=abs)
    told = f"furthest from linear {furthest:+.0%} (wanted: {WANTED:.0%})"
    print(f"  {told}; memory {min(held):.1f} to {max(held):.1f} MiB")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rehearse", action="store_true", help="tiny sizes: does it run?")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    tiny = options.rehearse
    frozen = roberta(WIDTH, 1 if tiny else 4, 512, 2000, 4, 130)
    rounds = 1 if tiny else options.rounds
    print(f"Growth on {machine()}\n  size, median seconds, most memory, seconds a unit (1 = linear)")
    table(
        "Prompts tuned together, 5 steps",
        (1, 2) if tiny else (1, 2, 4, 8, 16, 32),
        lambda k: tuning(frozen, k, 1 if tiny else 5),
        int,
        rounds,
    )
    table(
        "Examples, 2 prompts",
        (10, 20) if tiny else (100, 1000, 10_000),
        lambda n: evaluating(frozen, n),
        int,
        max(1, rounds - 1),
    )
    table(
        "Tasks, all prompts on all",
        (1, 2) if tiny else (1, 2, 4, 8, 17),
        lambda t: crossing(frozen, t, 5 if tiny else 50),
        lambda t: t * t,
        rounds,
    )


if __name__ == "__main__":
    main()
