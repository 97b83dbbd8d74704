"""Loading: frozen, whole, and refused in words when files do not belong together."""

import json
import shutil
from pathlib import Path

import pytest
import torch
from transformers import AutoConfig, AutoModelForMaskedLM, AutoTokenizer

from ptlib.base.errors import BadInput
from ptlib.models.load import DTYPES, bf16_seconds, check_format, hold, load_model, resolve_device
from ptlib.models.registry import get_backbone
from tests.fixtures import tiny_models


def test_a_backbone_without_its_head_is_refused(tmp_path: Path) -> None:
    whole = tiny_models.make(tmp_path / "whole", "roberta")
    AutoModelForMaskedLM.from_pretrained(whole).roberta.save_pretrained(tmp_path / "headless")
    AutoTokenizer.from_pretrained(whole).save_pretrained(tmp_path / "headless")
    with pytest.raises(BadInput, match=r"lacks the weights lm_head\..*without its masked-LM head"):
        load_model(get_backbone(str(tmp_path / "headless")))


def test_a_backbone_that_is_broken_or_has_no_mask_is_refused(tmp_path: Path) -> None:
    whole = Path(tiny_models.make(tmp_path / "whole", "roberta"))
    broken = Path(shutil.copytree(whole, tmp_path / "broken"))
    (broken / "model.safetensors").write_bytes(b"not a model")
    with pytest.raises(BadInput, match="cut off or damaged"):
        load_model(get_backbone(str(broken)))
    other = Path(shutil.copytree(whole, tmp_path / "other"))
    shutil.copy(Path(tiny_models.make(tmp_path / "t5", "t5")) / "tokenizer.json", other / "tokenizer.json")
    shutil.copy(tmp_path / "t5" / "tokenizer_config.json", other / "tokenizer_config.json")
    with pytest.raises(BadInput, match="has no mask token"):
        load_model(get_backbone(str(other)))


@pytest.mark.parametrize(
    ("kind", "change", "words"),
    [
        ("roberta", {"num_hidden_layers": 1}, r"holds weights beyond the layers .*\(roberta\.encoder\.layer\.1\."),
        ("roberta", {"num_hidden_layers": 3}, r"lacks weights of the layers .*\(roberta\.encoder\.layer\.2\."),
        ("t5", {"num_decoder_layers": 1}, r"holds weights beyond the layers .*\(decoder\.block\.1\."),
        ("t5", {"decoder_start_token_id": None}, "names no decoder_start_token_id"),
        ("roberta", {"pad_token_id": 99_999}, "cannot be loaded"),
        ("roberta", {"hidden_act": "nope"}, "cannot be loaded"),
    ],
)
def test_weights_and_configuration_must_belong_together(tmp_path: Path, kind: str, change: dict, words: str) -> None:
    folder = Path(tiny_models.make(tmp_path / kind, kind))
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | change))
    with pytest.raises(BadInput, match=words):
        load_model(get_backbone(str(folder)))


def test_a_loaded_model_is_frozen_and_described_whole(tmp_path: Path) -> None:
    frozen = load_model(get_backbone(tiny_models.make(tmp_path / "m", "roberta")))
    weights = list(frozen.model.parameters())
    assert not any(weight.requires_grad for weight in weights) and not frozen.model.training
    assert frozen.spec.parameters == sum(weight.numel() for weight in weights)
    assert frozen.dtype == torch.float32 and frozen.device == torch.device("cpu") and frozen.is_masked_lm


def test_the_last_backbone_is_held_and_gives_way_to_another(tmp_path: Path) -> None:
    first, second = (get_backbone(tiny_models.make(tmp_path / kind, kind)) for kind in ("bert", "roberta"))
    held = hold(first, "cpu", "fp32")
    assert hold(first, "cpu", "fp32") is held
    assert hold(second, "cpu", "fp32") is not held and hold(first, "cpu", "fp32") is not held


def test_the_device_is_the_named_one_or_what_there_is() -> None:
    assert resolve_device("cuda:3") == "cuda:3" and resolve_device("auto") == ("cuda" if torch.cuda.is_available() else "cpu")


@pytest.mark.parametrize("kind", ["roberta", "t5"])
def test_weights_stored_as_fp16_are_never_computed_in_fp16(tmp_path: Path, kind: str) -> None:
    folder = tiny_models.make(tmp_path / kind, kind)
    load_model(get_backbone(folder)).model.half().save_pretrained(folder)
    assert AutoConfig.from_pretrained(folder).dtype == torch.float16  # what a plain `from_pretrained` would compute in
    for dtype, expected in DTYPES.items():
        model = load_model(get_backbone(folder), dtype=dtype).model
        numbers = [values.dtype for values in (*model.parameters(), *model.buffers()) if values.is_floating_point()]
        assert torch.float16 not in numbers and expected in numbers


def test_bf16_is_refused_where_the_processor_emulates_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = get_backbone(tiny_models.make(tmp_path / "m", "roberta"))
    monkeypatch.setattr("ptlib.models.load.bf16_seconds", lambda: 5.3)
    with pytest.raises(BadInput, match=r"has no bf16: a product takes 5\.3 times as long"):
        hold(spec, "cpu", "bf16")
    check_format("cuda", "bf16")
    check_format("cpu", "fp32")
    monkeypatch.setattr("ptlib.models.load.bf16_seconds", lambda: 0.3)
    assert hold(spec, "cpu", "bf16").dtype == torch.bfloat16


def test_how_long_bf16_takes_is_measured() -> None:
    assert 0 < bf16_seconds() < 1000
