"""Independent passes: side by side on a CPU's cores, one ahead on a GPU, in halves where one does not fit the memory.

A small model's operations are too small to be split among cores, so a CPU's threads take a pass each.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TypeVar

import torch

Result = TypeVar("Result")


def side_by_side(
    work: Callable[[list[int]], Result],
    passes: Sequence[list[int]],
    device: torch.device | str,
    shrink: Callable[[list[int]], None] = lambda _: None,
    together: bool = True,
    *,
    among: int = 0,
) -> Iterator[tuple[list[int], Result]]:
    """Every pass (places of its rows) with the result of `work`, in order; one that runs out of memory comes in halves.

    On a CPU with several threads every pass runs on one thread of its own; a GPU is given the next pass before anybody waits
    for the result of this one. `work` sets the grad mode itself: torch keeps it per thread. Whoever stops reading early
    leaves the rest undone. `shrink` is told of every pass that did not fit. Not `together`: one pass after another. `among`:
    how many passes there are in all, where these are some of them: a pass has the same bits in any company.

    Raises:
        torch.OutOfMemoryError: a single row does not fit.
    """

    def halved(group: list[int]) -> list[tuple[list[int], Result]]:
        try:
            return [(group, work(group))]
        except torch.OutOfMemoryError:
            if len(group) < 2:
                raise
        shrink(group)  # not in the handler: until it is left, the error holds on to what the pass had computed
        middle = len(group) // 2
        return [*halved(group[:middle]), *halved(group[middle:])]

    threads = torch.get_num_threads()
    if together and torch.device(device).type != "cpu":
        results = _one_ahead(map(halved, passes))
    elif not together or threads == 1 or max(len(passes), among) < threads:
        results = map(halved, passes)
    else:
        results = _pool(threads).map(halved, passes)
    return (item for part in results for item in part)


def _one_ahead(items: Iterable[Result]) -> Iterator[Result]:
    """The items, each one begun before its forerunner is handed out."""
    waiting: list[Result] = []
    for item in items:
        waiting.append(item)
        if len(waiting) == 2:
            yield waiting.pop(0)
    yield from waiting


class Pace:
    """Keeps this process a few steps ahead of a GPU and no more.

    The next batch is laid out while this one is computed, and a stop is heard soon. On a CPU nothing runs ahead.
    """

    def __init__(self, device: torch.device, ahead: int = 2) -> None:
        self._on_gpu, self._ahead = device.type == "cuda", ahead
        self._begun: deque[torch.cuda.Event] = deque()

    def keep(self) -> None:
        """A step was handed over: wait until the one before the last few is done."""
        if not self._on_gpu:
            return
        event = torch.cuda.Event(blocking=True)
        event.record()
        self._begun.append(event)
        if len(self._begun) > self._ahead:
            self._begun.popleft().synchronize()


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
