"""tune --method: what a command means, what it prints and writes; plain prompts keep their ids."""

import json
from pathlib import Path

import pytest

from ptlib.base import paths
from ptlib.cli import build_parser, main
from ptlib.cli.tuning import fine_tune_spec, methods_of
from ptlib.finetuning import run
from ptlib.finetuning.spec import LORA, METHODS, PROMPT, default_spec
from ptlib.models.registry import get_backbone
from ptlib.results.catalogue import Catalogue
from ptlib.tasks import data
from ptlib.tasks.registry import get_task
from tests.fixtures import fakes
from tests.unit import cli as command_line
from tests.unit.cli import FAST, ok

SMALL, TASK = "demo/roberta-small", "demo/film_snippet"
QUICK = ["--steps", "2", "--batch-size", "4", "--eval-every", "1", "--validation-size", "4", "--train-size", "20"]


@pytest.fixture(autouse=True)
def demo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if not (paths.DEMO / "backbones").exists():
        pytest.skip("the demo's backbones are not in this checkout")
    monkeypatch.setenv("PTLIB_DEMO", str(paths.DEMO))
    monkeypatch.setenv("PTLIB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(run, "load_evaluation", lambda task, limit, *more: data.load_evaluation(task, 8, *more))


def test_all_methods_with_nothing_else_said_are_the_defaults() -> None:
    options = build_parser().parse_args(["tune", SMALL, TASK, "--method", "prompt,lora,full"])
    assert methods_of(options) == METHODS
    assert fine_tune_spec(options, METHODS) == default_spec(get_backbone(SMALL), get_task(TASK))
    assert methods_of(build_parser().parse_args(["tune", SMALL, TASK])) == (PROMPT,)


def test_lora_from_the_command_line(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    command = ["tune", SMALL, TASK, "--method", LORA, "--rank", "2", *QUICK, "--device", "cpu"]
    assert main([*command, "--json", "--out", str(tmp_path / "adapter")]) == 0
    told = json.loads(capsys.readouterr().out)
    (fit,) = told["fits"]
    assert (told["task"], fit["method"], fit["trained"], fit["n"]) == (TASK, LORA, 2 * 2 * 128 * 2 * 4, 8)
    assert json.loads((tmp_path / "adapter" / "adapter_config.json").read_text())["r"] == 2
    assert main(command) == 0
    said = capsys.readouterr()
    assert "stored already" in said.err and "lora" in said.out


def test_tune_reports_and_is_not_repeated(toy: str, capsys: pytest.CaptureFixture[str]) -> None:
    report = ok(capsys, "tune", toy, "toy/alpha", "--seed", "4", *FAST)
    assert ",".join(report) == "run_id,backbone,task,seed,steps,seconds,untrained_score,validation_score,path"
    assert report["seed"] == 4 and Path(report["path"], "adapter_model.safetensors").exists()
    fakes.CALLS.clear()
    _, out, err = command_line.run(capsys, "tune", toy, "toy/alpha", "--seed", "4", *FAST, "--json")
    assert json.loads(out) == report and "nothing was tuned" in err and fakes.CALLS == []


def test_tune_to_a_folder_then_evaluate_that_folder(toy: str, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    report = ok(capsys, "tune", toy, "toy/alpha", "--out", str(tmp_path / "prompt"), *FAST)
    assert report["path"] == str(tmp_path / "prompt")
    score = ok(capsys, "evaluate", report["path"], "toy/beta", "--limit", "20", "--predictions", str(tmp_path / "p.parquet"))
    seconds = ["commonest_class", "balanced_accuracy", "macro_f1"]
    assert list(score) == ["task", "n", "score", "low", "high", "metric", *seconds]
    assert score["n"] == 20 and 0 <= score["low"] <= score["score"] <= score["high"] <= 1
    import pandas as pd

    assert len(pd.read_parquet(tmp_path / "p.parquet")) == 20
    assert ok(capsys, "evaluate", report["run_id"], "toy/beta", "--limit", "20") == score


def test_tuning_can_start_from_a_prompt_of_an_earlier_run(toy: str, capsys: pytest.CaptureFixture[str]) -> None:
    first = ok(capsys, "tune", toy, "toy/alpha", *FAST)
    second = ok(capsys, "tune", toy, "toy/beta", "--init", first["run_id"], *FAST)
    assert Catalogue().prompt(second["run_id"]).init == f"prompt:{first['run_id']}"
    status, _, err = command_line.run(capsys, "tune", toy, "toy/beta", "--init", "nonsense", *FAST)
    assert status == 2 and "Unknown initialisation" in err
