"""The torch side of runs on a tiny model: loaded once a run, tuned from the task's data, evaluated, referenced."""

import json
from pathlib import Path

import numpy as np

from ptlib.base.progress import LOADING, Silent
from ptlib.prompts.spec import TuneSpec
from ptlib.results.catalogue import Catalogue
from ptlib.results.store import Store
from ptlib.runs.work import TorchWork
from ptlib.tasks.data import load_evaluation
from ptlib.tasks.registry import get_task
from tests.fixtures import fakes


class Phases(Silent):
    """Remembers which phases there were."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def phase(self, name: str, done: int, total: int) -> None:
        self.names.append(name)


def test_a_tiny_model_is_loaded_once_and_does_all_that_a_run_asks(toy: str, cache: Path, models) -> None:
    backbone = models["roberta"].spec.location
    for split, count in (("train", 16), ("validation", 4)):
        rows = [
            {"id": f"{split}{i}", "text_a": f"the film was {'good' if i % 2 else 'bad'} .", "label": i % 2} for i in range(count)
        ]
        place = cache.parent / "demo" / "tasks" / "toy" / "alpha" / f"{split}.jsonl"
        place.write_text("\n".join(map(json.dumps, rows)))
    progress, task = Phases(), get_task("toy/alpha")
    work = TorchWork(progress, "cpu", Store(), Catalogue())
    model = work.model(backbone)
    assert work.model(backbone) is model and progress.names == [LOADING] * 2 and work.device == "cpu"
    start = work.reference(model, "untrained", task, fakes.SETTINGS, 3)
    (result,) = work.tune(model, [TuneSpec(backbone, task.id, 3, fakes.SETTINGS)], cache / "checkpoint", Silent())
    assert result.steps == fakes.SETTINGS.steps and not np.array_equal(result.prompt.values, start.values)
    assert np.array_equal(result.trail[0], start.values)  # what tuning began with is what the reference row measures
    found = work.evaluate(model, [start, result.prompt], task, load_evaluation(task, 6), Silent())
    assert [len(one.score) for one in found] == [6, 6] and found[0].task == task.id
