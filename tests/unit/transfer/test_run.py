"""A piece of the map on its way: what is computed, what is reused, what is written."""

from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from ptlib.base.errors import BadInput, RunFailed
from ptlib.base.progress import Share, Silent
from ptlib.prompts.spec import TuneSpec
from ptlib.results.catalogue import Catalogue
from ptlib.results.store import Store
from ptlib.runs import execution
from ptlib.runs.kinds import left_of
from ptlib.tasks import registry
from ptlib.transfer import plan, run
from ptlib.transfer.matrix import build_matrix
from tests.fixtures import fakes


def test_a_map_is_tuned_evaluated_and_found_again(toy: str) -> None:
    spec = fakes.transfer(toy, "alpha", "beta")
    execution.execute(spec, Silent())
    catalogue = Catalogue()
    assert len(catalogue.prompts(toy)) == 4
    assert len(catalogue.scores(toy)) == 2 * (2 * 2 + 2 + 2 + 1)  # targets x (tuned + untrained + uniform + hand-written)
    assert not left_of(spec)
    fakes.CALLS.clear()
    assert not execution.execute(spec, Silent())
    assert fakes.CALLS == []


def test_only_the_new_seed_and_the_new_task_are_computed(toy: str) -> None:
    execution.execute(fakes.transfer(toy, "alpha", "beta", seeds=(0,)), Silent())
    fakes.CALLS.clear()
    execution.execute(fakes.transfer(toy, "alpha", "beta", seeds=(0, 1)), Silent())
    # the new seeds' prompts in the company that they would have in an empty store: the same bits, whatever was there
    assert fakes.CALLS == [
        "tune toy/alpha toy/alpha toy/beta toy/beta from 0",
        "evaluate 4 on toy/alpha",
        "evaluate 4 on toy/beta",
    ]
    assert len(Catalogue().prompts(toy)) == 4
    matrix = build_matrix(Catalogue(), toy)
    assert matrix.get("toy/alpha", "toy/beta").n_seeds == 2
    assert matrix.get("hand_written", "toy/beta").n_seeds == 1


def test_predictions_and_prompts_come_back_as_written(toy: str) -> None:
    execution.execute(fakes.transfer(toy, "alpha", seeds=(3,)), Silent())
    catalogue = Catalogue()
    prompt_id = catalogue.prompts(toy)["prompt_id"][0]
    frame = catalogue.predictions(prompt_id, "toy/alpha")
    score = catalogue.scores(toy).query("source == 'toy/alpha'")["score"].item()
    assert frame["score"].mean() == pytest.approx(score)
    assert list(frame.columns) == ["example_id", "gold", "predicted", "score", "margin", "log_prob_0", "log_prob_1"]
    values = catalogue.values(prompt_id)
    assert values.shape == (fakes.P, fakes.D) and (values == 3).all()
    with pytest.raises(ValueError):
        values[0, 0] = 1.0


def test_warm_started_prompts_stay_out_of_the_map(toy: str) -> None:
    execution.execute(fakes.transfer(toy, "alpha", "beta", seeds=(0,), warm_start=True), Silent())
    catalogue = Catalogue()
    assert len(catalogue.prompts(toy)) == 4
    assert catalogue.scores(toy)["recipe"].nunique() == 1
    warm = catalogue.warm_scores(toy)
    assert sorted(zip(warm["source"], warm["target"], strict=True)) == [("toy/alpha", "toy/beta"), ("toy/beta", "toy/alpha")]


def test_a_limited_run_is_kept_apart_from_the_whole_split(toy: str) -> None:
    execution.execute(fakes.transfer(toy, "alpha", seeds=(0,), limit=10), Silent())
    execution.execute(fakes.transfer(toy, "alpha", seeds=(0,)), Silent())
    catalogue = Catalogue()
    assert {cell.n_examples for cell in build_matrix(catalogue, toy).cells} == {fakes.N}
    assert {cell.n_examples for cell in build_matrix(catalogue, toy, limit=10).cells} == {10}


def test_a_failing_stack_keeps_what_was_saved_before(toy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan, "STACK", 1)
    with pytest.raises(RunFailed, match="not finite"):
        execution.execute(fakes.transfer(toy, "alpha", "bad", seeds=(0,)), Silent())
    assert list(Catalogue().prompts(toy)["task"]) == ["toy/alpha"]


def test_a_start_prompt_of_another_shape_is_refused_with_both_shapes(toy: str) -> None:
    base = TuneSpec(toy, "toy/alpha", 0, fakes.SETTINGS)
    execution.execute(base, Silent())
    longer = replace(fakes.SETTINGS, prompt_length=9, init=f"prompt:{base.id}")
    with pytest.raises(BadInput, match=r"\[3, 4\].*\[9, 4\]"):
        execution.execute(TuneSpec(toy, "toy/beta", 0, longer), Silent())


def test_a_damaged_prompt_is_made_anew(toy: str) -> None:
    spec = TuneSpec(toy, "toy/alpha", 0, fakes.SETTINGS)
    execution.execute(spec, Silent())
    path = Store().prompt_folder(spec.id) / "adapter_model.safetensors"
    path.write_bytes(path.read_bytes()[:-4] + b"\x00\x00\x80\x3f")
    assert len(Catalogue().prompts(toy)) == 0
    execution.execute(spec, Silent())
    assert len(Catalogue().prompts(toy)) == 1 and Catalogue().damaged() == []
    assert np.all(Catalogue().values(spec.id) == 0)


