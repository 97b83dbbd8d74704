"""Ids: the same content has the same one, on every machine and in any order; hashlib and known digests are the oracle."""

import hashlib
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from ptlib.base.errors import BadInput
from ptlib.base.identity import canonical, digest, folder_of, named, path_of
from ptlib.prompts.spec import TuneSettings, TuneSpec, recipe_of
from ptlib.transfer.spec import TransferSpec


def test_the_canonical_form_is_sorted_ascii_json_without_spaces() -> None:
    assert canonical({"b": 1, "a": [True, None, "ü"]}) == '{"a":[true,null,"\\u00fc"],"b":1}'
    with pytest.raises(ValueError, match="not JSON compliant"):
        canonical({"a": float("nan")})


def test_a_digest_is_the_head_of_sha256_and_does_not_depend_on_order() -> None:
    assert digest({"x": 1, "y": 2}) == digest({"y": 2, "x": 1}) != digest({"x": 1, "y": 3})
    assert digest({"x": 1}, 16) == hashlib.sha256(b'{"x":1}').hexdigest()[:16]
    assert digest({}) == "44136fa355"  # as `printf '{}' | sha256sum` says


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / 'a "b' / "task").mkdir(parents=True)
    (tmp_path / 'a "b' / "task" / "train.csv").write_text("text,label\nx,1\n")
    return tmp_path / 'a "b'


def _ids(data: str) -> tuple[str, ...]:
    settings = TuneSettings(init=f"prompt:{data}")
    tune = TuneSpec("m", "t", 0, settings, data)
    return tune.id, TransferSpec("m", ("t",), ("u",), (0,), settings, data=data).id, recipe_of(settings, data), settings.recipe


def test_a_moved_folder_keeps_its_ids_and_an_edited_one_does_not(folder: Path, tmp_path: Path) -> None:
    before = named(folder)
    shutil.copytree(folder, tmp_path / "moved")
    assert path_of(before) == str(folder) and named(tmp_path / "moved") != before
    assert _ids(named(tmp_path / "moved")) == _ids(before)
    (folder / "task" / "train.csv").write_text("text,label\nx,0\n")
    assert not set(_ids(named(folder))) & set(_ids(before))


def test_an_edit_after_planning_is_told(folder: Path) -> None:
    before = named(folder)
    assert folder_of(before) == folder and folder_of(str(folder)) == folder
    (folder / "task" / "more.csv").write_text("x")
    with pytest.raises(BadInput, match="was changed since"):
        folder_of(before)


def test_ids_without_named_folders_stay_as_they_were() -> None:
    plain = TuneSpec("demo/roberta-small", "demo/film_snippet", 0, TuneSettings())
    assert plain.id == "p" + _expected(plain)
    assert replace(plain, data="/some/folder").id == "p" + _expected(replace(plain, data="/some/folder"))


def _expected(spec: TuneSpec) -> str:
    import hashlib
    import json
    from dataclasses import asdict

    values = asdict(spec)
    assert values["settings"].pop("fitted") is None  # came later, and changes no id unless it is chosen
    told = json.dumps({"kind": "tune", "v": 1, **values}, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(told.encode()).hexdigest()[:10]


def test_a_folder_without_files_has_no_name(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no file"):
        named(tmp_path)


def test_a_whole_disk_is_no_folder_of_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ptlib.base.identity.MOST_FILES", 5)
    (tmp_path / "a").mkdir()
    for number in range(4):
        (tmp_path / "a" / f"{number}.csv").touch()
    assert named(tmp_path)
    (tmp_path / "a" / "4.csv").touch()
    with pytest.raises(BadInput, match="holds more than 5 files"):
        named(tmp_path)
