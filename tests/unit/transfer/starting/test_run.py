"""A comparison of starts on the demo, a few steps long: measured, stored, resumed, read back; a projected prompt among them."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ptlib.base import paths
from ptlib.base.errors import BadInput, Cancelled
from ptlib.base.progress import Silent
from ptlib.demo import starts
from ptlib.projection.carry import carried
from ptlib.prompts.spec import TuneSpec
from ptlib.results.catalogue import Catalogue
from ptlib.results.prompts import soft_prompt
from ptlib.results.store import Store
from ptlib.runs.execution import execute
from ptlib.tasks import data
from ptlib.transfer.starting import run, stored
from ptlib.transfer.starting.kind import STARTS
from ptlib.transfer.starting.spec import OWN, StartSpec

pytestmark = pytest.mark.skipif(not (paths.DEMO / "results").exists(), reason="the demo is not in this checkout")


@pytest.fixture
def spec(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StartSpec:
    """Two steps from a stranger's prompt and from a projected one, measured on a few examples, on an empty store."""
    monkeypatch.setenv("PTLIB_DEMO", str(paths.DEMO))
    monkeypatch.setenv("PTLIB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(run, "load_evaluation", lambda task, say: data.load_evaluation(task, 6))
    whole = next(starts.specs(Catalogue()))
    settings = replace(whole.settings, steps=2, batch_size=2, eval_every=1, validation_size=4, train_size=20)
    return replace(whole, settings=settings, starts=whole.starts[1:3])


class StopAt(Silent):
    """Asks to stop after a step."""

    done = False

    def phase(self, name: str, done: int, total: int) -> None:
        self.done |= name == "Tuning" and done == 1

    def check(self) -> None:
        if self.done:
            raise Cancelled("stopped")


def test_it_is_measured_stored_and_goes_on(spec: StartSpec) -> None:
    before = {row.id for row in Catalogue().prompt_rows(spec.backbone)}
    with pytest.raises(Cancelled):
        execute(spec, StopAt(), "cpu")
    assert STARTS.missing(spec, Catalogue()) == (spec.id,) and Store().checkpoint_path(spec.id).exists()
    execute(spec, Silent(), "cpu")
    catalogue = Catalogue()
    assert STARTS.missing(spec, catalogue) == () and stored.listing(catalogue, spec.backbone, spec.task)[0] == spec
    assert not Store().checkpoint_path(spec.id).exists() and not catalogue.damaged()
    assert {row.id for row in catalogue.prompt_rows(spec.backbone)} == before  # curves are kept, and no prompts
    found = stored.load(spec, catalogue)
    assert found is not None
    assert list(found.curves.groupby("start", sort=False)["step"].apply(list)) == [[0, 1, 2]] * 3
    own, stranger, projected = found.told["starts"]
    assert (own["start"], own["task"], own["on_source_before"]) == (OWN, spec.task, None)
    assert (stranger["task"], stranger["model"], stranger["carried_by"]) == (starts.STRANGER, spec.backbone, "")
    assert None not in (stranger["on_source_untrained"], stranger["on_source_before"], stranger["on_source_after"])
    assert (projected["task"], projected["model"]) == (spec.task, starts.SMALL) and "roberta-small" in projected["carried_by"]
    assert set(own) == {*stored.SCORED, "missing"}
    assert projected["on_source_before"] is None  # its source is the task itself: there is nothing else to forget


def test_tuning_itself_can_begin_with_a_projected_prompt(spec: StartSpec) -> None:
    name = spec.starts[1]
    tune = TuneSpec(spec.backbone, spec.task, 0, spec.settings).started_from(name)
    execute(tune, Silent(), "cpu")
    prompt, values = Catalogue().prompt(tune.id), carried(name, Catalogue()).values
    assert prompt is not None and prompt.start.value == name and prompt.start.carried_by == name.partition(":")[0]
    assert np.abs(Catalogue().trail(tune.id)[0] - values).max() < 1e-2 and values.shape == (20, 192)  # trails are halves
    entries = Catalogue().entries(spec.backbone)
    assert tune.id not in {entry.prompt_id for entry in entries}  # warm: in no map
    assert soft_prompt(tune.id, Catalogue()).values.shape == values.shape


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("p0000000000", "there is no prompt 'p0000000000'"),
        ("x0000000000-0:", "there is no prompt"),
        ("small", "is a prompt of 'demo/roberta-small'"),
        ("unfitted", "the projector 'x0000000000-0' is not stored"),
    ],
)
def test_what_nothing_can_start_from_is_refused_before_anything_is_loaded(spec: StartSpec, name: str, message: str) -> None:
    small = spec.starts[1].partition(":")[2]
    name = {"small": small, "unfitted": f"x0000000000-0:{small}"}.get(name, name)
    with pytest.raises(BadInput, match=message):
        STARTS.check(replace(spec, starts=(name,)), Catalogue())
