"""A projection as a run on the demo: refused before it loads, stored fold by fold, resumed, read back."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ptlib.base.errors import BadInput, Cancelled, Damaged
from ptlib.base.progress import Silent
from ptlib.projection.carry import projector_of
from ptlib.projection.run import check, missing, units
from ptlib.projection.spec import ProjectSpec, fold_id, recipe
from ptlib.projection.stored import examples, folds, listing, load
from ptlib.projection.table import read
from ptlib.results import artefacts
from ptlib.results.catalogue import Catalogue
from ptlib.results.store import Store
from tests.unit.projection.conftest import SMALL, WIDE, Maker, Worker

TASK = "demo/film_snippet"
SPEC = recipe(SMALL, WIDE, (TASK,), steps=2, batch_size=4, seeds=(0, 1), columns=(TASK, "demo/laptop_aspect"), limit=6)
QUICK = ProjectSpec(SMALL, WIDE, "relative", seeds=(0, 1), columns=(TASK,), limit=2)


class StopWhenMeasuring(Silent):
    """Asks to stop while the second fold measures."""

    stop = False

    def phase(self, name: str, done: int, total: int) -> None:
        self.stop |= name == "Measuring" and done > total // 2

    def check(self) -> None:
        if self.stop:
            raise Cancelled("stopped")


def test_a_run_is_stored_fold_by_fold_and_goes_on(run_folds: Worker) -> None:
    with pytest.raises(Cancelled):
        run_folds(SPEC, progress=StopWhenMeasuring())
    catalogue = Catalogue()
    assert missing(SPEC, catalogue) == (1,) and SPEC not in listing(catalogue)
    assert set(folds(SPEC, catalogue, artefacts.PROJECTOR)) == {0, 1}  # fitted, not measured: taken as it is
    partly = load(SPEC, catalogue)
    assert partly is not None and not partly.is_complete
    run_folds(SPEC)
    assert missing(SPEC, Catalogue()) == () and SPEC in listing(Catalogue(), SMALL, WIDE)
    assert SPEC not in listing(Catalogue(), WIDE)
    assert not list(Store().checkpoint_path("x").parent.glob("*.ckpt"))


def test_what_was_stored_reads_back(run_folds: Worker) -> None:
    run_folds(SPEC)
    catalogue = Catalogue()
    whole = load(SPEC, catalogue)
    assert whole is not None and whole.is_complete and whole.origin == "own"
    groups = {group for group, _, _ in whole.matrix.cells}
    assert groups >= {"task", "random", "random_tuned_norm", "shuffled", "random_projector", "vocabulary", "relative", "anchors",
                      "own", "untrained"}  # fmt: skip
    assert set(whole.matrix.targets) == set(SPEC.columns)
    assert whole.told[0]["scale"] > 0 and whole.told[0]["steps"] == 2
    assert read(whole.matrix, [TASK]).own.value is not None
    frame = examples(whole, catalogue, "task", TASK, TASK, seed=0)
    assert frame is not None and len(frame) == 6
    assert ((frame["gold"] == frame["predicted"]) == frame["right"]).all()
    cell = whole.matrix.get("task", TASK, TASK)
    assert cell is not None and cell.scores[0].mean() == pytest.approx(frame["right"].mean())
    assert examples(whole, catalogue, "task", TASK, "demo/fairness", seed=0) is None


def test_the_stored_own_row_is_the_catalogues_own_on_the_same_examples(run_folds: Worker) -> None:
    run_folds(QUICK)
    whole = load(QUICK, Catalogue())
    assert whole is not None
    own = whole.matrix.get("own", TASK, TASK)
    frame = Catalogue().predictions(next(row.id for row in Catalogue().prompt_rows(WIDE)
                                         if (row.task, row.seed, row.init) == (TASK, 0, "vocab")), TASK)  # fmt: skip
    ids = examples(whole, Catalogue(), "task", TASK, TASK, seed=0)
    assert own is not None and frame is not None and ids is not None
    wanted = frame.set_index("example_id")["score"].loc[ids["id"]].to_numpy()
    assert np.array_equal(own.scores[0], wanted)


def test_a_stored_projector_applies_as_fitted_and_damage_is_noticed(run_folds: Worker) -> None:
    run_folds(QUICK, (0,))
    projector = projector_of(QUICK, 0, Catalogue())
    assert projector.info.id == fold_id(QUICK, 0) and projector.apply(np.zeros((20, 128), np.float32)).shape == (20, 192)
    with pytest.raises(BadInput, match="is not stored"):
        projector_of(QUICK, 1, Catalogue())
    with pytest.raises(BadInput, match="Unknown held-out seed"):
        projector_of(QUICK, 7, Catalogue())
    path = folds(QUICK, Catalogue(), artefacts.PROJECTOR)[0].path
    path.write_bytes(b"no projector")
    assert 0 not in folds(QUICK, Catalogue(), artefacts.PROJECTOR)
    folds(QUICK, Catalogue())[0].path.write_bytes(b"no matrix")
    assert missing(QUICK, Catalogue()) == QUICK.seeds


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"tasks": ("demo/passage_questions",)}, "not common to both models"),
        ({"tasks": ("demo/film_snipet",)}, "Did you mean 'demo/film_snippet'"),
        ({"columns": ("demo/fact_questions",)}, "not common to both models"),
        ({"seeds": (0, 9)}, "no task in common"),
        ({"target": "demo/roberta-wider"}, "Unknown backbone"),
        ({"method": "distance"}, "There is 1 pair"),
    ],
)
def test_what_cannot_run_is_refused_before_anything_is_loaded(make_job: Maker, wrong: dict[str, object], message: str) -> None:
    with pytest.raises(BadInput, match=message):
        check(replace(SPEC, **wrong), Catalogue())


def test_a_model_without_prompts_is_refused(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from ptlib.base import paths

    monkeypatch.setenv("PTLIB_DEMO", str(paths.DEMO))
    (cache.parent / "empty").mkdir()
    monkeypatch.setenv("PTLIB_DEMO", str(cache.parent / "empty"))
    with pytest.raises(BadInput, match=r"weights of 'demo/roberta-small' are not in|no prompts of"):
        check(SPEC, Catalogue())


def test_the_estimate_counts_what_is_missing() -> None:
    assert units(SPEC, (0, 1), 2) == (16.0, 2 * 2 * 13 * 6)
    assert units(replace(SPEC, method="relative"), (0,), 2)[0] == 0.0


def test_a_damaged_matrix_is_not_used(run_folds: Worker) -> None:
    run_folds(QUICK, (0,))
    item = folds(QUICK, Catalogue())[0]
    item.path.write_bytes(item.path.read_bytes()[:-4])
    with pytest.raises(Damaged):
        item.read()
    assert load(QUICK, Catalogue()) is None
