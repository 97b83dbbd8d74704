"""Texts that two tasks share are counted by the run, noted once, and read back beside the result."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from ptlib.base.progress import Silent
from ptlib.results.store import Store
from ptlib.tasks import shared_texts as overlaps
from ptlib.tasks.published.registry import HUB_TASKS
from ptlib.tasks.shared_texts import shared_texts
from ptlib.tasks.task import Example

TASKS = {task.id: task for task in HUB_TASKS}
ROWS = [f"sentence number {n}" for n in range(20)]


@pytest.fixture
def data(tmp_path: Path) -> str:
    """SST-2 trains on what rotten_tomatoes is measured on, for five of ten sentences."""
    for name, split, key, rows in (("sst2", "train", "sentence", ROWS), ("rotten_tomatoes", "validation", "text",
                                   [f"Sentence  number {n}." for n in range(15, 25)])):  # fmt: skip
        folder = tmp_path / "data" / name
        folder.mkdir(parents=True)
        lines = (json.dumps({key: row, "label": place % 2}) for place, row in enumerate(rows))
        (folder / f"{split}.jsonl").write_text("\n".join(lines))
    return str(tmp_path / "data")


def test_shared_texts_are_counted_once_and_read_back(cache: Path, data: str) -> None:
    from ptlib.tasks.data import load_evaluation

    source, target = TASKS["sst2"], TASKS["rotten_tomatoes"]
    examples = load_evaluation(target, None, data)
    assert overlaps.known("sst2", "rotten_tomatoes") is None
    root = Store().root
    for _ in range(2):  # the whole training split is compared, and only once; what was counted is said each time
        watcher = Notes()
        overlaps.compare([source], target, examples, data=data, root=root, progress=watcher)
        (Path(data) / "sst2" / "train.jsonl").unlink(missing_ok=True)
        (note,) = watcher.notes
        assert note.startswith("5 of the 10 evaluation texts of rotten_tomatoes also stand in the training data of sst2")
        found = overlaps.known("sst2", "rotten_tomatoes")
        assert found is not None and (found.shared, found.total) == (5, 10)
    assert overlaps.known("rotten_tomatoes", "sst2") is None


class Notes(Silent):
    """Remembers what it was told."""

    def __init__(self) -> None:
        self.notes: list[str] = []

    def note(self, message: str) -> None:
        self.notes.append(message)


def test_local_data_are_compared_with_themselves_published_splits_are_not(cache: Path, data: str) -> None:
    sst2, other = TASKS["sst2"], TASKS["rotten_tomatoes"]
    assert overlaps.compared([sst2, other], sst2, data) == [sst2, other] and overlaps.compared([sst2, other], sst2, None) == [
        other
    ]
    generated = replace(sst2, source="embedded")
    assert overlaps.compared([generated], other, None) == overlaps.compared([other], generated, None) == []
    assert overlaps.compared([generated], generated, data) == [generated]


def test_data_that_cannot_be_had_is_passed_over(cache: Path, data: str) -> None:
    overlaps.compare([TASKS["mnli"]], TASKS["rotten_tomatoes"], (), data=data, root=Store().root, progress=Silent())
    assert overlaps.known("mnli", "rotten_tomatoes") is None


def test_shared_texts_are_found_in_spite_of_spacing_and_case() -> None:
    source = [Example(id="1", text_a="A great Film ."), Example(id="2", text_a="dull")]
    target = [Example(id="1", text_a="a great film"), Example(id="2", text_a="a film")]
    overlap = shared_texts(source, target)
    assert (overlap.shared, overlap.total, overlap.share) == (1, 2, 0.5)
