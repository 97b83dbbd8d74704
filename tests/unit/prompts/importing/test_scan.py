"""Import of published prompts: every layout is read, everything hostile is refused in words, and nothing is executed."""

import json
import os
import pickle
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.numpy import save_file

from ptlib.base.errors import BadInput
from ptlib.prompts.importing import find_prompts, import_prompts
from ptlib.prompts.soft import SoftPrompt
from ptlib.tasks.names import task_of

REFERENCE = os.environ.get("PTLIB_REFERENCE_DATA", "")
VALUES = np.random.default_rng(0).normal(size=(100, 768)).astype("float32")


def published(folder: Path, name: str, values: object) -> Path:
    """A prompt in the published file layout."""
    path = folder / "task_prompt_emb" / name / "task_prompt"
    path.parent.mkdir(parents=True, exist_ok=True)
    torch.save(values, path)
    return path


class Bomb:
    """Runs a command when it is unpickled."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple:
        return os.system, (f"touch {self.mark}",)


def test_a_checkout_is_read_with_tasks_models_and_layout(tmp_path: Path) -> None:
    published(tmp_path, "MNLIPromptRoberta", torch.from_numpy(VALUES))
    published(tmp_path, "ethicsjusticePromptRobertaLarge", torch.nn.Parameter(torch.ones(100, 1024)))
    published(tmp_path, "nq_openPromptT5XXL", torch.ones(1, 100, 4096, dtype=torch.float16))
    published(tmp_path, "randomPromptRoberta", torch.ones(100, 768))
    found = {prompt.name: prompt for prompt in find_prompts(tmp_path).prompts}
    mnli = found["MNLIPromptRoberta"]
    assert (mnli.task, mnli.backbone, mnli.set, mnli.layout, mnli.row0_unused) == (
        "mnli",
        "FacebookAI/roberta-base",
        "roberta_base",
        "published_v1",
        True,
    )
    assert np.array_equal(mnli.values, VALUES) and not mnli.values.flags.writeable
    assert found["ethicsjusticePromptRobertaLarge"].backbone == "FacebookAI/roberta-large"
    large = found["nq_openPromptT5XXL"]
    assert (large.task, large.backbone, large.row0_unused, large.values.shape, large.values.dtype) == (
        "nq_open",
        "google/t5-xxl-lm-adapt",
        False,
        (100, 4096),
        np.float32,
    )
    assert found["randomPromptRoberta"].task == "random"


def test_a_single_file_and_a_checkpoint_dictionary_are_read(tmp_path: Path) -> None:
    single = published(tmp_path, "SST2PromptBert", torch.ones(100, 768))
    assert find_prompts(single).prompts[0].backbone == "google-bert/bert-base-uncased"
    path = tmp_path / "44.pkl"
    torch.save(
        {"model": {"encoder.prompt_embeddings.weight": torch.ones(100, 768)}, "optimizer_name": "AdamW", "global_step": 9}, path
    )
    assert find_prompts(path).prompts[0].values.shape == (100, 768)


def test_a_safetensors_file_of_several_prompts_is_read(tmp_path: Path) -> None:
    path = tmp_path / "anything.safetensors"
    save_file({"SST-2": VALUES, "Movie": VALUES, "Tweet": VALUES, "NQ-Open": VALUES}, path, metadata={"model": "roberta_base"})
    prompts = find_prompts(path).prompts
    assert [prompt.task for prompt in prompts] == ["movie_rationales", "nq_open", "sst2", "tweeteval_sentiment"]
    assert {prompt.set for prompt in prompts} == {"roberta_base"}


@pytest.mark.parametrize(
    ("spelling", "task"),
    [
        ("IMDB", "imdb"),
        ("SST-2", "sst2"),
        ("SST2", "sst2"),
        ("movierationales", "movie_rationales"),
        ("Movie", "movie_rationales"),
        ("tweetevalsentiment", "tweeteval_sentiment"),
        ("ethicsdeontology", "ethics_deontology"),
        ("justice", "ethics_justice"),
        ("nq_open", "nq_open"),
        ("Multi-News", "multi_news"),
        ("SAMSum", "samsum"),
        ("something else", "something_else"),
    ],
)
def test_published_spellings_lead_to_task_ids(spelling: str, task: str) -> None:
    assert task_of(spelling) == task


def adapter(folder: Path, rows: int, **config: object) -> Path:
    """A stock PEFT adapter folder."""
    folder.mkdir()
    save_file({"prompt_embeddings": np.ones((rows, 16), "float32")}, folder / "adapter_model.safetensors")
    (folder / "adapter_config.json").write_text(
        json.dumps(
            {
                "peft_type": "PROMPT_TUNING",
                "num_virtual_tokens": 5,
                "token_dim": 16,
                "base_model_name_or_path": "google-t5/t5-small",
                **config,
            }
        )
    )
    return folder


@pytest.mark.parametrize("rows", [5, 10])
def test_a_stock_peft_adapter_is_read(tmp_path: Path, rows: int) -> None:
    (prompt,) = find_prompts(adapter(tmp_path / "sst2", rows)).prompts
    assert (prompt.task, prompt.backbone, prompt.layout, prompt.values.shape) == ("sst2", "google-t5/t5-small", "peft", (5, 16))
    assert not prompt.row0_unused


@pytest.mark.parametrize(
    ("rows", "config", "words"), [(5, {"peft_type": "LORA"}, "type LORA"), (7, {}, "5 virtual tokens but holds 7 rows")]
)
def test_other_adapters_are_refused(tmp_path: Path, rows: int, config: dict, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        find_prompts(adapter(tmp_path / "a", rows, **config))


def test_an_adapter_of_this_tool_keeps_its_task_and_layout(tmp_path: Path) -> None:
    folder = adapter(tmp_path / "p1234", 5)
    (folder / "prompt.json").write_text(json.dumps({"task": "demo/mood", "backbone": "demo/t5-small", "layout": "peft"}))
    (prompt,) = find_prompts(folder).prompts
    assert (prompt.task, prompt.backbone, prompt.set) == ("demo/mood", "demo/t5-small", "t5_small")


def test_a_pickle_that_runs_code_is_refused_and_nothing_runs(tmp_path: Path) -> None:
    mark = tmp_path / "executed"
    published(tmp_path, "IMDBPromptRoberta", Bomb(mark))
    bare = tmp_path / "bare.pkl"
    bare.write_bytes(pickle.dumps(Bomb(mark)))
    published(tmp_path, "SST2PromptRoberta", torch.ones(100, 768))
    found = find_prompts(tmp_path)
    assert [prompt.task for prompt in found.prompts] == ["sst2"]
    reasons = dict(found.refused)
    assert "wants to run 'posix.system'" in reasons["task_prompt_emb/IMDBPromptRoberta/task_prompt"]
    assert "bare pickle" in reasons["bare.pkl"]
    assert not mark.exists()


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (torch.ones(3, 100, 768), "two axes"),
        (torch.ones(768), "two axes"),
        (torch.full((100, 768), float("nan")), "not finite"),
        (torch.tensor([[1.0, float("inf")]]), "1 values that are not finite"),
        (torch.full((100, 768), 1e-40), "never filled"),
        (torch.ones(5000, 8), "as a vocabulary"),
        (torch.ones(4, 4, dtype=torch.int64), "no floating-point"),
        (
            {"a": torch.ones(4, 4), "b": torch.ones(4, 4)},
            "no tensor that is named like a prompt: a .4, 4., b .4, 4.. Choose one with --key",
        ),
        (torch.ones(1, 1).expand(100000, 100000), "far larger"),
    ],
)
def test_tensors_that_are_no_prompt_are_refused(tmp_path: Path, values: object, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        find_prompts(published(tmp_path, "IMDBPromptRoberta", values))


def test_an_oversized_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.safetensors"
    with path.open("wb") as handle:
        handle.truncate(5 * 2**30)  # sparse
    with pytest.raises(BadInput, match="larger"):
        find_prompts(path)
    with pytest.raises(BadInput, match="5120 MB"):
        find_prompts(tmp_path)


def test_a_truncated_file_is_refused(tmp_path: Path) -> None:
    path = published(tmp_path, "IMDBPromptRoberta", torch.ones(100, 768))
    path.write_bytes(path.read_bytes()[:-500])
    with pytest.raises(BadInput, match="damaged torch file"):
        find_prompts(path)


def test_links_out_of_the_folder_are_not_followed(tmp_path: Path) -> None:
    secret = published(tmp_path / "elsewhere", "MNLIPromptRoberta", torch.ones(100, 768))
    folder = tmp_path / "checkout"
    published(folder, "SST2PromptRoberta", torch.ones(100, 768))
    (folder / "task_prompt_emb" / "QQPPromptRoberta").mkdir()
    (folder / "task_prompt_emb" / "QQPPromptRoberta" / "task_prompt").symlink_to(secret)
    (folder / "task_prompt_emb" / "MNLIPromptRoberta").symlink_to(secret.parent)
    found = find_prompts(folder)
    assert [prompt.task for prompt in found.prompts] == ["sst2"]
    assert len(found.refused) == 2 and all("leads out of the folder" in reason for _, reason in found.refused)


def test_nothing_to_import_says_so(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="holds no file named task_prompt"):
        find_prompts(tmp_path)
    with pytest.raises(BadInput, match="nothing at"):
        find_prompts(tmp_path / "none")
    (tmp_path / "x.pt").write_bytes(b"text")
    with pytest.raises(BadInput, match="neither a torch file nor safetensors"):
        find_prompts(tmp_path)


def test_prompts_are_written_as_folders_by_set_and_task(tmp_path: Path) -> None:
    published(tmp_path / "in", "ethicsjusticePromptRoberta", torch.from_numpy(VALUES))
    published(tmp_path / "in", "ethics_justicePromptRoberta", torch.ones(100, 768))
    folders, found = import_prompts(tmp_path / "in", tmp_path / "out")
    names = [folder.relative_to(tmp_path / "out").as_posix() for folder in folders]
    assert names[0] == "roberta_base/ethics_justice" and names[1].startswith("roberta_base/ethics_justice-i")
    info = SoftPrompt.load(folders[1]).info
    assert (info.backbone, info.task, info.id) == ("FacebookAI/roberta-base", "ethics_justice", found.prompts[1].id)
    assert info.extra["label_ids"] == [897, 32047] and info.extra["row0_unused"] is True


@pytest.mark.skipif(not REFERENCE, reason="PTLIB_REFERENCE_DATA is not set")
def test_every_published_prompt_is_imported() -> None:
    found = find_prompts(Path(REFERENCE) / "published_checkout")
    names = {path.parent.name for path in (Path(REFERENCE) / "published_checkout").rglob("task_prompt")}
    assert {prompt.name for prompt in found.prompts} == names and not found.refused
    assert {prompt.backbone for prompt in found.prompts} == {"FacebookAI/roberta-base", "google-t5/t5-base"}
