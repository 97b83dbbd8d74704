"""What the warm predictor takes for a question, keeps in memory and reads again; the real process: test_ask."""

from collections import OrderedDict
from dataclasses import replace
from types import SimpleNamespace

import pytest

from ptlib.base.errors import BadInput
from ptlib.base.progress import Silent
from ptlib.models.spec import BackboneSpec
from ptlib.prompts.spec import TuneSpec
from ptlib.runs import execution, predictor
from ptlib.tasks.task import Task
from ptlib.transfer.spec import TransferSpec
from tests.fixtures import fakes
from tests.fixtures.fakes import ids

QUESTION = {"backbone": "x", "prompts": ["p"], "task": "toy/alpha", "text_a": "good", "text_b": ""}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"prompts": "p"}, "This is no question"),
        ({"text_b": None}, "This is no question"),
        ({"prompts": []}, "1 to 32 prompts"),
        ({"prompts": ["p"] * 33}, "1 to 32 prompts"),
        ({"prompts": [3]}, "1 to 32 prompts"),
        ({"text_a": " \n"}, "The text is empty"),
        ({"text_a": "\u200b", "text_b": "\ufeff"}, "The text is empty"),
        ({"text_a": "a" * 10_001, "text_b": "b" * 10_000}, "20,001 characters"),
    ],
)
def test_what_is_no_question_is_refused_before_anything_is_loaded(cache, change: dict[str, object], told: str) -> None:
    with pytest.raises(BadInput, match=told):
        predictor.Predictor().answer(QUESTION | change)


@pytest.mark.parametrize("count", [True, "3", None])
def test_a_question_without_text_needs_a_number_of_words(cache, count: object) -> None:
    with pytest.raises(BadInput, match="a number of words"):
        predictor.Predictor().alone({"backbone": "x", "alone": "p", "count": count})


@pytest.mark.parametrize(("texts", "which"), [(("a", " "), "second"), (("", "b"), "first")])
def test_a_task_of_two_texts_is_asked_with_both(texts: tuple[str, str], which: str) -> None:
    task = Task(id="t", name="Pairs", family="own", labels=("a", "b"), t5_template="{text_a} and {text_b}")
    with pytest.raises(BadInput, match=f"'Pairs' reads two texts, but the {which} is empty"):
        predictor._check_pair(task, *texts)
    predictor._check_pair(task, "a", "b")
    predictor._check_pair(replace(task, t5_template="{text_a}"), "a", "")


def test_what_was_not_used_for_longest_makes_room() -> None:
    kept, made = OrderedDict[str, str](), []

    def get(name: str) -> str:
        return predictor._kept(kept, name, 2, lambda: made.append(name) or name.upper())

    assert [get(name) for name in ("a", "b", "a", "c", "a", "b")] == ["A", "B", "A", "C", "A", "B"]
    assert made == ["a", "b", "c", "b"] and list(kept) == ["a", "b"]


@pytest.fixture
def asked(space: TransferSpec, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the prompts that were read, with stand-ins for the model and the evaluation."""
    spec, read = BackboneSpec(id=space.backbone, name="toy", family="mlm", location="x", source="folder", width=fakes.D), []
    look_up = predictor.found

    def noted(name, catalogue):
        read.append(name)
        return look_up(name, catalogue)

    monkeypatch.setattr(predictor, "found", noted)
    monkeypatch.setattr(predictor, "load_model", lambda found: SimpleNamespace(spec=spec))
    monkeypatch.setattr(
        predictor, "evaluate", lambda frozen, prompts, task, examples, progress: [fakes._predict(prompts[0], task, examples)]
    )
    return read


def test_prompts_are_kept_until_any_result_changes(asked: list[str], space: TransferSpec) -> None:
    warm, question = predictor.Predictor(), QUESTION | {"backbone": space.backbone, "prompts": list(ids(space)[:1])}
    first = warm.answer(question)
    assert warm.answer(question) == first and asked == list(ids(space)[:1])
    assert len(first[0]) == 2 and sum(first[0]) == pytest.approx(1)
    execution.execute(TuneSpec(space.backbone, "toy/alpha", 7, fakes.SETTINGS), Silent())
    assert warm.answer(question) == first and asked == list(ids(space)[:1]) * 2


def test_a_task_that_the_model_cannot_run_is_refused(
    asked: list[str], space: TransferSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = BackboneSpec(id=space.backbone, name="toy", family="t5", location="x")
    monkeypatch.setattr(predictor, "load_model", lambda found: SimpleNamespace(spec=spec))
    with pytest.raises(BadInput, match="Choose a T5 model"):
        predictor.Predictor().answer(QUESTION | {"backbone": space.backbone})
    assert not asked
