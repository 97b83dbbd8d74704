"""What a config says of a model: read without loading it, and refused when it is of neither family."""

import json
from pathlib import Path

import pytest
from transformers import AutoConfig

from ptlib.base.errors import BadInput
from ptlib.models.spec import BackboneSpec, read_folder, weights_bytes
from ptlib.tasks.task import MASKED_LM, T5
from tests.fixtures import tiny_models


@pytest.mark.parametrize(("kind", "family"), [("roberta", MASKED_LM), ("bert", MASKED_LM), ("distilbert", MASKED_LM), ("t5", T5)])
def test_sizes_are_those_that_transformers_reads(tmp_path: Path, kind: str, family: str) -> None:
    folder = Path(tiny_models.make(tmp_path / kind, kind))
    spec, config = read_folder(folder), AutoConfig.from_pretrained(folder)
    assert (spec.family, spec.source, spec.name, spec.id) == (family, "folder", kind, str(folder))
    assert (spec.width, spec.layers) == (config.hidden_size, config.num_hidden_layers)
    room = None if family == T5 else config.max_position_embeddings - (2 if kind == "roberta" else 0)
    assert spec.max_positions == room and spec.ffn == 32


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "No usable config.json"),
        ('{"model_type": "gpt2"}', "'gpt2', which is neither"),
        ("{}", "'unknown'"),
        ("version https://git-lfs.github.com/spec/v1\n", "is a git-lfs pointer"),
        ('{"model_type": "roberta", "num_attention_heads": 0}', "num_attention_heads: 0, which is no size"),
        ('{"model_type": "bert", "hidden_size": 0}', "hidden_size: 0, which is no size"),
        ('{"model_type": "bert", "num_hidden_layers": 1001}', "num_hidden_layers: 1001, which is no size"),
        ('{"model_type": "t5", "num_decoder_layers": 0}', "num_decoder_layers: 0, which is no size"),
        ('{"model_type": "t5", "num_layers": 100000}', "num_layers: 100000, which is no size"),
        ('{"model_type": "t5", "vocab_size": "many"}', "vocab_size: many, which is no size"),
    ],
)
def test_a_config_that_is_none_or_of_neither_family_is_refused(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "config.json").write_text(text)
    with pytest.raises(BadInput, match=words):
        read_folder(tmp_path)


def test_a_prompt_must_leave_room_for_the_text() -> None:
    spec = BackboneSpec(id="m", name="M", family=MASKED_LM, location="m", max_positions=80)
    spec.check_room(72)
    BackboneSpec(id="t", name="T", family=T5, location="t").check_room(10_000)
    with pytest.raises(BadInput, match=r"73 soft tokens does not fit 'm', which has 80 positions .* at most 72"):
        spec.check_room(73)
    with pytest.raises(BadInput, match=r"which has 6 positions .* Use another model"):
        BackboneSpec(id="m", name="M", family=MASKED_LM, location="m", max_positions=6).check_room(1)


def test_the_size_of_weights_is_counted_or_read_from_the_files(tmp_path: Path) -> None:
    known = BackboneSpec(id="m", name="M", family=T5, location=str(tmp_path), parameters=1000)
    assert weights_bytes(known) == 4000 and weights_bytes(known, "bf16") == 2000
    (tmp_path / "model.safetensors").write_bytes(bytes(300))
    (tmp_path / "more.bin").write_bytes(bytes(50))
    (tmp_path / "config.json").write_text(json.dumps({}))
    assert weights_bytes(BackboneSpec(id="m", name="M", family=T5, location=str(tmp_path))) == 350
