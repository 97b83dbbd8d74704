"""transfer and export: the long CSV, one cell, prompts that are there, prompts that are given."""

import csv
import json
from pathlib import Path

import pytest

from ptlib.cli import mapping
from ptlib.models.registry import backbone_of
from ptlib.runs import queue as jobs
from ptlib.transfer.export import COLUMNS
from tests.fixtures import fakes
from tests.unit.cli import FAST, ok, run


def test_transfer_writes_the_long_csv(toy: str, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "map.csv"
    status, out, err = run(capsys, "transfer", toy, "toy/alpha", "toy/beta", "--seeds", "0,1", "--out", str(path), *FAST)
    assert status == 0 and out == "" and "Wrote" in err
    rows = list(csv.DictReader(path.read_text().splitlines()))
    assert tuple(rows[0]) == COLUMNS
    assert {row["source"] for row in rows} == {"toy/alpha", "toy/beta", "untrained", "untrained_uniform", "hand_written"}
    run_id = jobs.listing()[0].id
    assert run(capsys, "export", run_id, "--format", "csv")[1] == path.read_text()
    page = tmp_path / "map.html"
    assert run(capsys, "export", run_id, "--format", "html", "--out", str(page))[0] == 0
    assert "Gain kept, %" in page.read_text()


def test_a_quick_map_is_measured_on_few_examples_and_is_a_map_of_its_own(
    toy: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mapping, "QUICK_EXAMPLES", 2)
    words = ("transfer", toy, "toy/alpha", "--references", "untrained")
    rows = ok(capsys, *words, "--quick", *FAST)
    assert {row["n"] for row in rows} == {2}
    assert {row["n"] for row in ok(capsys, *words, "--quick", "--limit", "3", *FAST)} == {3}
    ok(capsys, *words, *FAST)
    recipes = {job.piece.recipe: job.piece.limit for job in jobs.listing() if job.piece is not None}
    assert len(recipes) == 2 and None in recipes.values()


def test_transfer_of_one_cell_is_the_run_the_pages_launch(toy: str, capsys: pytest.CaptureFixture[str]) -> None:
    from ptlib.transfer.spec import TransferSpec

    rows = ok(capsys, "transfer", toy, "toy/alpha", "--targets", "toy/beta", "--seeds", "5", "--references", "untrained", *FAST)
    assert {(row["source"], row["target"]) for row in rows} == {
        ("toy/alpha", "toy/beta"),
        ("toy/beta", "toy/beta"),
        ("untrained", "toy/beta"),
    }
    spec = TransferSpec(backbone_of(toy).id, ("toy/alpha",), ("toy/beta",), (5,), fakes.SETTINGS, references=("untrained",))
    assert [job.id for job in jobs.listing()] == [spec.id]
    assert run(capsys, "transfer", toy, "toy/alpha", "--references", "untraind")[0] == 2


def test_transfer_without_tuning_uses_what_is_there(toy: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "transfer", toy, "toy/alpha", "--no-tune", *FAST)[0] == 2
    ok(capsys, "tune", toy, "toy/alpha", *FAST)
    status, out, err = run(capsys, "transfer", toy, "toy/alpha", "toy/beta", "--no-tune", "--json", *FAST)
    assert status == 0 and "Left out" in err
    assert {row["target"] for row in json.loads(out)} == {"toy/alpha"}


def test_given_prompts_are_measured_without_touching_the_store(
    toy: str, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("alpha", "beta"):
        ok(capsys, "tune", toy, f"toy/{name}", "--out", str(tmp_path / name), *FAST)
    monkeypatch.setenv("PTLIB_CACHE", str(tmp_path / "elsewhere"))
    rows = ok(capsys, "transfer", toy, "--prompts", str(tmp_path / "alpha"), str(tmp_path / "beta"))
    by = {(row["source"], row["target"]): row for row in rows}
    assert by["toy/alpha", "toy/alpha"]["relative"] == pytest.approx(100)
    assert ("untrained", "toy/beta") in by and not (tmp_path / "elsewhere").exists()
