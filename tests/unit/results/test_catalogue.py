"""The read-only view: frames, freshness, damage, isolation of what callers get."""

import json
from pathlib import Path

import pytest

from ptlib.base.errors import BadInput, Damaged
from ptlib.base.progress import Silent
from ptlib.prompts.spec import TuneSpec
from ptlib.results.catalogue import PROMPT_COLUMNS, SCORE_COLUMNS, Catalogue
from ptlib.results.store import Store
from ptlib.runs import execution
from tests.fixtures import fakes


def _measure(toy: str, *tasks: str, seeds: tuple[int, ...] = (0,)) -> Catalogue:
    execution.execute(fakes.transfer(toy, *tasks, seeds=seeds), Silent())
    return Catalogue()


def test_frames_have_the_promised_columns_even_when_empty(toy: str) -> None:
    empty = Catalogue()
    assert (tuple(empty.prompts().columns), tuple(empty.scores("x").columns)) == (PROMPT_COLUMNS, SCORE_COLUMNS)
    assert tuple(empty.curve("x").columns) == ("step", "loss", "validation", "seconds")
    assert empty.predictions("x", "y") is None and empty.warm_scores("x").empty
    full = _measure(toy, "alpha")
    assert tuple(full.prompts().columns) == PROMPT_COLUMNS and set(full.scores(toy)["origin"]) == {"own"}
    assert full.backbones() == [toy] and full.recipes(toy) == {fakes.SETTINGS.recipe: fakes.SETTINGS}
    assert full.main_recipe(toy) == fakes.SETTINGS.recipe
    with pytest.raises(BadInput, match="no transfer results"):
        full.main_recipe("other")


def test_the_fingerprint_changes_with_every_result_and_only_then(toy: str) -> None:
    marks = [Catalogue().fingerprint()]
    _measure(toy, "alpha")
    marks.append(Catalogue().fingerprint())
    assert Catalogue().fingerprint() == marks[-1]
    execution.execute(TuneSpec(toy, "toy/beta", 0, fakes.SETTINGS), Silent())
    marks.append(Catalogue().fingerprint())
    assert len(set(marks)) == 3
    assert len(Catalogue().prompts(toy)) == 2


def test_a_catalogue_that_is_kept_sees_new_results(toy: str) -> None:
    kept = Catalogue()
    assert kept.backbones() == []
    _measure(toy, "alpha")
    assert kept.backbones() == [toy]


def test_a_frame_that_a_caller_changes_is_the_callers_own(toy: str) -> None:
    catalogue = _measure(toy, "alpha")
    frame = catalogue.scores(toy)
    frame["score"] = 0.0
    assert catalogue.scores(toy)["score"].max() > 0
    with pytest.raises(ValueError):
        catalogue.entries(toy)[0].scores[0] = 5


def test_changed_predictions_are_listed_not_used_and_measured_again(toy: str) -> None:
    catalogue = _measure(toy, "alpha", "beta")
    row = Store().query("SELECT path FROM scores WHERE source = 'toy/alpha' AND target = 'toy/beta'")[0]
    path = Store().root / row["path"]
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    damaged = catalogue.damaged()
    assert [(item.kind, item.target) for item in damaged] == [("predictions", "toy/beta")]
    assert Catalogue().predictions(damaged[0].prompt_id, "toy/beta") is None
    assert len(Catalogue().scores(toy).query("source == 'toy/alpha' and target == 'toy/beta'")) == 0
    fakes.CALLS.clear()
    _measure(toy, "alpha", "beta")
    assert fakes.CALLS == ["evaluate 1 on toy/beta"] and Catalogue().damaged() == []


def test_a_changed_prompt_raises_when_its_values_are_asked_for(toy: str) -> None:
    catalogue = _measure(toy, "alpha")
    name = catalogue.prompts(toy)["prompt_id"][0]
    (Store().prompt_folder(name) / "prompt.json").write_text("{}")
    with pytest.raises(Damaged, match="fail their checksum"):
        catalogue.values(name)
    assert [item.kind for item in catalogue.damaged()] == ["prompt"]
    with pytest.raises(BadInput, match="No prompt 'nothing'"):
        catalogue.values("nothing")


def test_a_foreign_folder_among_the_prompts_is_listed_and_ignored(toy: str) -> None:
    catalogue = _measure(toy, "alpha")
    (Store().root / "prompts" / "from-elsewhere").mkdir()
    assert [(item.kind, item.name) for item in catalogue.damaged()] == [("foreign", "from-elsewhere")]
    assert len(catalogue.prompts()) == 1


def test_examples_come_in_the_order_of_the_file(cache: Path) -> None:
    folder = cache.parent / "demo" / "tasks" / "films"
    folder.mkdir(parents=True)
    (folder / "evaluation.jsonl").write_text(
        '{"id": "b", "text_a": "good", "text_b": "", "label": 1}\n{"id": "a", "text_a": "bad", "text_b": "", "label": 0}\n'
    )
    frame = Catalogue().examples("demo/films")
    assert frame["id"].tolist() == ["b", "a"] and tuple(frame.columns) == ("id", "text_a", "text_b", "label", "targets")


def test_local_data_make_a_recipe_of_their_own(toy: str, tmp_path: Path) -> None:
    (tmp_path / "data" / "toy" / "alpha").mkdir(parents=True)
    row = {"id": "a", "text_a": "text", "label": 1}
    (tmp_path / "data" / "toy" / "alpha" / "validation.jsonl").write_text(json.dumps(row))
    _measure(toy, "alpha")
    execution.execute(fakes.transfer(toy, "alpha", seeds=(0,), data=str(tmp_path / "data")), Silent())
    counts = Catalogue().scores(toy)["recipe"].value_counts()
    assert len(counts) == 2 and all(recipe.startswith(fakes.SETTINGS.recipe) for recipe in counts.index)
