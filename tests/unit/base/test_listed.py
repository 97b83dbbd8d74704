"""Files that came with the repository are what its list says, and a change of one, or of the list, is noticed."""

import json
from pathlib import Path

import pytest

from ptlib.base import listed, paths
from ptlib.base.errors import Damaged
from ptlib.base.files import file_sha256
from ptlib.base.identity import sealed


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in ("backbones/a/config.json", "tasks/t/train.jsonl", "tasks/facts.json", "results/a/scores"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    listed.write(tmp_path)
    return tmp_path


def test_the_committed_list_is_of_the_committed_files() -> None:
    files = json.loads((paths.DEMO / listed.LIST).read_text())
    there = [path for name in listed.FOLDERS for path in (paths.DEMO / name).rglob("*") if path.is_file()]
    assert files == sealed({"files": {path.relative_to(paths.DEMO).as_posix(): file_sha256(path) for path in sorted(there)}})


def test_a_changed_and_a_lost_file_are_named_and_others_pass(root: Path) -> None:
    listed.check(root, root)
    (root / "tasks/t/train.jsonl").write_text("changed")
    (root / "backbones/a/config.json").unlink()
    listed.check(root, root / "tasks/facts.json")
    assert listed.broken(root, root) == ["backbones/a/config.json", "tasks/t/train.jsonl"]
    with pytest.raises(Damaged, match="Restore it from the repository"):
        listed.check(root, root / "backbones" / "a")


def test_a_changed_list_vouches_for_nothing_and_no_list_asks_for_nothing(root: Path) -> None:
    path = root / listed.LIST
    path.write_text(path.read_text().replace("backbones/a", "backbones/b"))
    with pytest.raises(Damaged, match=listed.LIST):
        listed.check(root, root / "tasks")
    path.unlink()
    listed.check(root, root / "tasks")
