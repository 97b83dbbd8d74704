"""What a visitor may launch: no place outside the owner's folders in any field, and no more runs than the owner allows."""

from dataclasses import dataclass, field

import pytest

from ptlib.base import exposure
from ptlib.base.errors import BadInput
from ptlib.runs import visitors


@dataclass
class Spec:
    """Any spec: texts in fields, tuples and mappings."""

    backbone: str = "demo/roberta-small"
    tasks: tuple[str, ...] = ("demo/fairness",)
    settings: dict[str, str] = field(default_factory=lambda: {"init": "vocab"})


@pytest.mark.parametrize(
    "spec",
    [
        Spec(backbone="/etc"),
        Spec(tasks=("demo/fairness", "../secret")),
        Spec(tasks=("form.json",)),
        Spec(settings={"init": "prompt:/home/somebody"}),
        Spec(settings={"init": "prompt:/home/somebody#0123456789ab"}),
    ],
)
def test_a_place_in_any_field_is_refused(cache, monkeypatch: pytest.MonkeyPatch, spec: Spec) -> None:
    monkeypatch.delenv(exposure.FOLDERS, raising=False)
    with pytest.raises(BadInput, match=exposure.FOLDERS):
        visitors.check_places(spec)


def test_ids_and_the_words_that_a_prompt_starts_from_are_no_places(cache, tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    for spec in (Spec(), Spec(settings={"init": "text:see /etc/passwd, or ../x"}), Spec(settings={"init": "prompt:p0123"})):
        visitors.check_places(spec)
    monkeypatch.setenv(exposure.FOLDERS, str(tmp_path))
    visitors.check_places(Spec(backbone=str(tmp_path / "mine")))


def test_a_visitor_waits_for_his_own_runs_and_all_for_a_full_queue(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(visitors, "_LAUNCHED", {})
    monkeypatch.setenv(exposure.MOST_WAITING, "2")
    for name in ("a", "b"):
        visitors.remember("10.0.0.9", name)
    visitors.check_waiting("10.0.0.9", ["a", "of somebody else"])
    visitors.check_waiting("10.0.0.8", ["a", "b"])
    with pytest.raises(BadInput, match="2 of your runs wait already"):
        visitors.check_waiting("10.0.0.9", ["b", "a"])
    with pytest.raises(BadInput, match="20 runs wait already"):
        visitors.check_waiting("10.0.0.8", [str(number) for number in range(20)])
