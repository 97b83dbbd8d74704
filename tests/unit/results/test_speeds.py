"""Speeds: the nearest measurement counts, and a guess says that it is one."""

from pathlib import Path

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
