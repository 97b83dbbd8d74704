"""The way of somebody who has never been here: an insight without a click, a run in two, its number, and a map as it was."""

import time

import pytest

from pages.common import data, frame
from ptlib.base.progress import Silent
from ptlib.results.store import Store
from ptlib.runs import execution, queue
from tests.app.conftest import Open, texts
from tests.fixtures import fakes

JARGON = ("verbalizer", "zero-shot", "embedding", "recipe", "logit", "hyperparameter", "gain kept", "checkpoint", "bootstrap")


def shown(map_page: object) -> list[tuple[str, ...]]:
    """What the map of all results says of every cell."""
    matrix = data.matrix(data.catalogue().fingerprint(), "demo/roberta-small", None, "all")
    return [(cell.source, cell.target, str(cell.score), str(cell.gain_kept), str(cell.seeds)) for cell in matrix.cells]


def test_from_start_to_an_own_run_and_back_to_the_map_as_it_was(open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    ways: list[tuple[str, dict[str, str]]] = []  # the harness does not change pages by itself
    monkeypatch.setattr(frame, "go", lambda page, **more: ways.append((page, more)))
    monkeypatch.setattr(queue, "start_worker", lambda: None)
    app = open_page("start")
    first = texts(app)
    assert "one that is reused on a task of its own family keeps" in first and "reused on another task" in first
    assert [word for word in JARGON if word in first.lower()] == []
    before = shown(app)
    assert app.button(key="door_lab").label == "Run it yourself"
    app.switch_page(frame.script("lab")).run()  # the first click
    app.button(key="launch").click().run()
    (job,) = queue.listing()
    assert not app.exception and ways == [("runs", {"run": job.id})], "two clicks"
    app = open_page("runs", run=job.id)
    execution.execute(job.spec, Silent(), make=fakes.Work)
    with Store().writing() as connection:
        now = time.time()
        connection.execute("UPDATE runs SET state = 'done', started = ?, finished = ? WHERE id = ?", (now - 60, now, job.id))
    app.run()
    said = texts(app)
    assert "This run measured" in said and "All other results say" in said and "with it" in said
    assert shown(app) != before
    app.button(key="run_count").click().run()
    assert not app.exception and shown(app) == before and "This run measured" in texts(app)
    assert "Left out of the map" in texts(app) and app.button(key="run_count").label == "Bring back"
    on_map = open_page("transfer", whose="all")
    assert "left out on request" in texts(on_map)
    next(button for button in on_map.button if button.label.startswith("Bring back")).click().run()
    assert not on_map.exception and shown(on_map) != before and "left out" not in texts(on_map)
