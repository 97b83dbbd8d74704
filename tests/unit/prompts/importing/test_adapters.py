"""PEFT adapters of every version: by configuration and names; heads, second parts, steps and lineage are said."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from ptlib.base.errors import BadInput
from ptlib.prompts.importing import Asked, find_prompts, import_prompts
from tests.unit.prompts.importing.made import VALUES, adapter

HEAD = np.full((2, 16), 3.0, "float32")


@pytest.mark.parametrize(
    ("name", "others"),
    [
        ("prompt_embeddings", {}),
        ("base_model.model.prompt_encoder.default.embedding.weight", {}),
        ("prompt_encoder.default.embedding.weight", {"base_model.classifier.weight": np.ones((5, 16), "float32")}),
        ("prompt_embeddings", {"base_model.model.score.weight": np.full((5, 16), 3.0, "float32")}),
        ("prompt_embeddings", {"prompt_encoder.default.mlp_head.0.weight": np.ones((16, 16), "float32")}),
        ("soft_prompt", {"classifier.out_proj.weight": np.full((5, 16), 3.0, "float32")}),
    ],
)
def test_the_tensor_that_is_named_like_a_prompt_is_taken(tmp_path: Path, name: str, others: dict[str, np.ndarray]) -> None:
    (prompt,) = find_prompts(adapter(tmp_path / "sst2", {name: VALUES, **others})).prompts
    assert np.array_equal(prompt.values, VALUES) and prompt.key == name and prompt.task == "sst2"
    assert bool(prompt.notes) == bool(others)


def test_a_trained_head_is_said(tmp_path: Path) -> None:
    folder = adapter(tmp_path / "a", {"prompt_embeddings": VALUES, "base_model.classifier.weight": HEAD}, task_type="SEQ_CLS")
    assert "its own trained head" in find_prompts(folder).prompts[0].notes[0]
    folder = adapter(tmp_path / "b", task_type="SEQ_CLS", modules_to_save=["score"])
    assert "(score)" in find_prompts(folder).prompts[0].notes[0]
    whole = {"base_model_class": "RobertaForSequenceClassification", "parent_library": "transformers"}
    for number, more in enumerate(({"task_type": None, "auto_mapping": whole}, {"task_type": "SEQ_CLS"})):
        (note,) = find_prompts(adapter(tmp_path / f"c{number}", **more)).prompts[0].notes
        assert "a head of the model" in note and "scores will differ" in note


@pytest.mark.parametrize(
    ("config", "backbone"),
    [
        ({"base_model_name_or_path": "a/b", "revision": "v2"}, "a/b@v2"),
        ({"base_model_name_or_path": "a/b", "revision": "main"}, "a/b"),
        ({"base_model_name_or_path": "a/b", "revision": None}, "a/b"),
        ({"base_model_name_or_path": "/home/me/b", "revision": "v2"}, "/home/me/b"),
        ({"base_model_name_or_path": "a/b@v1", "revision": "v2"}, "a/b@v1"),
        ({"base_model_name_or_path": None, "revision": "v2"}, ""),
    ],
)
def test_the_model_is_named_at_the_revision_that_it_was_made_for(tmp_path: Path, config: dict, backbone: str) -> None:
    assert find_prompts(adapter(tmp_path / "a", **config)).prompts[0].backbone == backbone


@pytest.mark.parametrize("name", ["prefix_task_cols", "base_model.model.q.lora_A.weight"])
def test_a_prompt_that_is_nothing_without_other_tensors_is_refused(tmp_path: Path, name: str) -> None:
    folder = adapter(tmp_path / "a", {"prompt_embeddings": VALUES, name: HEAD})
    with pytest.raises(BadInput, match=f"also holds {name}.*--key prompt_embeddings"):
        find_prompts(folder)
    assert np.array_equal(find_prompts(folder, Asked("prompt_embeddings")).prompts[0].values, VALUES)


def test_a_prompt_of_more_tokens_than_width_is_doubted(tmp_path: Path) -> None:
    folder = adapter(tmp_path / "a", {"prompt_embeddings": np.ones((40, 16), "float32")}, num_virtual_tokens=40)
    assert "the other way round" in find_prompts(folder).prompts[0].notes[0]


@pytest.mark.parametrize(
    ("rows", "config", "says"),
    [
        (10, {"num_transformer_submodules": 2, "task_type": "SEQ_2_SEQ_LM"}, ""),
        (10, {"num_transformer_submodules": None, "task_type": "SEQ_2_SEQ_LM"}, ""),
        (5, {"num_transformer_submodules": 2}, ""),
        (10, {"num_transformer_submodules": 1}, "5 virtual tokens but holds 10 rows"),
        (10, {"task_type": "FEATURE_EXTRACTION"}, "5 virtual tokens but holds 10 rows"),
        (8, {"num_virtual_tokens": 4}, "4 virtual tokens but holds 8 rows"),
        (5, {"token_dim": 32}, "32 wide tokens"),
        (5, {"num_virtual_tokens": "five"}, "where a number of tokens belongs"),
        (5, {"num_virtual_tokens": True}, "where a number of tokens belongs"),
    ],
)
def test_rows_and_configuration_must_agree(tmp_path: Path, rows: int, config: dict, says: str) -> None:
    values = np.random.default_rng(1).normal(size=(rows, 16)).astype("float32")
    folder = adapter(tmp_path / "a", {"prompt_embeddings": values}, **config)
    if says:
        with pytest.raises(BadInput, match=says):
            find_prompts(folder)
        return
    (prompt,) = find_prompts(folder).prompts
    assert np.array_equal(prompt.values, values[:5])
    assert any("second part" in note for note in prompt.notes) == (rows == 10)


@pytest.mark.parametrize("kind", ["LORA", "PREFIX_TUNING", "PROMPT_TUNING_LORA", "MULTITASK_PROMPT_TUNING", None, 7])
def test_other_kinds_of_adapters_are_refused_by_name(tmp_path: Path, kind: object) -> None:
    with pytest.raises(BadInput, match=f"of type {kind}"):
        find_prompts(adapter(tmp_path / "a", peft_type=kind))


def test_a_checkpoint_of_a_trainer_is_one_prompt_with_its_step(tmp_path: Path) -> None:
    folder = adapter(tmp_path / "sst2" / "checkpoint-500")
    torch.save({"state": {0: {"momentum_buffer": torch.ones(5, 16)}}}, folder / "optimizer.pt")
    torch.save({"last_lr": [0.1]}, folder / "scheduler.pt")
    torch.save({"cpu": torch.ones(5, 16)}, folder / "rng_state_0.pth")
    torch.save(torch.ones(5, 16), folder / "training_args.bin")
    found = find_prompts(tmp_path)
    (prompt,) = found.prompts
    assert (prompt.task, prompt.step) == ("sst2", 500) and "training state" in found.notes[-1]
    (folder / "trainer_state.json").write_text(json.dumps({"global_step": 480}))
    assert find_prompts(folder).prompts[0].step == 480


def test_a_bin_beside_safetensors_is_the_same_prompt(tmp_path: Path) -> None:
    folder = adapter(tmp_path / "a")
    torch.save({"prompt_embeddings": torch.from_numpy(VALUES)}, folder / "adapter_model.bin")
    found = find_prompts(folder)
    assert len(found.prompts) == 1 and "imported once" in found.notes[0]
    assert found.prompts[0].source.endswith(".safetensors")
    torch.save({"prompt_embeddings": torch.from_numpy(VALUES + 1)}, folder / "adapter_model.bin")
    (prompt,), (note,) = find_prompts(folder).prompts, find_prompts(folder).notes
    assert np.array_equal(prompt.values, VALUES) and "other values than adapter_model.safetensors, which PEFT reads" in note


@pytest.mark.parametrize("kind", ["SEQ_2_SEQ_LM", "CAUSAL_LM", "FEATURE_EXTRACTION"])
def test_the_kind_of_task_is_kept(tmp_path: Path, kind: str) -> None:
    (folder,), found = import_prompts(adapter(tmp_path / "a", task_type=kind), tmp_path / "out")
    assert json.loads((folder / "adapter_config.json").read_text())["task_type"] == kind
    assert any("not evaluated" in note for note in found.prompts[0].notes) == (kind == "CAUSAL_LM")


def test_what_it_was_started_from_is_said(tmp_path: Path) -> None:
    folder = adapter(tmp_path / "a", prompt_tuning_init="TEXT", prompt_tuning_init_text="is it good or bad")
    assert "started from the text 'is it good or bad'" in find_prompts(folder).prompts[0].notes[-1]


def test_what_an_encoder_makes_a_prompt_of_is_no_prompt(tmp_path: Path) -> None:
    tensors = {"prompt_encoder.embedding.weight": VALUES, "prompt_encoder.mlp_head.0.weight": np.ones((16, 16), "float32")}
    with pytest.raises(BadInput, match="encoder of p-tuning"):
        find_prompts(adapter(tmp_path / "a", tensors, peft_type="P_TUNING"))
    assert len(find_prompts(adapter(tmp_path / "b", peft_type="P_TUNING")).prompts) == 1


@pytest.mark.parametrize(
    ("content", "says"), [("version https://git-lfs.github.com/spec/v1\n", "git lfs pull"), ('{"peft_type": ', "cannot be read")]
)
def test_a_configuration_that_is_none_is_said(tmp_path: Path, content: str, says: str) -> None:
    (adapter(tmp_path / "a") / "adapter_config.json").write_text(content)
    with pytest.raises(BadInput, match=says):
        find_prompts(tmp_path / "a")


@pytest.mark.parametrize("saved", ["score", 3, [{"a": 1}], {"classifier": 2}])
def test_a_head_is_said_however_the_configuration_spells_it(tmp_path: Path, saved: object) -> None:
    folder = adapter(tmp_path / "a", task_type="SEQ_CLS", modules_to_save=saved)
    assert "its own trained head" in find_prompts(folder).prompts[0].notes[0]


def test_what_our_own_file_beside_an_adapter_cannot_say_is_passed_over_and_told(tmp_path: Path) -> None:
    told = {
        "seed": "abc",
        "step": [3],
        "task": {"a": 1},
        "backbone": 5,
        "layout": "weird",
        "init": 1.5,
        "label_words": "x",
        "id": [],
    }
    for number, wrong in enumerate(({name: value} for name, value in told.items())):
        folder = adapter(tmp_path / "in" / f"t{number}")
        (folder / "prompt.json").write_text(json.dumps({"seed": 3, "template": "t"} | wrong))
        (path,), found = import_prompts(folder, tmp_path / "out" / str(number))
        (name,) = wrong
        assert any(f"gives no sound {name}: passed over" in note for note in found.prompts[0].notes)
        record = json.loads((path / "prompt.json").read_text())
        assert record["seed"] == (0 if name == "seed" else 3) and record["layout"] == "peft"
        assert (record["task"], record["backbone"]) == (f"t{number}", "owner/model")
    folder = adapter(tmp_path / "base", base_model_name_or_path=["x"])
    assert find_prompts(folder).prompts[0].backbone == ""
