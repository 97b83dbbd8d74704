"""The demo that comes with the repository: whole, small, measured again, made anew byte for byte, and what it shows."""

import filecmp
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ptlib.base import paths
from ptlib.cli import main
from ptlib.demo.world.splits import build_splits
from ptlib.results.catalogue import Catalogue
from ptlib.tasks.registry import get_task
from ptlib.transfer import warm
from ptlib.transfer.matrix import Cell, build_matrix

BACKBONES = ("demo/roberta-small", "demo/roberta-wide", "demo/t5-small")
CELLS_AGAIN = 2
SPLITS_SEED = 11

pytestmark = pytest.mark.skipif(not (paths.DEMO / "results").exists(), reason="the demo is not in this checkout")


@pytest.fixture(autouse=True)
def committed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PTLIB_DEMO", str(paths.DEMO))
    monkeypatch.setenv("PTLIB_CACHE", str(tmp_path / "cache"))


@pytest.mark.slow
def test_a_sample_is_measured_again_and_every_file_is_whole(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo", "check", "--cells", str(CELLS_AGAIN), "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert all(row["ok"] for row in rows)
    again = [row["backbone"] for row in rows if row["check"] != "checksums"]
    assert again == [name for name in BACKBONES for _ in range(CELLS_AGAIN)]


def test_it_is_small_and_holds_no_code() -> None:
    files = [path for path in paths.DEMO.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) <= 40_000_000
    assert {path.suffix for path in files} == {".safetensors", ".json", ".jsonl", ".parquet", ".png"}
    assert all(path.stat().st_size <= 10_000_000 for path in files)


@pytest.mark.slow
def test_the_splits_are_made_anew_byte_for_byte(tmp_path: Path) -> None:
    build_splits(tmp_path, SPLITS_SEED)
    made = sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("*.jsonl"))
    assert len(made) == 17 * 3
    assert all(filecmp.cmp(tmp_path / path, paths.DEMO / path, shallow=False) for path in made)


def cells(backbone: str) -> dict[tuple[str, str], Cell]:
    return {
        (cell.source, cell.target): cell
        for cell in build_matrix(Catalogue(), backbone).cells
        if get_task(cell.target).is_classification
    }


def reused(found: dict[tuple[str, str], Cell], within: bool) -> Iterator[Cell]:
    """Cells of a task's prompt on another task, within or across families."""
    for (source, target), cell in found.items():
        other = "/" in source and source != target and get_task(source).is_classification
        if other and (get_task(source).family == get_task(target).family) == within:
            yield cell


@pytest.mark.parametrize("backbone", BACKBONES)
def test_untrained_prompts_stay_near_chance_and_own_prompts_learn(backbone: str) -> None:
    found = cells(backbone)
    for kind in ("untrained", "untrained_uniform"):
        away = [abs(cell.score - get_task(target).chance) for (source, target), cell in found.items() if source == kind]
        assert len(away) == 13 and np.mean(away) <= 0.08 and max(away) <= 0.15
    own = {target: cell for (source, target), cell in found.items() if source == target}
    assert np.mean([cell.score for cell in own.values()]) >= 0.85 and {cell.n_seeds for cell in own.values()} == {3}
    assert all(cell.score >= (0.72 if len(get_task(target).labels) == 2 else 0.65) for target, cell in own.items())


@pytest.mark.parametrize("backbone", BACKBONES)
def test_prompts_travel_within_a_family_and_not_across(backbone: str) -> None:
    found = cells(backbone)
    assert np.mean([cell.gain_kept for cell in reused(found, within=True)]) >= 0.6
    assert np.mean([cell.gain_kept for cell in reused(found, within=False)]) <= 0.2
    hits = 0
    for target in {target for _, target in found}:
        relative, stranger = (
            max(cell.score for cell in reused(found, within) if cell.target == target) for within in (True, False)
        )
        hits += relative > stranger  # a tie is no hit
    assert hits >= 11


@pytest.mark.parametrize("backbone", BACKBONES)
def test_every_prompt_of_the_map_kept_its_way_and_warm_starts_have_their_twins(backbone: str) -> None:
    catalogue = Catalogue()
    rows = catalogue.prompt_rows(backbone)
    assert all(len(catalogue.trail(row.id)) > 1 for row in rows if not row.start.is_warm)
    found = warm.comparisons(catalogue, backbone)
    assert found.groupby(["relation", "seed"]).size().to_dict() == {
        (relation, seed): 13 for relation in (warm.SAME, warm.OTHER) for seed in (0, 1, 2)
    }


def test_the_t5_like_backbone_reads_passages_and_sums_up_dialogues() -> None:
    folder = paths.DEMO / "results" / "t5-small"
    found = pd.read_parquet(folder / "predictions.parquet")
    own = {row["prompt_id"]: row["task"] for row in json.loads((folder / "prompts.json").read_text())}
    exact = {}
    for task in ("demo/passage_questions", "demo/dialogue_summary"):
        answers = found[(found.target == task) & (found.prompt_id.map(own) == task)]
        assert len(answers) == 3 * 300
        exact[task] = float(np.mean(answers.gold == answers.predicted))
    guess = json.loads((paths.DEMO / "tasks" / "facts.json").read_text())["demo/passage_questions"]["guess"]
    assert exact["demo/passage_questions"] >= guess + 0.15 and exact["demo/dialogue_summary"] >= 0.5