def test_progress_of_a_part_never_runs_backwards() -> None:
    seen = []

    class Watch(Silent):
        def phase(self, name: str, done: int, total: int) -> None:
            seen.append((name, done, total))

    share = Share(Watch(), "Tuning", 10, 10, 40)
    share.phase("validation", 1, 2)
    share.phase("steps", 1, 10)
    share.phase("steps", 10, 10)
    assert seen == [("Tuning", 15, 40), ("Tuning", 15, 40), ("Tuning", 20, 40)]


def stored(store: Store) -> tuple[list[tuple], dict[str, bytes]]:
    """Score rows without what differs by time, and all files of predictions."""
    rows = store.query("SELECT prompt_id, target, limited, n, score, sha256, examples, vector FROM scores ORDER BY 1, 2, 3")
    folder = store.root / "predictions"
    return list(map(tuple, rows)), {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*.parquet")}


def test_a_first_look_fills_the_map_early_and_leaves_the_same_bytes(
    toy: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    spec = fakes.transfer(toy, "alpha", "beta", seeds=(0,))
    execution.execute(spec, Silent(), store=Store(tmp_path / "plain"))
    monkeypatch.setattr(run, "WORTH_S", 0.0)

    class Killed(fakes.Work):
        def evaluate(self, model, prompts, task, examples, progress, *, first=False, known=()):
            if task.id == "toy/beta" and not first:
                raise RunFailed("killed")
            return super().evaluate(model, prompts, task, examples, progress, first=first, known=known)

    fakes.CALLS.clear()
    with pytest.raises(RunFailed):
        execution.execute(spec, Silent(), make=Killed)
    assert fakes.CALLS[1:] == ["look at 5 on toy/alpha", "look at 5 on toy/beta", "evaluate 5 on toy/alpha, 40 known"]
    assert run.so_far(spec.id) == run.SoFar(5, 5, 8, 8) and run.so_far("t0") == run.SoFar(0, 0, 0, 0)
    catalogue = Catalogue()
    cells = {(cell.source, cell.target): cell for cell in build_matrix(catalogue, toy).cells}
    assert (cells["toy/alpha", "toy/beta"].n_examples, cells["toy/alpha", "toy/beta"].planned) == (8, 40)
    assert (cells["toy/beta", "toy/alpha"].n_examples, cells["toy/beta", "toy/alpha"].planned) == (40, 0)
    assert len(catalogue.scores(toy)) == 5 and len(left_of(spec).cells) == 5, "a look counts as nothing but a look"
    assert "5 cells rest on a first look: 8 of 40 examples" in build_matrix(catalogue, toy).lint()[0]
    fakes.CALLS.clear()
    execution.execute(spec, Silent())
    assert fakes.CALLS == ["evaluate 5 on toy/beta, 40 known"], "what was looked at is not looked at again"
    assert stored(Store()) == stored(Store(tmp_path / "plain"))


def test_a_run_stops_at_looks_that_are_narrow_enough_and_says_so(toy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    predict = fakes._predict

    def told(prompt, task, examples):  # 8 of 8 right at home, 6 of 8 elsewhere
        right = np.array([prompt.info.task == task.id or place % 4 < 3 for place in range(len(examples))], np.float32)
        return replace(predict(prompt, task, examples), score=right)

    monkeypatch.setattr(fakes, "_predict", told)
    spec = fakes.transfer(toy, "alpha", "beta", seeds=(0,), within=42.5)
    assert spec.id != replace(spec, within=None).id == fakes.transfer(toy, "alpha", "beta", seeds=(0,)).id
    notes: list[str] = []
    progress, some = Silent(), plan.Plan(cells=left_of(spec).cells[:3])
    progress.note = notes.append
    work = fakes.Work(progress, "cpu", Store(), Catalogue())
    assert run._unsettled(spec, some, work).cells == some.cells, "a part of a run on several machines stays that part"
    execution.execute(spec, progress)
    found = run.so_far(spec.id)
    assert (found.looked, found.whole) == (2, 8) and not left_of(spec)
    assert any(note.startswith(f"{found.looked} of 10 results stop at the first look") for note in notes)
    catalogue = Catalogue()
    assert len(catalogue.scores(toy)) == found.whole, "what stopped is no whole cell"
    for cell in build_matrix(catalogue, toy).cells:
        assert not cell.planned or max(cell.score - cell.low, cell.high - cell.score) <= 0.425
    execution.execute(replace(spec, within=None), Silent())
    assert run.so_far(spec.id).looked == 0 and not any(cell.planned for cell in build_matrix(Catalogue(), toy).cells)


def test_a_look_that_was_damaged_or_is_of_other_examples_is_not_used(toy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "WORTH_S", 0.0)
    monkeypatch.setattr(run, "save_predictions", partial(only_looks, run.save_predictions))
    spec = fakes.transfer(toy, "alpha", "beta", seeds=(0,))
    execution.execute(spec, Silent())
    cell = left_of(spec).cells[0]
    examples = run.examples_of(registry.resolve_task(cell.target), None, None, Silent())
    assert sorted(run.looked_at(Store(), cell, None, examples)) == list(range(3, 40, 5))
    assert run.looked_at(Store(), cell, None, examples[::-1]) == {}
    Store().predictions_path(cell.prompt_id, cell.target, look=True).write_bytes(b"other")
    assert run.looked_at(Store(), cell, None, examples) == {}


def only_looks(save, store, spec, cell, predictions, examples=()):
    """Let the whole cells be lost."""
    if predictions.places is not None:
        save(store, spec, cell, predictions, examples)
