"""Where things lie: beside the package, or where the environment says."""

from pathlib import Path

import pytest

from ptlib.base import paths


def test_the_environment_moves_cache_and_demo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PTLIB_CACHE", str(tmp_path / "c"))
    monkeypatch.setenv("PTLIB_DEMO", str(tmp_path / "d"))
    assert (paths.cache_dir(), paths.store_dir(), paths.demo_dir()) == (tmp_path / "c", tmp_path / "c" / "store", tmp_path / "d")


def test_without_it_all_lies_beside_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PTLIB_CACHE", raising=False)
    monkeypatch.setenv("PTLIB_DEMO", "")
    assert (paths.ROOT / "ptlib" / "base" / "paths.py").samefile(paths.__file__)
    assert paths.cache_dir() == paths.ROOT / "cache" and paths.demo_dir() == paths.DEMO == paths.ROOT / "cache" / "demo"


@pytest.mark.parametrize(("value", "place"), [("", "cache"), ("  ", "cache"), ("~/c", "/h/c"), (" /x/y ", "/x/y"), ("a~", "a~")])
def test_the_cache_is_where_the_variable_means_it(value: str, place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/h")
    monkeypatch.setenv("PTLIB_CACHE", value)
    assert paths.cache_dir() == (paths.ROOT / place if place == "cache" else Path(place))
