"""Speeds: the nearest measurement counts, and a guess says that it is one."""

from pathlib import Path

import pytest

from ptlib.results.speeds import GUESS, speed
from ptlib.results.store import Store


def test_own_runs_of_the_backbone_come_before_those_of_others_and_before_a_guess(cache: Path) -> None:
    guess = speed("m", "tune")
    assert guess.rate == GUESS["tune"] and "guess" in guess.basis
    Store().add_speed("other", "tune", "cpu", 300, 2)
    assert speed("m", "tune").rate == 150 and "other backbones" in speed("m", "tune").basis
    Store().add_speed("m", "tune", "cpu", 100, 2)
    Store().add_speed("m", "tune", "cpu", 300, 2)
    assert speed("m", "tune").rate == 100 and "this backbone here" in speed("m", "tune").basis
    assert speed("m", "evaluate").rate == GUESS["evaluate"]


def test_work_of_a_new_sort_has_a_slow_guess(cache: Path) -> None:
    assert speed("m", "echo").rate == min(GUESS.values())


def test_a_backbone_that_was_never_run_is_compared_with_others_by_size(cache: Path) -> None:
    base, large = "FacebookAI/roberta-base", "FacebookAI/roberta-large"
    Store().add_speed("m", "evaluate", "cpu", 1, 1)  # of unknown size: it says nothing of another
    Store().add_speed(base, "evaluate", "cpu", 640, 10)
    found = speed(large, "evaluate")
    assert found.rate == pytest.approx(64 * (12 * 768**2) / (24 * 1024**2)) and "compared by size" in found.basis
    assert speed(large, "tune").rate == GUESS["tune"]


def test_the_demo_s_build_tells_of_models_that_were_never_run(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [{"backbone": "FacebookAI/roberta-base", "kind": "tune", "units": 90.0, "seconds": 3.0}]
    monkeypatch.setattr("ptlib.results.speeds.Catalogue.demo_speeds", lambda self: rows)
    found = speed("google-bert/bert-base-uncased", "tune")
    assert found.rate == pytest.approx(30) and found.basis == "the build of the demo, compared by size"
