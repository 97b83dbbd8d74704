"""Prompts without a configuration: layout, model and task are told by what is sure, and asked for otherwise."""

from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import numpy as np
import pytest
import torch
from safetensors.numpy import save_file

from ptlib.base.errors import BadInput
from ptlib.prompts.importing import Asked, find_prompts
from tests.unit.prompts.importing.made import VALUES

WIDE = np.random.default_rng(6).normal(size=(7, 768)).astype("float32")


def test_an_array_of_numbers_is_read(tmp_path: Path) -> None:
    folder = tmp_path / "prompts" / "t5_1_1_lm100k_base"
    folder.mkdir(parents=True)
    np.save(folder / "mrpc.npy", WIDE)
    np.save(folder / "sst2.npy", WIDE.astype("float64") + 1)
    np.save(folder / "vocabulary.npy", np.ones((32128, 4), "float32"))
    found = find_prompts(folder)
    assert [(p.task, p.backbone, p.layout, p.task_type) for p in found.prompts] == [
        (task, "google/t5-base-lm-adapt", "prepend", "SEQ_2_SEQ_LM") for task in ("mrpc", "sst2")
    ]
    assert "as a vocabulary" in found.refused[0][1]
    np.save(tmp_path / "objects.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
    with pytest.raises(BadInput, match=r"no plain array.*torch\.save"):
        find_prompts(tmp_path / "objects.npy")


@pytest.mark.parametrize(
    "name", ["bert-base-cased", "bert-base-multilingual-cased", "distilbert", "bert-base-chinese", "flan-t5-base"]
)
def test_no_model_is_taken_for_another_one(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    torch.save({"soft_prompt": torch.from_numpy(WIDE)}, tmp_path / name / "mood.pt")
    (prompt,) = find_prompts(tmp_path / name).prompts
    assert prompt.backbone == ("google-bert/bert-base-cased" if name == "bert-base-cased" else "")
    assert prompt.layout == "prepend" and "--layout published" in prompt.notes[0] and not prompt.row0_unused
    (prompt,) = find_prompts(tmp_path / name, Asked(layout="published", backbone="FacebookAI/roberta-base")).prompts
    assert prompt.layout == "published_v1" and prompt.row0_unused and not prompt.notes


def test_the_papers_own_files_keep_their_layout_step_and_copies(tmp_path: Path) -> None:
    folder = tmp_path / "MNLIPromptRoberta"
    folder.mkdir()
    torch.save(torch.from_numpy(WIDE), folder / "task_prompt")
    torch.save(
        {"model": {"encoder.prompt_embeddings.weight": torch.from_numpy(WIDE)[None]}, "trained_epoch": 3, "global_step": 900},
        folder / "latest.pt",
    )
    found = find_prompts(tmp_path)
    (prompt,) = found.prompts
    assert (prompt.task, prompt.layout, prompt.step, prompt.extra["epoch"]) == ("mnli", "published_v1", 900, 3)
    assert "imported once" in found.notes[0]


def test_a_pair_is_one_prompt_and_its_second_part_is_said(tmp_path: Path) -> None:
    (tmp_path / "mood").mkdir()
    torch.save(torch.from_numpy(VALUES), tmp_path / "mood" / "encoder.pt")
    torch.save(torch.from_numpy(VALUES + 1), tmp_path / "mood" / "decoder.pt")
    (prompt,) = find_prompts(tmp_path).prompts
    assert prompt.task == "mood" and np.array_equal(prompt.values, VALUES) and any("decoder.pt" in note for note in prompt.notes)
    (tmp_path / "mood" / "encoder.pt").unlink()
    (prompt,) = find_prompts(tmp_path).prompts
    assert any("decoder's part" in note for note in prompt.notes)


def test_what_is_missing_is_said(tmp_path: Path) -> None:
    save_file({"prompt_embeddings": VALUES}, tmp_path / "adapter_model.safetensors")
    (prompt,) = find_prompts(tmp_path).prompts
    assert any("adapter_config.json is missing" in note for note in prompt.notes) and prompt.backbone == ""
    assert find_prompts(tmp_path, Asked(backbone="owner/model")).prompts[0].backbone == "owner/model"


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.safetensors", b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n", "git lfs pull"),
        ("a.pt", b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n", "git lfs pull"),
        ("a.npy", b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n", "git lfs pull"),
        ("a.bin", b"<!DOCTYPE html><html>", "web page"),
        ("a.pt", b"../other/decoder.pt", "link that was saved as text"),
        ("a.pkl", b"\x80\x04\x95rest", "bare pickle.*torch.save"),
        ("a.json", b'{"prompt": "gASVrest"}', "bare pickle"),
        ("a.npy", b"\x93NUMPY\x01\x00", "no plain array"),
    ],
)
def test_what_is_no_prompt_is_named(tmp_path: Path, name: str, content: bytes, says: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(BadInput, match=says):
        find_prompts(tmp_path / name)


def test_archives_are_named_and_a_checkpoint_of_lightning_is_read(tmp_path: Path) -> None:
    values = np.ones((5, 16), "float32")
    np.savez_compressed(tmp_path / "a.npz", prompt=values)
    with ZipFile(tmp_path / "b.zip", "w", ZIP_DEFLATED) as archive:
        archive.writestr("adapter_config.json", "{}" * 100)
    for name, says in (("a.npz", "a NumPy archive.*as .npy"), ("b.zip", "a zip archive. Unpack it")):
        with pytest.raises(BadInput, match=says):
            find_prompts(tmp_path / name)
    torch.save({"state_dict": {"soft_prompt": torch.tensor(values)}, "epoch": 3}, tmp_path / "last.ckpt")
    (prompt,) = find_prompts(tmp_path).prompts
    assert np.array_equal(prompt.values, values) and prompt.task == tmp_path.name


def test_a_whole_module_is_refused_with_the_way_to_convert_it(tmp_path: Path) -> None:
    torch.save(torch.nn.Embedding(5, 16), tmp_path / "prompt.pt")
    with pytest.raises(BadInput, match=r"wants to run.*Embedding.*torch\.save") as error:
        find_prompts(tmp_path / "prompt.pt")
    assert "weights_only" not in str(error.value)
