"""What stored answers say beside their score: scores of classes, second metrics, and what the commonest class would give.

Computed from the predictions of the very runs whose score is shown, read once a state of their file.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pyarrow.parquet as pq

from ptlib.base.errors import PtlibError
from ptlib.base.files import Kept
from ptlib.tasks.class_scores import CLASS_SCORES, class_scores, commonest
from ptlib.tasks.registry import get_task

GENERATED = ("token_f1", "rouge_1", "rouge_2")
SECOND = (*CLASS_SCORES, *GENERATED)
"""Names of second scores, fractions; f1 and those of generated answers only where the task declares them."""
SECOND_NAMES: Mapping[str, str] = {
    "commonest_class": "Commonest class",
    "balanced_accuracy": "Balanced accuracy",
    "macro_f1": "Macro-F1",
    "f1": "F1",
    "token_f1": "Token F1",
    "rouge_1": "ROUGE-1",
    "rouge_2": "ROUGE-2",
}


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """One prompt's answers on one target."""

    second: Mapping[str, float]
    """Some of `SECOND`."""
    commonest: str = ""
    """Label of the commonest class; "" where there are no classes."""
    is_commonest: np.ndarray | None = None
    """[N] float32: 1 where that is the right answer."""


def answers_of(
    target: str, gold: Sequence[str], predicted: Sequence[str], more: Mapping[str, np.ndarray], *, classes: bool
) -> Answers:
    """Of answers in hand. more: second metrics [N] of generated ones."""
    if not classes:
        return Answers({name: float(np.mean(more[name], dtype=np.float64)) for name in GENERATED if name in more})
    most = commonest(gold)
    is_most = np.array([name == most for name in gold], np.float32)
    return Answers(class_scores(gold, predicted, _positive(target)), most, is_most)


@lru_cache(maxsize=256)
def _positive(target: str) -> str | None:
    """The class that a task's F1 is of, where it declares one."""
    try:
        task = get_task(target)
    except PtlibError:
        return None
    return task.labels[-1] if "f1" in task.second_metrics else None


@lru_cache(maxsize=4096)
def _of_cell(file: Kept, prompt_id: str, target: str, shared: bool, classes: bool) -> Answers | None:
    columns, cells = _columns(file, shared)
    rows = cells.get((prompt_id, target)) if shared else slice(None)
    if rows is None:
        return None
    more = {name: columns[name][rows].astype(np.float64) for name in GENERATED if name in columns}
    gold, predicted = (columns[name][rows].tolist() for name in ("gold", "predicted"))
    return answers_of(target, gold, predicted, more, classes=classes)


@lru_cache(maxsize=8)
def _columns(file: Kept, shared: bool) -> tuple[dict[str, np.ndarray], dict[tuple[str, str], np.ndarray]]:
    """The columns of a file [rows] and, where it holds the cells of a whole backbone, the rows of each cell."""
    known, keys = pq.read_schema(file.path).names, ["prompt_id", "target"]
    names = [name for name in (*(keys if shared else ()), "gold", "predicted", *GENERATED) if name in known]
    table = pq.read_table(file.path, columns=names, read_dictionary=keys if shared else None)
    columns = {name: table[name].to_numpy() for name in names if name not in keys}
    if not shared:
        return columns, {}
    cells = table.select(keys).to_pandas().groupby(keys, observed=True, sort=False).indices
    return columns, {(str(prompt), str(target)): rows for (prompt, target), rows in cells.items()}


def stored_answers(file: Kept | None, prompt_id: str, target: str, *, shared: bool, classes: bool) -> Answers | None:
    """Of a file of predictions; None where it is missing, damaged or lacks the cell. shared: it holds many cells."""
    return None if file is None or not file.is_sound else _of_cell(file, prompt_id, target, shared, classes)


def mean_second(found: Iterable[Answers | None]) -> dict[str, float]:
    """Means over seeds of the second scores that all of them have."""
    told = [one.second for one in found if one is not None]
    return {name: float(np.mean([one[name] for one in told])) for name in SECOND if told and all(name in one for one in told)}
