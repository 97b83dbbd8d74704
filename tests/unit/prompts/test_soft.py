"""Prompt folders: what lies in them, what is never overwritten, what is never loaded."""

import json
import shutil
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from ptlib.base.errors import BadInput, Damaged
from ptlib.models.spec import BackboneSpec
from ptlib.prompts.record import Prompt
from ptlib.prompts.soft import CONFIG, INFO, TENSOR, WEIGHTS, SoftPrompt, other_model


def prompt(seed: int = 0, family: str = "mlm") -> SoftPrompt:
    values = np.random.default_rng(seed).normal(size=(3, 8)).astype(np.float32)
    extra = {"family": family, "label_ids": [4, 5]}
    info = Prompt("p0", "some/model", "toy/task0", seed, label_words=("no", "yes"), extra=extra)
    return SoftPrompt(values, info)


@pytest.mark.parametrize(("family", "kind"), [("mlm", "FEATURE_EXTRACTION"), ("t5", "SEQ_2_SEQ_LM")])
def test_the_folder_is_a_stock_adapter_and_comes_back_whole(tmp_path: Path, family: str, kind: str) -> None:
    item = prompt(family=family)
    item.save(tmp_path / "a")
    assert sorted(path.name for path in (tmp_path / "a").iterdir()) == [CONFIG, WEIGHTS, INFO]
    config = json.loads((tmp_path / "a" / CONFIG).read_text())
    assert (config["peft_type"], config["task_type"]) == ("PROMPT_TUNING", kind)
    assert (config["num_virtual_tokens"], config["token_dim"]) == (3, 8)
    assert config["base_model_name_or_path"] == "some/model" and config["num_transformer_submodules"] == 1
    stored = load_file(tmp_path / "a" / WEIGHTS)
    assert list(stored) == [TENSOR] and np.array_equal(stored[TENSOR], item.values) and stored[TENSOR].dtype == np.float32
    back = SoftPrompt.load(tmp_path / "a")
    assert np.array_equal(back.values, item.values) and back.info.label_words == ("no", "yes")
    assert back.info.extra["label_ids"] == [4, 5] and back.info.id == "p0"


def test_another_prompt_is_never_replaced(tmp_path: Path) -> None:
    prompt(0).save(tmp_path / "a")
    prompt(0).save(tmp_path / "a")  # the same once more is no harm
    with pytest.raises(BadInput, match="holds another prompt already"):
        prompt(1).save(tmp_path / "a")
    assert np.array_equal(SoftPrompt.load(tmp_path / "a").values, prompt(0).values)


def test_nothing_damaged_is_loaded(tmp_path: Path) -> None:
    whole = tmp_path / "whole"
    prompt().save(whole)

    def copy(name: str) -> Path:
        return Path(shutil.copytree(whole, tmp_path / name))

    short = copy("short")
    (short / WEIGHTS).write_bytes((whole / WEIGHTS).read_bytes()[:-10])
    foreign = copy("foreign")
    save_file({"other": np.zeros((3, 8), np.float32)}, foreign / WEIGHTS)
    infinite = copy("infinite")
    save_file({TENSOR: np.full((3, 8), np.inf, np.float32)}, infinite / WEIGHTS)
    flat = copy("flat")
    save_file({TENSOR: np.zeros(8, np.float32)}, flat / WEIGHTS)
    for place, text in (("broken", "{"), ("list", "[1]"), ("fields", '{"id": "x"}'), ("none", "null")):
        (copy(place) / INFO).write_text(text)
    for place in (short, foreign, infinite, flat, *(tmp_path / name for name in ("broken", "list", "fields", "none"))):
        with pytest.raises(Damaged):
            SoftPrompt.load(place)
    for name in (INFO, WEIGHTS):
        (copy(f"without-{name}") / name).unlink()
        with pytest.raises(BadInput, match="holds no prompt of ours"):
            SoftPrompt.load(tmp_path / f"without-{name}")


@pytest.mark.parametrize(
    ("told", "here", "other"),
    [
        ("", "a/b", False),
        ("a/b", "a/b", False),
        ("B/", "owner/b", False),
        ("b@1", "a/b", False),
        ("/x/b@1", "/y/b@1", False),
        ("/x/b@1", "/x/b@2", True),
        ("a/b@branch/c", "a/b@branch/c", False),
        ("a/b-cased", "a/b-uncased", True),
    ],
)
def test_a_prompt_of_another_model_is_told_by_name_and_content(told: str, here: str, other: bool) -> None:
    prompt = SoftPrompt(np.ones((2, 4), np.float32), Prompt("p", told, "t", 0))
    assert bool(other_model(prompt, BackboneSpec(id=here, name="n", family="mlm", location="x"))) == other


def test_a_prompt_travels_as_a_zip_of_its_adapter_folder(tmp_path: Path) -> None:
    values = np.arange(8, dtype=np.float32).reshape(2, 4)
    prompt = SoftPrompt(values, Prompt("p0", "x", "demo/film_review", 0))
    with ZipFile(BytesIO(prompt.zipped())) as archive:
        archive.extractall(tmp_path / "out")
    assert (SoftPrompt.load(tmp_path / "out").values == values).all()
