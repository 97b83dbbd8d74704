"""A run on its way: cells of which a part of the examples was measured are shown as that, on its own page and on the map."""

import pytest

from ptlib.base.errors import Cancelled
from ptlib.base.progress import Silent
from ptlib.results.store import Store
from ptlib.runs import execution, queue
from ptlib.transfer import run
from tests.app.conftest import Open, texts
from tests.app.runs.conftest import BACKBONE, FIRST, SECOND, spec
from tests.fixtures import fakes


class Stopped(fakes.Work):
    """Stops when all was looked at and one target is whole."""

    def evaluate(self, model, prompts, task, examples, progress, *, first=False, known=()):
        if task.id == FIRST and not first:
            raise Cancelled("stopped")
        return super().evaluate(model, prompts, task, examples, progress, first=first, known=known)


def test_what_was_looked_at_first_is_shown_as_that(open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "WORTH_S", 0.0)
    app = open_page("transfer", backbone=BACKBONE, whose="mine")
    job = queue.enqueue(spec(FIRST, (SECOND, FIRST), references=("untrained",)))
    with pytest.raises(Cancelled):
        execution.execute(job.spec, Silent(), make=Stopped)
    with Store().writing() as connection:
        connection.execute("UPDATE runs SET state = 'cancelled' WHERE id = ?", (job.id,))
    app.run()
    told = texts(app)
    assert not app.exception and "measured on a part of the examples so far (2 cells)" in told
    assert "2 cells rest on a first look" in told
    app = open_page("runs", run=job.id)
    assert not app.exception and "On the map so far: 3 results whole and 2 results on a part of the examples" in texts(app)
    assert "run_open" in {button.key for button in app.button}
