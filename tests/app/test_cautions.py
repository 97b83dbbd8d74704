"""What must be known beside a result: shared texts, known and counted, and models that saw a task in pretraining."""

from pathlib import Path

import pytest

from pages.common import cautions
from ptlib.base import paths
from ptlib.base.progress import Silent
from ptlib.models.published import HUB_BACKBONES
from ptlib.tasks import shared_texts
from ptlib.tasks.data import TrainingData
from ptlib.tasks.published.registry import HUB_TASKS
from ptlib.tasks.task import Example
from tests.app.conftest import Open, texts

SPECS = {spec.id: spec for spec in HUB_BACKBONES}
TASKS = {task.id: task for task in HUB_TASKS}


def test_overlaps_and_contamination_are_put_in_words(places: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (known,) = cautions.cautions("sst2", "rotten_tomatoes", SPECS["FacebookAI/roberta-base"])
    assert "come from the sentences of rotten_tomatoes" in known
    (seen,) = cautions.cautions("imdb", "mnli", SPECS["google-t5/t5-base"])
    assert "T5 base saw MNLI in its pretraining" in seen
    assert cautions.cautions("imdb", "mnli", SPECS["FacebookAI/roberta-base"]) == []
    examples = [Example("1", "one text"), Example("2", "another one")]
    monkeypatch.setattr(shared_texts, "load_training", lambda *_: TrainingData(tuple(examples[:1]), ()))
    more = {"data": None, "root": paths.store_dir(), "progress": Silent()}
    shared_texts.compare([TASKS["imdb"]], TASKS["mnli"], examples, **more)
    (counted,) = cautions.cautions("imdb", "mnli", None)
    assert counted.startswith("1 of the 2 evaluation texts of MNLI (50.0 %)")


def test_the_lab_says_what_a_run_on_published_tasks_needs_and_must_not_conclude(open_page: Open) -> None:
    app = open_page("lab", preset="The deck's experiment")
    app.selectbox(key="lab_backbone_demo/roberta-small").set_value("google-t5/t5-base").run()
    said = texts(app)
    assert not app.exception
    assert "GB of memory on its device" in said and "saw SST-2 in its pretraining" in said
    assert "come from the sentences of rotten_tomatoes" in said and "Measured on test" in said


def test_offline_the_lab_says_at_once_what_is_missing(open_page: Open, places: Path, monkeypatch) -> None:
    monkeypatch.setenv("PTLIB_OFFLINE", "1")
    monkeypatch.setenv("HF_HUB_CACHE", str(places / "hub"))
    app = open_page("lab", preset="The deck's experiment")
    app.selectbox(key="lab_backbone_demo/roberta-small").set_value("FacebookAI/roberta-base").run()
    assert not app.exception and "offline switch is on" in texts(app)
    assert all(button.disabled for button in app.button if button.label == "Launch")
