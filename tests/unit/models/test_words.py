"""Whether a word is one token, asked of the tokenizer file alone; the loaded tokenizer is the oracle."""

from pathlib import Path

import pytest
from transformers import AutoTokenizer

from ptlib.base.errors import BadInput
from ptlib.models.layout import single_token
from ptlib.models.spec import BackboneSpec, read_folder
from ptlib.models.words import single_token_of
from ptlib.tasks.task import MASKED_LM
from tests.fixtures import tiny_models


@pytest.mark.parametrize("kind", ["roberta", "bert"])
def test_the_answer_is_that_of_the_layout(tmp_path: Path, kind: str) -> None:
    folder = tiny_models.make(tmp_path / kind, kind)
    single, tokenizer = single_token_of(read_folder(Path(folder))), AutoTokenizer.from_pretrained(folder)
    assert single is not None
    for word in ("good", " good ", "food", "xylophones", "ö", ""):
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
