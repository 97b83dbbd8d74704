"""Files whole or absent, and a database that says in words what is wrong."""

import errno
import os
import sqlite3
from pathlib import Path

import pytest

from ptlib.analysis.specs import NeuronSpec
from ptlib.base import files
from ptlib.base.errors import BadInput, RunFailed
from ptlib.base.progress import Silent
from ptlib.results.catalogue import Catalogue
from ptlib.results.store import SCHEMA_VERSION, Store
from ptlib.runs import execution
from ptlib.transfer.spec import TransferSpec
from tests.fixtures.fakes import ids


def _full(*_: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_file_is_replaced_whole_and_its_checksum_returned(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "file.bin"
    assert files.write_atomically(path, b"one") == files.file_sha256(path)
    assert files.write_atomically(path, b"two") == files.sha256(b"two")
    assert path.read_bytes() == b"two" and list(path.parent.iterdir()) == [path]


def test_a_full_disk_leaves_the_old_file_and_no_part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file.bin"
    files.write_atomically(path, b"old")
    monkeypatch.setattr(files.os, "fsync", _full)
    with pytest.raises(RunFailed, match=r"disk is full: file\.bin was not written"):
        files.write_atomically(path, b"new")
    assert path.read_bytes() == b"old" and list(tmp_path.iterdir()) == [path]


def test_a_full_disk_is_seen_through_the_error_of_a_library(tmp_path: Path) -> None:
    def fill(folder: Path) -> None:
        raise ValueError("I/O error: No space left on device (os error 28)")

    with pytest.raises(RunFailed, match="disk is full"):
        files.write_folder(tmp_path / "prompt", fill)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_is_replaced_whole(tmp_path: Path) -> None:
    def fill(text: str):
        def act(folder: Path) -> None:
            folder.mkdir()
            (folder / "a").write_text(text)
            if text == "bad":
                _full()

        return act

    folder = tmp_path / "prompt"
    first = files.write_folder(folder, fill("one"))
    assert first == files.folder_sha256(folder) != files.write_folder(folder, fill("two"))
    with pytest.raises(RunFailed, match="disk is full"):
        files.write_folder(folder, fill("bad"))
    assert (folder / "a").read_text() == "two" and list(tmp_path.iterdir()) == [folder]


def test_a_checksum_follows_the_file_and_a_folder_checksum_its_names(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("x")
    before = files.folder_sha256(tmp_path)
    (tmp_path / "a").rename(tmp_path / "b")
    assert files.folder_sha256(tmp_path) != before
    assert files.file_sha256(tmp_path / "missing") is None and files.folder_sha256(tmp_path / "missing") is None


def test_reading_makes_nothing(cache: Path) -> None:
    assert Store().query("SELECT * FROM runs") == [] and not cache.exists()


def test_the_database_is_wal_and_transactions_are_all_or_nothing(cache: Path) -> None:
    store = Store()
    with pytest.raises(ZeroDivisionError), store.writing() as connection:
        connection.execute("INSERT INTO speeds VALUES ('b', 'tune', 'cpu', 1, 1, 1, NULL)")
        _ = 1 / 0
    assert store.query("SELECT * FROM speeds") == []
    assert store.query("PRAGMA journal_mode")[0][0] == "wal"


def test_a_full_disk_under_the_database_is_a_message(cache: Path) -> None:
    with pytest.raises(RunFailed, match="disk is full"), Store().writing():
        raise sqlite3.OperationalError("database or disk is full")


def test_a_folder_that_cannot_be_written_is_named_with_the_way_out(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    store = Store(tmp_path / "file" / "store")
    assert "Set PTLIB_CACHE" in store.why_read_only()
    with pytest.raises(BadInput, match="cannot be written"), store.writing():
        pass


def test_a_store_that_has_become_read_only_is_still_read(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store()
    store.add_speed("b", "tune", "cpu", 1, 1)
    connect = store._connect

    def read_only(uri: str, *more: object) -> sqlite3.Connection:
        if "immutable" not in uri:
            raise sqlite3.OperationalError("unable to open database file")
        return connect(uri, *more)

    monkeypatch.setattr(store, "_connect", read_only)
    assert len(store.query("SELECT * FROM speeds")) == 1


def test_a_store_of_the_first_version_is_read_and_completed(space: TransferSpec) -> None:
    store = Store()
    with sqlite3.connect(store.database) as connection:
        connection.execute("DROP TABLE artefacts")
        connection.execute("UPDATE meta SET value = 1 WHERE key = 'schema'")
    connection.close()
    assert Catalogue().artefacts() == [] and len(Catalogue().prompts(space.backbone)) == 6
    execution.execute(NeuronSpec(space.backbone, ids(space)[:1]), Silent())
    assert len(Catalogue().artefacts()) == 1 and len(Catalogue().prompts(space.backbone)) == 6
    assert store.query("SELECT value FROM meta WHERE key = 'schema'")[0][0] == SCHEMA_VERSION
