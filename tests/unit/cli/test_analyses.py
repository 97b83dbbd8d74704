"""neurons, mask and cluster: what they print, write and refuse."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ptlib import cli
from ptlib.analysis.alone import alone_from
from ptlib.analysis.alone.reading import read_alone
from ptlib.cli import main
from ptlib.models.load import FrozenModel
from ptlib.models.registry import backbone_of
from ptlib.prompts.record import Prompt
from ptlib.prompts.soft import SoftPrompt
from ptlib.runs import queue as jobs
from ptlib.transfer.spec import TransferSpec
from tests.fixtures.fakes import ids

P, SNIPPET = 4, "demo/film_snippet"


def test_the_command_line(space: TransferSpec, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    a, _, b, *_ = ids(space)
    out = tmp_path / "out.csv"
    assert main(["neurons", a, b, "--layers", "0-1", "--json", "--out", str(out)]) == 0
    told = json.loads(capsys.readouterr().out)
    assert len(told["sets"]) == 4 and told["pairs"][0]["chance"] > 0 and out.read_text().startswith("a,b,first,last")
    assert main(["neurons", a]) == 0 and "nothing to overlap" in capsys.readouterr().err
    assert main(["neurons", a, b, "--layers", "5"]) == 2 and "counted from 0" in capsys.readouterr().err
    assert main(["mask", a, "toy/alpha", "--other", b, "--draws", "2", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["unmasked"] == 0.9 and len(told["summary"]) == 12 and told["summary"][0]["condition"] == "own"
    assert main(["mask", a, "toy/alpha", "--other", b, "--draws", "2"]) == 0
    assert "stored already" in capsys.readouterr().err
    assert main(["cluster", space.backbone, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert len(told["points"]) == 6 and told["statistics"][0]["value"] is None and told["stability"]["persistence"] == 1
    assert main(["cluster", space.backbone, "--method", "tsne", "--out", str(out)]) == 0 and "x,y" in out.read_text()
    (run,) = [job.id for job in jobs.listing() if job.kind == "mask"]
    assert main(["export", run, "--format", "csv"]) == 2 and "is no piece of the map" in capsys.readouterr().err
    assert main(["cluster", a]) == 2 and main(["cluster", a, "nobody"]) == 2 and main(["mask", a, "toy/x"]) == 2


def prompt(frozen: FrozenModel, task: str = SNIPPET, **more: object) -> SoftPrompt:
    values = np.random.default_rng(0).normal(0, 0.5, (P, frozen.spec.width)).astype(np.float32)
    values.setflags(write=False)  # as the catalogue hands them out
    return SoftPrompt(values, Prompt("p1", frozen.spec.id, task, 3, **({"init": "vocab"} | more)))


def test_the_command_line_prints_the_same(models: dict[str, FrozenModel], tmp_path: Path, cache: Path,
                                          capsys: pytest.CaptureFixture[str]) -> None:  # fmt: skip
    frozen = models["t5"]
    prompt(frozen).save(tmp_path / "mine")
    nameless = replace(prompt(frozen), info=replace(prompt(frozen).info, backbone=""))
    nameless.save(tmp_path / "nameless")
    assert cli.main(["alone", str(tmp_path / "mine"), "--words", "3", "--json", "--device", "cpu"]) == 0
    told = alone_from(json.loads(capsys.readouterr().out))
    assert told.backbone == backbone_of(frozen.spec.id).id  # by what the folder holds
    assert replace(told, backbone=frozen.spec.id) == read_alone(frozen, prompt(frozen), 3)
    assert cli.main(["alone", str(tmp_path / "mine"), "--device", "cpu"]) == 0
    out = capsys.readouterr().out
    assert "untrained_share" in out and "negative" in out
    for arguments, told in (
        ([str(tmp_path / "nameless")], "Name it with --backbone"),
        ([str(tmp_path / "mine"), "--backbone", models["roberta"].spec.id], "cannot read it"),
        ([str(tmp_path / "mine"), "--words", "0"], "Ask for 1 to 50"),
        (["pnosuch"], "No prompt 'pnosuch'"),
    ):
        assert cli.main(["alone", *arguments]) == 2
        error = capsys.readouterr().err
        assert told in error and error.count("\n") == 1
