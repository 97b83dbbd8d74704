"""The list of runs: scores over the cells a run asks for, small curves, and runs that nobody can read any more."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from ptlib.base.progress import Silent
from ptlib.results.catalogue import Catalogue
from ptlib.results.own import leave_out
from ptlib.results.store import Store
from ptlib.runs import execution, queue
from ptlib.runs.history import overview
from tests.fixtures import fakes


def test_a_run_is_told_by_its_cells_and_its_curve(toy: str) -> None:
    done, waiting = (queue.enqueue(fakes.transfer(toy, *names)) for names in (("alpha", "beta"), ("alpha", "gamma")))
    execution.execute(done.spec, Silent())
    cells = {(e.source, e.target, e.seed): e.score for e in Catalogue().entries(toy) if e.source.startswith("toy/")}
    assert len(cells) == 8
    asked = [done, waiting, replace(done, id="gone", kind="nobody knows")]
    assert overview.scores(asked, Catalogue()) == {done.id: pytest.approx(np.mean(list(cells.values())))}
    leave_out(done.id)
    assert done.id in overview.scores(asked, Catalogue()), "what is left out of the map is still the run's"
    assert overview.about(asked[2]) is None and overview.about(done).piece == done.piece
    assert overview.courses([waiting.id]) == {}


def test_small_curves_are_means_by_step_and_thinned(toy: str) -> None:
    for run, series, score, steps in (("r", "a", 0.2, 100), ("r", "b", 0.4, 100), ("one", "c", 0.5, 1)):
        points = (SimpleNamespace(step=step, loss=0.1, validation=score, seconds=0.0) for step in range(steps))
        Store().add_points(run, series, points)
    found = overview.courses(["r", "one", "none"])
    assert list(found) == ["r"] and len(found["r"]) == overview.POINTS and found["r"] == pytest.approx([0.3] * overview.POINTS)
