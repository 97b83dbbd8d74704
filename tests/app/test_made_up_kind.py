"""A kind of run that nobody knew before: one file and one registration, and it goes everywhere a run goes."""

import pytest

from ptlib.base.errors import BadInput
from ptlib.results.artefacts import unpack_table
from ptlib.results.catalogue import Catalogue
from ptlib.results.store import Store
from ptlib.runs import estimates, queue, reporter, worker
from ptlib.runs.kinds import KINDS
from tests.app.conftest import Open, texts
from tests.fixtures import echo, fakes

SPEC = echo.EchoSpec("demo/roberta-small", 42.0)


@pytest.fixture
def registered(places: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """The one registration."""
    monkeypatch.setitem(KINDS, "echo", echo.ECHO)
    monkeypatch.setattr(reporter, "CHECK_S", 0.0)


def _work() -> None:
    assert worker.work(once=True, make=fakes.Work) == 1


def _number() -> float:
    (item,) = Catalogue().artefacts("echo")
    return float(unpack_table(item.read())[0]["number"][0])


def test_it_is_estimated_queued_run_found_again_and_deleted(registered: None, open_page: Open) -> None:
    assert (estimates.estimate(SPEC).seconds, estimates.estimate(SPEC).basis) == (5.0, "an echo takes a second a step")
    with pytest.raises(BadInput, match="at least 1"):
        queue.enqueue(echo.EchoSpec(SPEC.backbone, 1.0, 0))
    job = queue.enqueue(SPEC)
    assert (job.kind, job.state, job.title, job.spec) == ("echo", "queued", "Echo of 42", SPEC)
    app = open_page("runs", run=job.id)
    assert not app.exception and "Echo of 42" in texts(app) and [b.label for b in app.button].count("Cancel") == 1
    _work()
    assert queue.get(job.id).state == "done" and _number() == 42.0
    assert estimates.estimate(SPEC).seconds == 0 and queue.enqueue(SPEC).state == "done"
    app = open_page("runs", run=job.id)
    assert not app.exception and "The echo has come back." in texts(app) and echo.WAITING in queue.get(job.id).log_tail
    next(button for button in app.button if button.label == "Delete").click().run()
    app.button(key="delete_sure").click().run()
    assert not app.exception and queue.listing() == [] and _number() == 42.0


def test_it_is_cancelled_at_its_next_step_and_resumed_from_its_checkpoint(
    registered: None, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    job, steps = queue.enqueue(SPEC), []

    def waited(_seconds: float) -> None:
        steps.append(len(steps))
        if len(steps) == 2:
            queue.cancel(job.id)

    monkeypatch.setattr(echo, "sleep", waited)
    _work()
    assert queue.get(job.id).state == "cancelled" and len(steps) == 2 and Catalogue().artefacts("echo") == []
    assert Store().checkpoint_path(SPEC.id).read_text() == "2"
    app = open_page("runs", run=job.id)
    next(button for button in app.button if button.label == "Resume")
    queue.resume(job.id)
    _work()
    assert (queue.get(job.id).state, queue.get(job.id).attempts, len(steps), _number()) == ("done", 2, 5, 42.0)


def test_a_run_of_a_kind_that_is_not_there_any_more_can_still_be_seen_and_deleted(
    registered: None, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = queue.enqueue(SPEC)
    queue.cancel(job.id)
    monkeypatch.delitem(KINDS, "echo")
    app = open_page("runs", run=job.id)
    assert not app.exception and "Unknown kind of run 'echo'" in texts(app)
    next(button for button in app.button if button.label == "Delete").click().run()
    app.button(key="delete_sure").click().run()
    assert not app.exception and queue.listing() == []
