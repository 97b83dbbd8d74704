"""Independent passes side by side on a CPU's cores: a small model's operations are too small to be split among them."""

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TypeVar

import torch

Item = TypeVar("Item")
Result = TypeVar("Result")


def side_by_side(work: Callable[[Item], Result], items: Sequence[Item], device: torch.device | str) -> Iterator[Result]:
    """Results of `work` in the order of `items`; on a CPU with several threads every item runs on one thread of its own.

    `work` sets the grad mode itself: torch keeps it per thread. Whoever stops reading early leaves the rest undone.
    """
    threads = torch.get_num_threads()
    if torch.device(device).type != "cpu" or threads == 1 or len(items) < threads:
        return map(work, items)
    return _pool(threads).map(work, items)


@cache
def _pool(threads: int) -> ThreadPoolExecutor:
    """Threads whose operations are not split again."""
    begun = threading.Barrier(threads + 1)

    def begin() -> None:
        torch.set_num_threads(1)
        begun.wait()

    pool = ThreadPoolExecutor(threads, "pass", begin)
    for _ in range(threads):  # a thread is only made for work that no idle one can take
        pool.submit(bool)
    begun.wait()
    torch.set_num_threads(threads)  # theirs became the default of every later thread; ours stays as it was
    return pool
