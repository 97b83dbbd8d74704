"""Passes that do not fit the memory come in halves, in order and whole; a single row that does not fit ends the run."""

import threading
from collections.abc import Callable

import pytest
import torch

from ptlib.models.parallel import side_by_side

PASSES = [[5, 6, 7, 8, 9], [0, 1], [2, 3, 4]]


def work_on(most: int, tried: list[list[int]]) -> Callable[[list[int]], int]:
    """Sums of passes by a device that holds so many rows."""

    def work(group: list[int]) -> int:
        tried.append(group)
        if len(group) > most:
            raise torch.OutOfMemoryError("simulated")
        return sum(group)

    return work


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("device", ["cpu", "meta"])  # anything but a CPU begins a pass before the last one's result is read
@pytest.mark.parametrize("threads", [1, 2])
def test_every_row_is_answered_once_and_in_order(together: bool, device: str, threads: int) -> None:
    before, shrunk, tried = torch.get_num_threads(), [], []
    torch.set_num_threads(threads)
    try:
        found = list(side_by_side(work_on(2, tried), PASSES, device, shrunk.append, together))
    finally:
        torch.set_num_threads(before)
    assert [row for group, _ in found for row in group] == [row for group in PASSES for row in group]
    assert all(answer == sum(group) and len(group) <= 2 for group, answer in found)
    assert shrunk == [[5, 6, 7, 8, 9], [7, 8, 9], [2, 3, 4]]  # five rows, then the three of their second half; and the last three


def test_a_row_that_does_not_fit_alone_ends_it() -> None:
    with pytest.raises(torch.OutOfMemoryError):
        list(side_by_side(work_on(0, []), PASSES, "cpu"))


def test_a_gpu_is_given_the_next_pass_before_a_result_is_read() -> None:
    tried: list[list[int]] = []
    results = side_by_side(work_on(9, tried), PASSES, "meta")
    assert next(results) == (PASSES[0], 35) and tried == PASSES[:2]
    assert [group for group, _ in results] == PASSES[1:]


def test_a_pass_runs_as_it_would_among_all_of_them() -> None:
    before = torch.get_num_threads()
    torch.set_num_threads(2)

    def name(group: list[int]) -> str:
        return threading.current_thread().name

    try:
        alone, among = (next(side_by_side(name, PASSES[:1], "cpu", among=count))[1] for count in (0, 3))
    finally:
        torch.set_num_threads(before)
    assert not alone.startswith("pass") and among.startswith("pass")
