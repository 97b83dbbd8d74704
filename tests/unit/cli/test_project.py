"""project fit, table, apply: what a command means, what it prints, what it refuses."""

import json
from pathlib import Path

import pytest

from ptlib.base import paths
from ptlib.cli import build_parser, main
from ptlib.cli.project import spec_of
from ptlib.projection.spec import ProjectSpec, recipe
from ptlib.results.catalogue import Catalogue
from ptlib.runs.estimates import estimate

SMALL, WIDE, TASK = "demo/roberta-small", "demo/roberta-wide", "demo/film_snippet"
COMMAND = ["project", "fit", SMALL, WIDE, "--method", "relative", "--columns", TASK, "--seeds", "0", "1", "--limit", "4"]
SPEC = ProjectSpec(SMALL, WIDE, "relative", seeds=(0, 1), columns=(TASK,), limit=4)


@pytest.fixture(autouse=True)
def demo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if not (paths.DEMO / "results").exists():
        pytest.skip("the demo is not in this checkout")
    monkeypatch.setenv("PTLIB_DEMO", str(paths.DEMO))
    monkeypatch.setenv("PTLIB_CACHE", str(tmp_path / "cache"))


def parsed(words: list[str]) -> ProjectSpec:
    return spec_of(build_parser().parse_args(words))


def test_rungs_are_named() -> None:
    words = ["project", "table", SMALL, WIDE, "--tasks", TASK, "--recipe", "paper"]
    assert parsed(words) == recipe(SMALL, WIDE, (TASK,), "paper")
    assert parsed(words[:-2]) == recipe(SMALL, WIDE, (TASK,))
    assert parsed([*words[:-2], "--start", "vocabulary"]) == recipe(SMALL, WIDE, (TASK,), start="vocabulary")


def test_fit_table_apply(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert estimate(SPEC).seconds > 0
    assert main([*COMMAND, "--device", "cpu", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["id"] == SPEC.id and told["complete"] and {row["row"] for row in told["rows"]} >= {"own prompts", "anchors"}
    assert estimate(SPEC).seconds == 0
    assert main(["project", "table", *COMMAND[2:]]) == 0
    assert "own prompts" in capsys.readouterr().out
    prompt = next(row.id for row in Catalogue().prompt_rows(SMALL) if (row.task, row.seed, row.init) == (TASK, 1, "vocab"))
    assert main(["project", "apply", SPEC.id, prompt, "--out", str(tmp_path / "p"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["shape"] == [20, 192]
    assert main(["evaluate", str(tmp_path / "p"), TASK, "--limit", "5"]) == 0
    assert main(["project", "apply", SPEC.id, prompt, "--out", str(tmp_path / "p")]) == 2
    assert "exists already" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["project", "fit", SMALL, SMALL, "--tasks", TASK], "nothing has to be carried over"),
        (["project", "fit", SMALL, WIDE], "Name at least one training task"),
        (["project", "fit", SMALL, WIDE, "--tasks", "demo/fact_questions"], "not common to both models"),
        (["project", "table", SMALL, WIDE, "--tasks", TASK, "--limit", "few"], "whole number or all"),
        (["project", "table", SMALL, WIDE, "--tasks", TASK, "--limit", "3"], "was not fitted yet"),
        (["project", "apply", "x0", "p0", "--out", "nowhere"], "no projection 'x0'"),
    ],
)
def test_bad_input_is_one_line_and_status_2(capsys: pytest.CaptureFixture[str], words: list[str], message: str) -> None:
    assert main(words) == 2
    assert message in capsys.readouterr().err
