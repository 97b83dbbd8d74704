"""What a tokenizer's file alone tells: one token or not (the loaded tokenizer is the oracle), and which texts will be cut."""

import json
from pathlib import Path

import pytest
from transformers import AutoTokenizer

from ptlib.base.errors import BadInput
from ptlib.models.positions import single_token
from ptlib.models.registry import get_backbone
from ptlib.models.spec import BackboneSpec, read_folder
from ptlib.models.words import cut_note, single_token_of, spelled
from ptlib.prompts.spec import default_settings
from ptlib.tasks.registry import get_task
from ptlib.tasks.task import MASKED_LM
from tests.fixtures import tiny_models


@pytest.mark.parametrize("kind", ["roberta", "bert"])
def test_words_that_a_model_lacks_are_named_as_its_tokenizer_splits_them(tmp_path: Path, kind: str) -> None:
    folder = tiny_models.make(tmp_path / kind, kind)
    tokenizer, found = (
        AutoTokenizer.from_pretrained(folder),
        spelled(read_folder(Path(folder)), "(good) xylophones, good xylophones!"),
    )
    ids = tokenizer(" xylophones", add_special_tokens=False)["input_ids"]
    where = found.unknown if tokenizer.unk_token_id in ids else found.split
    assert where == ("xylophones",) and not {"good", "(good)"} & {*found.unknown, *found.split}
    assert spelled(BackboneSpec(id="a/b", name="b", family=MASKED_LM, location="a/b"), "good") == type(found)()


@pytest.mark.parametrize("kind", ["roberta", "bert"])
def test_the_answer_is_that_of_the_layout(tmp_path: Path, kind: str) -> None:
    folder = tiny_models.make(tmp_path / kind, kind)
    single, tokenizer = single_token_of(read_folder(Path(folder))), AutoTokenizer.from_pretrained(folder)
    assert single is not None
    for word in ("good", " good ", "food", "xylophones", "ö", "", "<mask>", "</s>"):
        try:
            single_token(tokenizer, word, "task", "model")
            wanted = True
        except BadInput:
            wanted = False
        assert single(MASKED_LM, word) is wanted, word
    assert single(MASKED_LM, "good") and not single(MASKED_LM, "xylophones")


def test_nothing_is_asked_of_t5_or_of_a_model_that_is_not_here(cache: Path, tmp_path: Path) -> None:
    assert single_token_of(read_folder(Path(tiny_models.make(tmp_path / "t5", "t5")))) is None
    assert single_token_of(BackboneSpec(id="a/b", name="b", family=MASKED_LM, location="a/b")) is None


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> str:
    return tiny_models.make(tmp_path_factory.mktemp("models") / "t5", "t5")


def write(folder: Path, rows: list[dict]) -> str:
    (folder / "squad").mkdir(parents=True)
    (folder / "squad" / "train.jsonl").write_text("\n".join(map(json.dumps, rows)))
    return str(folder)


def test_cut_texts_and_lost_answers_are_told_before_the_launch(folder: str, tmp_path: Path) -> None:
    long = " ".join(["the food was good ."] * 60)
    rows = [
        {"question": f"what was bad {n} ?", "context": f"{long} the plot was bad ." if n % 2 else "the plot was bad .",
         "answers": {"text": ["plot"]}}
        for n in range(10)
    ]  # fmt: skip
    data, spec = write(tmp_path, rows), get_backbone(folder)
    said = cut_note(spec, "squad", data, 20, 128)
    assert "5 of 10 examples are longer than 128 tokens" in said and "5 of them lose every accepted answer" in said
    assert cut_note(spec, "squad", data, 20, 1000) == ""
    answers = [{**row, "answers": {"text": ["plot " * 40]}} for row in rows[:4]]
    assert "4 of 4 accepted answers are longer" in cut_note(spec, "squad", write(tmp_path / "long", answers), 20, 1000)
    assert cut_note(spec, "squad", str(tmp_path / "nowhere"), 20, 128) == ""


def test_a_task_of_passages_gets_the_room_it_needs(folder: str) -> None:
    spec, squad, sst2 = get_backbone(folder), get_task("squad"), get_task("sst2")
    assert default_settings(spec, (squad,)).max_tokens == default_settings(spec, (sst2, squad)).max_tokens == 384
    assert default_settings(spec, (sst2,)).max_tokens == default_settings(spec).max_tokens == 128
    demo = [get_task(name) for name in ("demo/passage_questions", "demo/notes_summary")]
    assert default_settings(spec, demo).max_tokens == 128
