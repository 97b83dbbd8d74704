"""Prompts given by hand: measured with what is handed in, and nothing is made before all checks are over."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from ptlib.base.errors import BadInput
from ptlib.base.progress import Silent
from ptlib.models.registry import get_backbone
from ptlib.prompts.spec import TuneSpec
from ptlib.results.catalogue import Catalogue
from ptlib.results.store import Store
from ptlib.runs import execution
from ptlib.tasks.registry import get_task
from ptlib.transfer.given import evaluate_prompt, measure
from tests.fixtures import fakes


def _work() -> fakes.Work:
    return fakes.Work(Silent(), "cpu", Store(), Catalogue())


def _never() -> fakes.Work:
    raise AssertionError("nothing speaks for making this")


@pytest.fixture
def prompt(toy: str) -> str:
    spec = TuneSpec(toy, "toy/alpha", 2, fakes.SETTINGS)
    execution.execute(spec, Silent())
    return spec.id


def test_a_prompt_is_scored_on_another_task(prompt: str) -> None:
    found = evaluate_prompt(prompt, get_task("toy/beta"), _work, limit=20)
    assert len(found.score) == 20 and found.prompt_id == prompt


def test_a_prompt_in_front_of_another_model_is_said(prompt: str, tmp_path: Path) -> None:
    said, work = list[str](), _work()
    work.progress = SimpleNamespace(phase=lambda *_: None, note=said.append, check=lambda: None)
    other = get_backbone(fakes.backbone_folder(tmp_path / "other-model"))
    evaluate_prompt(prompt, get_task("toy/beta"), lambda: work, backbone=other, limit=5)
    assert len(said) == 1 and "was tuned on" in said[0] and "other-model" in said[0]
    evaluate_prompt(prompt, get_task("toy/beta"), lambda: work, limit=5)
    assert len(said) == 1


def test_reference_rows_stand_beside_and_the_store_is_left_alone(prompt: str, toy: str) -> None:
    before = Catalogue().fingerprint()
    rows = measure(get_backbone(toy), [prompt], (get_task("toy/alpha"),), _work)
    assert [row["source"] for row in rows] == ["toy/alpha", "untrained", "untrained_uniform", "hand_written"]
    assert {row["seed"] for row in rows} == {0, 2} and Catalogue().fingerprint() == before


def test_a_prompt_of_another_width_or_an_unknown_one_is_refused_before_anything_is_loaded(prompt: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="No prompt 'p123'"):
        evaluate_prompt("p123", get_task("toy/beta"), _never)
    wide = fakes.backbone_folder(tmp_path / "wide")
    (Path(wide) / "config.json").write_text('{"model_type": "roberta", "hidden_size": 8, "max_position_embeddings": 66}')
    with pytest.raises(BadInput):
        evaluate_prompt(prompt, get_task("toy/beta"), _never, backbone=get_backbone(wide))
