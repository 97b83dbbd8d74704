"""Loading: frozen, whole, and refused in words when files do not belong together."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoConfig, AutoModelForMaskedLM, AutoTokenizer

from ptlib.base.errors import BadInput
from ptlib.models.load import DTYPES, bf16_seconds, check_format, hold, load_model, resolve_device
from ptlib.models.positions import lay_out
from ptlib.models.registry import get_backbone
from ptlib.models.t5 import generate
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


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    root = tmp_path_factory.mktemp("sound")
    return {kind: tiny_models.make(root / kind, kind) for kind in ("roberta", "bert", "t5")}


def settings(name: str, **change: object) -> Callable[[Path], None]:
    def do(folder: Path) -> None:
        told = json.loads((folder / name).read_text()) if (folder / name).exists() else {}
        (folder / name).write_text(json.dumps(told | change))

    return do


def weights(name: str, value: Callable[[torch.Tensor], torch.Tensor], part: str = "layer") -> Callable[[Path], None]:
    """Put something in a layer in place of `part`, named so and made of the first weight of it."""

    def do(folder: Path) -> None:
        there = load_file(folder / "model.safetensors")
        first = next(key for key in there if part in key and key.endswith("weight"))
        there[f"{first.rsplit('.', 1)[0]}.{name}"] = value(there[first])
        save_file(there, folder / "model.safetensors", metadata={"format": "pt"})

    return do


@pytest.mark.parametrize(
    ("kind", "change", "words"),
    [
        ("roberta", settings("config.json", is_decoder=True), "from left to right"),
        ("bert", settings("config.json", position_embedding_type="relative_key_query"), "relative_key_query"),
        ("bert", weights("distance_embedding.weight", torch.clone), "no place for .*distance_embedding"),
        ("roberta", weights("lora_A.default.weight", torch.clone), "no place for .*lora_A"),
        ("t5", weights("adapter.down.weight", torch.clone), "no place for .*adapter"),
        ("roberta", weights("weight", lambda value: (10 * value).to(torch.int8)), "quantised weights"),
        ("bert", weights("weight", lambda value: value * torch.nan), "no finite numbers"),
        ("t5", weights("weight", lambda value: value / 0), "no finite numbers"),
        ("roberta", settings("tokenizer.json", post_processor=None), "no special tokens around a text"),
        ("t5", settings("tokenizer.json", post_processor=None), "no special tokens around a text"),
        ("roberta", settings("config.json", pad_token_id=3), "counts its positions"),
    ],
)
def test_what_would_be_read_otherwise_than_it_was_made_for_is_refused(
    sound: dict[str, str], tmp_path: Path, kind: str, change: Callable[[Path], None], words: str
) -> None:
    folder = Path(shutil.copytree(sound[kind], tmp_path / kind))
    change(folder)
    with pytest.raises(BadInput, match=words):
        load_model(get_backbone(str(folder)))


@pytest.mark.parametrize("complete", [True, False])
def test_answers_are_greedy_whatever_a_folder_asks_for(sound: dict[str, str], tmp_path: Path, complete: bool) -> None:
    folder = Path(shutil.copytree(sound["t5"], tmp_path / "t5"))
    asked = {"repetition_penalty": 5.0, "no_repeat_ngram_size": 1, "forced_bos_token_id": 7, "do_sample": True, "num_beams": 4}
    usual = load_model(get_backbone(sound["t5"]))
    names = ("decoder_start_token_id", "eos_token_id", "pad_token_id")
    kept = {name: getattr(usual.model.generation_config, name) for name in names}
    settings("generation_config.json", **asked, **(kept if complete else {}))(folder)
    task, examples = tiny_models.task(), tiny_models.examples(2)
    soft = torch.randn(4, usual.spec.width, generator=torch.Generator().manual_seed(0)).expand(2, -1, -1)
    other = load_model(get_backbone(str(folder)))
    texts = [generate(model, soft, lay_out(model, task, examples, 4, 40), 6) for model in (usual, other)]
    assert texts[0] == texts[1]
    assert kept == {name: getattr(other.model.generation_config, name) for name in names} and kept["eos_token_id"] == 1


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
