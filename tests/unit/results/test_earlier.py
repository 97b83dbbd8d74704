"""Model folders and data by what they hold: a changed one is another, a moved one the same, and earlier names stay."""

import json
import os
import shutil
import time
from pathlib import Path

import pytest

from ptlib.base.errors import BadInput
from ptlib.base.identity import CONTENT, named
from ptlib.base.progress import Silent
from ptlib.cli import main
from ptlib.models.registry import backbone_of, get_backbone
from ptlib.prompts.spec import TuneSpec
from ptlib.results.catalogue import Catalogue
from ptlib.results.earlier import backbone_known_as, known_as
from ptlib.runs import execution
from ptlib.runs.kinds import left_of
from tests.fixtures import fakes


def _change(folder: str) -> None:
    """As a save over the folder would: another content, later than all that was recorded."""
    path = Path(folder) / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"retrained": True}))
    os.utime(path, (time.time() + 5, time.time() + 5))


def _spec(folder: str) -> TuneSpec:
    return TuneSpec(backbone_known_as(folder).id, "toy/alpha", 0, fakes.SETTINGS)


def test_a_changed_model_is_another_one_and_what_was_planned_with_it_is_refused(toy: str) -> None:
    before = _spec(toy)
    assert CONTENT in before.backbone
    execution.execute(before, Silent())
    assert not left_of(_spec(toy)) and Catalogue().prompt(before.id) is not None
    _change(toy)
    after = _spec(toy)
    assert after.id != before.id and left_of(after) and not Catalogue().prompt_rows(after.backbone)
    with pytest.raises(BadInput, match="was changed since"):
        get_backbone(before.backbone)


def test_a_model_that_was_moved_or_copied_keeps_its_results(toy: str, tmp_path: Path) -> None:
    before = _spec(toy)
    execution.execute(before, Silent())
    moved = shutil.copytree(toy, tmp_path / "elsewhere")
    (moved / "README.md").write_text("what is not loaded does not count")
    after = _spec(str(moved))
    assert after.id == before.id and after.backbone != before.backbone and not left_of(after)
    assert (
        [row.id for row in Catalogue().prompt_rows(after.backbone)]
        == [before.id]
        == [row.id for row in Catalogue().prompt_rows(toy)]
    )
    assert len(Catalogue().backbones()) == len({name.rpartition(CONTENT)[2] for name in Catalogue().backbones()})
    shutil.rmtree(moved)
    with pytest.raises(BadInput, match="not there any more"):
        get_backbone(after.backbone)


def test_what_an_earlier_version_named_by_place_is_found_until_the_folder_changes(toy: str) -> None:
    old = TuneSpec(toy, "toy/alpha", 0, fakes.SETTINGS)
    execution.execute(old, Silent())
    assert backbone_known_as(toy).id == toy and not left_of(_spec(toy)) and _spec(toy).id == old.id
    assert main(["tune", toy, "toy/alpha", "--steps", "10", "--batch-size", "2"]) in (0, 2)
    _change(toy)
    assert backbone_known_as(toy).id == backbone_of(toy).id != toy and left_of(_spec(toy))


def test_data_that_was_named_by_place_is_found_until_it_changes(toy: str, tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / "train.csv").write_text("a,b\n1,2\n")
    assert known_as(named(data)) == named(data)
    execution.execute(TuneSpec(toy, "toy/alpha", 0, fakes.SETTINGS, data=str(data)), Silent())
    from ptlib.runs import queue

    queue.enqueue(TuneSpec(toy, "toy/alpha", 1, fakes.SETTINGS, data=str(data)))
    assert known_as(named(data)) == str(data)
    (data / "train.csv").write_text("a,b\n1,3\n")
    os.utime(data / "train.csv", (time.time() + 5, time.time() + 5))
    assert CONTENT in known_as(named(data))
