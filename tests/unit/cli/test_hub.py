"""The Hub through the command line: self-check, import, checked export, push, and one clear message for every trouble."""
# ruff: noqa: F811  (a fixture is an argument of the same name)

import json
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file

from ptlib import cli
from ptlib.prompts.record import Prompt
from ptlib.prompts.soft import SoftPrompt
from ptlib.tasks.published.registry import HUB_TASKS
from tests.fixtures import tiny_models
from tests.fixtures.hub_fixtures import HubImitation, hub  # noqa: F401

TASKS = {task.id: task for task in HUB_TASKS}
pytestmark = pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing`:FutureWarning")  # peft's own call


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    status = cli.main(arguments)
    out = capsys.readouterr()
    return status, out.out, out.err


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    root = tmp_path_factory.mktemp("models")
    return {kind: tiny_models.make(root / kind, kind) for kind in ("roberta", "t5")}


def prompt_folder(folder: Path, backbone: str, width: int = 16) -> Path:
    values = np.random.default_rng(3).normal(0, 0.5, (4, width)).astype(np.float32)
    SoftPrompt(values, Prompt("p1", backbone, "sst2", 0, extra={"max_tokens": 40})).save(folder)
    return folder


def test_doctor_online_tells_present_from_moved_and_missing(hub: HubImitation, capsys: pytest.CaptureFixture[str]) -> None:
    for task in HUB_TASKS:
        for pattern in (name for names in task.hub[0].files.values() for name in names):
            hub.add("dataset", task.hub[0].repo, {pattern.replace("*", "0000"): b"x"}, task.hub[0].revision)
    files = hub.repos["dataset", "stanfordnlp/imdb", "main"]
    files["data/train-00000-of-00001.parquet"] = files.pop("plain_text/train-00000-of-00001.parquet")
    for names in TASKS["imdb"].hub[1].files.values():
        hub.add("dataset", "stanfordnlp/imdb", {names[0].replace("*", "0000"): b"x"}, TASKS["imdb"].hub[1].revision)
    status, out, err = run(capsys, "doctor", "--online", "--json")
    assert status == 0, err
    online = json.loads(out)["online"]
    states = {item["state"] for item in online["files"]}
    assert states == {"present", "moved", "missing"} and not online["ok"]
    assert online["places"]["sst2"] == "nyu-mll/glue@main"
    assert online["places"]["imdb"] == "stanfordnlp/imdb@refs/convert/parquet"  # the fallback
    assert online["places"]["FacebookAI/roberta-base"] == ""
    lines = run(capsys, "doctor", "--online")[1].splitlines()
    assert any(line.startswith("moved    imdb: stanfordnlp/imdb@main plain_text/train") for line in lines)
    assert any(line.startswith("nowhere  FacebookAI/roberta-base") for line in lines)


def test_doctor_online_without_a_hub_is_one_line_at_once(
    hub: HubImitation, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    begun = time.monotonic()
    status, out, err = run(capsys, "doctor", "--online")
    assert (status, out) == (2, "") and "Cannot reach the Hugging Face Hub" in err.splitlines()[-1]
    assert time.monotonic() - begun < 5


@pytest.mark.parametrize(
    ("trouble", "says"),
    [
        ("unknown", "does not exist, or it is private"),
        ("gated", "accept terms"),
        ("unauthorised", "hf auth login"),
        ("broken_server", "Try again later"),
    ],
)
def test_a_model_that_cannot_be_had_is_one_line(
    hub: HubImitation, capsys: pytest.CaptureFixture[str], trouble: str, says: str
) -> None:
    hub.add("model", "some/model", {"config.json": b"{}"})
    hub.trouble["some/model", "*"] = trouble
    begun = time.monotonic()
    status, out, err = run(capsys, "tune", "some/model", "sst2")
    assert (status, out) == (2, "") and err.count("\n") == 1 and says in err
    assert time.monotonic() - begun < 5


@pytest.mark.parametrize(("config", "says"), [({"model_type": "gpt2"}, "neither a masked LM nor T5"), ({}, "of type 'unknown'")])
def test_a_model_of_another_family_is_refused(
    hub: HubImitation, capsys: pytest.CaptureFixture[str], config: dict, says: str
) -> None:
    hub.add("model", "some/model", {"config.json": json.dumps(config).encode()})
    status, _, err = run(capsys, "tune", "some/model", "sst2")
    assert status == 2 and says in err and err.count("\n") == 1


def test_offline_says_so_at_once(cache: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PTLIB_OFFLINE", "1")
    monkeypatch.setenv("HF_HUB_CACHE", str(cache / "none"))
    for arguments in (("tune", "some/unknown", "sst2"), ("tune", "FacebookAI/roberta-base", "sst2"), ("doctor", "--online")):
        status, out, err = run(capsys, *arguments)
        assert (status, out) == (2, "") and "offline switch is on" in err and "--data" not in err


def test_a_data_set_with_only_a_script_is_refused(
    hub: HubImitation, models: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    for place in TASKS["movie_rationales"].hub:
        hub.add("dataset", place.repo, {"movie_rationales.py": b"raise SystemExit"}, place.revision)
    status, _, err = run(capsys, "tune", models["roberta"], "movie_rationales", "--prompt-length", "4")
    assert status == 2 and "code from the Hub is never run" in err.splitlines()[-1]


@pytest.mark.parametrize("kind", ["roberta", "t5"])
def test_export_is_checked_against_peft(
    cache: Path, models: dict[str, str], kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = prompt_folder(tmp_path / "prompt", models[kind])
    status, _, err = run(capsys, "export", str(folder), "--format", "peft", "--out", str(tmp_path / "out"))
    assert status == 0 and "Read back by PEFT" in err, err
    assert (kind == "t5") == ("generated texts are the same" in err)
    saved = load_file(tmp_path / "out" / "adapter_model.safetensors")["prompt_embeddings"]
    assert np.array_equal(saved, SoftPrompt.load(folder).values)
    config = json.loads((tmp_path / "out" / "adapter_config.json").read_text())
    assert config["task_type"] == ("SEQ_2_SEQ_LM" if kind == "t5" else "FEATURE_EXTRACTION")
    assert not list(tmp_path.glob(".export-*"))


def test_an_export_that_peft_reads_otherwise_is_not_delivered(
    cache: Path, models: dict[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from ptlib.prompts import peft as adapters

    real = adapters._peft_logits
    monkeypatch.setattr(adapters, "_peft_logits", lambda *given: real(*given) * 1.001)
    folder = prompt_folder(tmp_path / "prompt", models["roberta"])
    status, _, err = run(capsys, "export", str(folder), "--format", "peft", "--out", str(tmp_path / "out"))
    assert status == 1 and "computes something else" in err and not (tmp_path / "out").exists()


def test_push_puts_the_checked_adapter_on_the_hub(
    hub: HubImitation, models: dict[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_test")
    folder = prompt_folder(tmp_path / "prompt", models["roberta"])
    status, out, err = run(capsys, "push", str(folder), "me/prompt")
    assert status == 0 and out.startswith(f"{hub.url}/me/prompt/commit/"), err
    assert set(hub.repos["model", "me/prompt", "main"]) == {"adapter_config.json", "adapter_model.safetensors", "prompt.json"}
    monkeypatch.setenv("PTLIB_OFFLINE", "1")
    status, _, err = run(capsys, "push", str(folder), "me/prompt")
    assert status == 2 and "Nothing is pushed" in err


def test_import_lists_what_it_wrote_and_what_it_refused(cache: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, value in (("SST2PromptRoberta", torch.ones(100, 768)), ("snliPromptT5", torch.zeros(3))):
        (tmp_path / "in" / name).mkdir(parents=True)
        torch.save(value, tmp_path / "in" / name / "task_prompt")
    status, out, err = run(capsys, "import", str(tmp_path / "in"), "--out", str(tmp_path / "out"), "--json")
    assert status == 0 and "Refused snliPromptT5/task_prompt" in err
    (row,) = json.loads(out)
    assert (row["task"], row["backbone"], row["tokens"], row["width"]) == ("sst2", "FacebookAI/roberta-base", 100, 768)
    assert SoftPrompt.load(tmp_path / "out" / "roberta_base" / "sst2").info.layout == "published_v1"
    assert run(capsys, "import", str(tmp_path / "none"))[0] == 2


OWN = {
    "name": "Mine",
    "train": "rows.csv",
    "columns": {"text_a": "text", "label": "label"},
    "labels": ["0", "1"],
    "words": ["bad", "good"],
}


def test_a_file_that_describes_an_own_task_is_a_task(
    cache: Path, models: dict[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [f"the film number {number} was {('bad', 'good')[number % 2]},{number % 2}" for number in range(40)]
    (tmp_path / "rows.csv").write_text("\n".join(("text,label", *rows)))
    (tmp_path / "mine.json").write_text(json.dumps(OWN))
    fast = ("--prompt-length", "4", "--steps", "2", "--batch-size", "4", "--max-tokens", "40", "--json")
    status, out, err = run(capsys, "tune", models["roberta"], str(tmp_path / "mine.json"), *fast)
    assert status == 0, err
    report = json.loads(out)
    assert report["task"].startswith("own/mine-")
    status, out, _ = run(capsys, "evaluate", report["run_id"], report["task"], "--json")
    assert status == 0 and json.loads(out)["n"] >= 2
    (tmp_path / "mine.json").write_text(json.dumps(OWN | {"columns": {"text_a": "txt", "label": "label"}}))
    status, _, err = run(capsys, "tune", models["roberta"], str(tmp_path / "mine.json"))
    assert status == 2 and "has no column 'txt'" in err


@pytest.mark.parametrize("spelling", ["SST-2", "movierationales", "ethicsdeontology", "Multi-News", "NQ-Open"])
def test_published_spellings_are_understood(spelling: str) -> None:
    from ptlib.tasks.registry import resolve_task

    assert resolve_task(spelling).id in TASKS
