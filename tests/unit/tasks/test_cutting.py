"""Cutting in tokens: both texts of a pair stay, whatever the tokenizer; what is lost is counted."""

from pathlib import Path

import pytest
from transformers import ByT5Tokenizer

from ptlib.models.load import FrozenModel, load_model
from ptlib.models.positions import lay_out
from ptlib.models.registry import get_backbone
from ptlib.tasks.cutting import Lost, answer_lost, cut_sentence, fit, prefix, shares
from ptlib.tasks.task import Example, Task
from tests.fixtures import tiny_models


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, FrozenModel]:
    folder = tmp_path_factory.mktemp("models")
    return {kind: load_model(get_backbone(tiny_models.make(folder / kind, kind))) for kind in ("t5", "roberta")}


@pytest.mark.parametrize(
    ("lengths", "budget", "kept"),
    [
        ((5, 5), 20, (5, 5)),
        ((195, 156), 120, (60, 60)),
        ((10, 300), 100, (10, 90)),
        ((300, 10), 100, (90, 10)),
        ((3, 3), 0, (0, 0)),
    ],
)
def test_the_longer_text_is_cut_first(lengths: tuple[int, int], budget: int, kept: tuple[int, int]) -> None:
    assert shares(*lengths, budget) == kept


@pytest.mark.parametrize(("first", "second"), [(195, 156), (156, 195), (400, 3), (3, 400), (90, 90)])
@pytest.mark.parametrize("kind", ["t5", "roberta"])
def test_both_texts_of_a_pair_stay(models: dict[str, FrozenModel], kind: str, first: int, second: int) -> None:
    frozen, task = models[kind], tiny_models.task()
    item = Example("1", " ".join(["good"] * first), " ".join(["bad"] * second), 0)
    (row,) = lay_out(frozen, task, [item], 4, 60)
    text = frozen.tokenizer.decode(row.ids)
    good, bad = text.count("good"), text.count("bad")
    assert good >= min(first, 20) and bad >= min(second, 20) and row.lost.tokens > 0
    if kind == "roberta":
        assert row.ids[1] == frozen.tokenizer.mask_token_id and row.ids[-1] == frozen.tokenizer.sep_token_id
    else:
        assert len(row.ids) == 60 + frozen.tokenizer.num_special_tokens_to_add(pair=True) and row.ids[-1] == 1


def test_short_texts_lose_nothing(models: dict[str, FrozenModel]) -> None:
    for frozen in models.values():
        assert all(row.lost == Lost() for row in lay_out(frozen, tiny_models.task(), tiny_models.examples(9), 4, 60))


@pytest.mark.parametrize(
    "text", ["plain words here", "слова и ещё слова", "字符和更多的字符", "كلمات كثيرة هنا", "🙂🙃 and more 🙂"]
)
def test_tokenizers_without_places_are_cut_at_a_letter(text: str) -> None:
    tokenizer = ByT5Tokenizer()
    for tokens in range(0, 40, 3):
        kept = prefix(tokenizer, text, tokens)
        assert text.startswith(kept) and len(kept.encode()) <= tokens
        assert kept == text or len(text[: len(kept) + 1].encode()) > tokens
    ids, kept, lost = fit(tokenizer, lambda a, b: tokenizer(f"a: {a} b: {b}")["input_ids"], (text * 9, text * 5), 60)
    assert len(ids) <= 60 and all(kept) and lost > 0


QA = Task(id="toy/qa", name="QA", family="own", kind="extractive_qa", t5_template="question: {text_a} context: {text_b}")


def test_lost_answers_are_counted(models: dict[str, FrozenModel]) -> None:
    context = " ".join(["the food was good ."] * 30)
    items = [
        Example("end", "what was awful ?", f"{context} the plot was awful .", targets=("plot", "the plot")),
        Example("start", "what was awful ?", f"the plot was awful . {context}", targets=("plot",)),
        Example("absent", "what was awful ?", context, targets=("screen",)),
        Example("short", "what was awful ?", "the plot was awful .", targets=("plot",)),
    ]
    rows = lay_out(models["t5"], QA, items, 4, 60)
    assert [row.lost.answer for row in rows] == [True, False, False, False]
    said = cut_sentence((row.lost for row in rows), "toy/qa, training", 60)
    assert said.startswith("toy/qa, training: 3 of 4 examples are longer than 60 tokens")
    assert "1 of them lose every accepted answer" in said
    assert not cut_sentence([Lost(), Lost()], "x", 60)
    assert not answer_lost(tiny_models.task(), items[0], ("", ""))


def test_answers_longer_than_the_model_may_say_are_counted(models: dict[str, FrozenModel]) -> None:
    task = Task(id="toy/qa", name="QA", family="own", kind="open_qa", max_target_tokens=8)
    items = [Example(str(size), "what was good ?", targets=(" ".join(["good"] * size),)) for size in (1, 7, 8, 30)]
    rows = lay_out(models["t5"], task, items, 4, 60)
    assert [len(row.target) for row in rows] == [2, 8, 8, 8] and [row.lost.target for row in rows] == [0, 0, 1, 23]
    assert all(row.target[-1] == models["t5"].tokenizer.eos_token_id for row in rows)
    said = cut_sentence((row.lost for row in rows), "toy/qa, training", 60)
    assert "2 of 4 accepted answers are longer" in said and "--max-tokens" not in said


def test_a_map_says_before_it_begins_what_is_cut(models: dict[str, FrozenModel], tmp_path: Path) -> None:
    from ptlib.base.progress import Silent
    from ptlib.prompts.spec import TuneSettings, TuneSpec
    from ptlib.prompts.tuning import TuneJob, tune
    from ptlib.tasks.data import TrainingData

    said: list[str] = []

    class Listening(Silent):
        def note(self, message: str) -> None:
            said.append(message)

    items = tuple(Example(str(n), "good " * (90 if n % 2 else 3), "", n % 2) for n in range(8))
    settings = TuneSettings(prompt_length=4, steps=1, batch_size=2, eval_every=1, max_tokens=30)
    spec = TuneSpec(models["t5"].spec.id, "toy/task0", 0, settings)
    tune(models["t5"], [TuneJob(spec, tiny_models.task(), TrainingData(items, items[:2]))], Listening())
    assert any("toy/task0, training: 4 of 8 examples are longer than 30 tokens" in message for message in said)
