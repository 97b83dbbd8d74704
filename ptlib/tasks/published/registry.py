"""The 18 tasks of the paper and its second code release, as data (paper 1.1; fact sheet of the Hub).

Label order is the published one: negative, neutral, positive, conflict; contradiction, neutral, entailment; no, yes.
Label words are whole words; `ptlib.models.positions` adds the space that a vocabulary wants.
"""

from ptlib.tasks.published.generation import GENERATION_TASKS
from ptlib.tasks.published.pairs import PAIR_TASKS
from ptlib.tasks.published.sentiment import MR, SENTIMENT_TASKS, SST_RT, with_conflict
from ptlib.tasks.task import Task

HUB_TASKS: tuple[Task, ...] = (*SENTIMENT_TASKS, *PAIR_TASKS, *GENERATION_TASKS)
"""The 18 tasks, in the order of the paper's matrices."""
HUB_VARIANTS: tuple[Task, ...] = tuple(with_conflict(task) for task in HUB_TASKS if task.drop_labels == ("conflict",))
"""Visible alternatives of some of them."""

OVERLAPS = {
    frozenset(("sst2", "rotten_tomatoes")): SST_RT,
    frozenset(("sst2", "movie_rationales")): MR,
    frozenset(("rotten_tomatoes", "movie_rationales")): MR,
    frozenset(("qnli", "squad")): "QNLI was made from SQuAD's questions and paragraphs.",
}


def overlap(first: str, second: str) -> str:
    """What two tasks are known to share, as a warning beside their transfer; empty when nothing is known."""
    tasks = {task.id: task for task in HUB_VARIANTS}
    pair = frozenset(tasks[id_].variant_of if id_ in tasks else id_ for id_ in (first, second))
    if len(pair) == 1 and first != second:
        return "Both are the same data with another set of classes."
    found = OVERLAPS.get(pair, "")
    return f"{found} A high transfer between the two contains this overlap." if found else ""
