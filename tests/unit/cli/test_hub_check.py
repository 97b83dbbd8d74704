"""The self-check against an imitation of the Hub: present, moved, missing, and the fallback taken."""
# ruff: noqa: F811  (a fixture is an argument of the same name)

import time

import pytest

from ptlib.base.errors import NotAvailable
from ptlib.cli.hub_check import check_all
from ptlib.models.published import HUB_BACKBONES
from ptlib.tasks.published.registry import HUB_TASKS
from tests.fixtures.hub_fixtures import HubImitation, hub  # noqa: F401

TASKS = {task.id: task for task in HUB_TASKS}


def fill(hub: HubImitation, place, names: dict[str, str] | None = None) -> None:
    for pattern in (name for files in place.files.values() for name in files):
        name = (names or {}).get(pattern, pattern.replace("*", "0000"))
        hub.add("dataset", place.repo, {name: b"x"}, place.revision)


def test_every_registered_file_is_present_when_the_hub_has_it(hub: HubImitation) -> None:
    for task in HUB_TASKS:
        for place in task.hub:
            fill(hub, place)
    for spec in HUB_BACKBONES:
        hub.add("model", spec.location, dict.fromkeys(("config.json", "pytorch_model.bin", "tokenizer.json"), b"x"))
    report = check_all()
    assert report.ok and {item.state for item in report.findings} == {"present"}
    assert report.places["imdb"] == "stanfordnlp/imdb@main"
    assert set(report.places) == {*TASKS, *(spec.id for spec in HUB_BACKBONES)}
    assert any(
        line.startswith("present  imdb: stanfordnlp/imdb@main plain_text/train-00000-of-00001.parquet [used]")
        for line in report.lines()
    )


def test_a_moved_file_names_its_new_place_and_the_fallback_is_taken(hub: HubImitation) -> None:
    task = TASKS["imdb"]
    fill(hub, task.hub[0], {"plain_text/train-00000-of-00001.parquet": "data/train-00000-of-00001.parquet"})
    fill(hub, task.hub[1])
    report = check_all([task], [])
    states = {item.file: (item.state, item.note) for item in report.findings}
    assert states["plain_text/train-00000-of-00001.parquet"] == ("moved", "now looks like data/train-00000-of-00001.parquet")
    assert report.places["imdb"] == "stanfordnlp/imdb@refs/convert/parquet"
    assert {item.revision for item in report.findings if item.taken} == {"refs/convert/parquet"}


def test_a_missing_repository_and_a_gated_one_say_why(hub: HubImitation) -> None:
    gated = TASKS["samsum"]
    for place in gated.hub:
        hub.trouble[place.repo, "*"] = "gated"
    report = check_all([TASKS["snli"], gated], [])
    assert not report.ok and report.places == {"snli": "", "samsum": ""}
    notes = {item.owner: item.note for item in report.findings}
    assert "does not exist" in notes["snli"] and "gated" in notes["samsum"]
    assert {item.state for item in report.findings} == {"missing"}


def test_a_script_repository_is_recognised(hub: HubImitation) -> None:
    task = TASKS["movie_rationales"]
    hub.add("dataset", task.hub[0].repo, {"movie_rationales.py": b""}, task.hub[0].revision)
    assert all("loading script" in item.note for item in check_all([task], []).findings)


def test_an_unreachable_hub_ends_the_check_at_once(hub: HubImitation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    begun = time.monotonic()
    with pytest.raises(NotAvailable, match="Cannot reach"):
        check_all()
    assert time.monotonic() - begun < 2
