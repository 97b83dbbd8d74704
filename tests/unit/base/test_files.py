"""Files are whole or absent, checksums are sha256, and a process is known by its start."""

import errno
import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ptlib.base import files, paths
from ptlib.base.errors import Damaged, RunFailed
from ptlib.base.files import lock


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "deep" / "a"
    assert files.write_atomically(path, b"old") == hashlib.sha256(b"old").hexdigest()

    def full(_handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(RunFailed, match="disk is full: a was not written"):
        files.write_atomically(path, b"new")
    assert path.read_bytes() == b"old" and [item.name for item in path.parent.iterdir()] == ["a"]


def test_a_folder_appears_whole_and_replaces_the_old_one(tmp_path: Path) -> None:
    def fill(text: str):
        def write(part: Path) -> None:
            part.mkdir(parents=True)
            (part / text).write_text(text)

        return write

    first = files.write_folder(tmp_path / "out", fill("one"))
    assert files.write_folder(tmp_path / "out", fill("two")) != first
    assert [item.name for item in (tmp_path / "out").iterdir()] == ["two"]

    def broken(part: Path) -> None:
        part.mkdir(parents=True)
        raise KeyError("half way")

    with pytest.raises(KeyError):
        files.write_folder(tmp_path / "out", broken)
    assert [item.name for item in tmp_path.iterdir()] == ["out"] and (tmp_path / "out" / "two").exists()


def test_checksums_are_sha256_of_the_content_as_it_is_now(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"abc")
    assert files.file_sha256(path) == files.sha256(b"abc") == hashlib.sha256(b"abc").hexdigest()
    before = files.folder_sha256(tmp_path)
    path.write_bytes(b"abd!")
    assert files.file_sha256(path) == hashlib.sha256(b"abd!").hexdigest() and files.folder_sha256(tmp_path) != before
    assert files.file_sha256(tmp_path / "none") is None and files.folder_sha256(tmp_path / "none") is None


def test_a_library_that_wraps_a_full_disk_is_understood_and_other_errors_pass(tmp_path: Path) -> None:
    with pytest.raises(RunFailed, match="disk is full"), files.full_disk_is_a_message("x"):
        raise RuntimeError(f"write failed: {os.strerror(errno.ENOSPC)}")
    with pytest.raises(ValueError, match="ours"), files.full_disk_is_a_message("x"):
        raise ValueError("ours")
    with pytest.raises(RunFailed, match="Cannot write x"), files.full_disk_is_a_message("x"):
        raise PermissionError(errno.EACCES, "Permission denied")


def test_a_process_is_alive_only_while_it_is_the_one_that_was_recorded() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        started = files.process_start(child.pid)
        assert started is not None and files.is_alive(child.pid, started)
        assert not any(files.is_alive(*pair) for pair in ((child.pid, started + 5), (None, started), (child.pid, None)))
        child.kill()
    assert not files.is_alive(child.pid, started)


def test_a_kept_file_is_read_again_only_when_it_changed_and_a_restored_time_hides_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "file"
    kept, read = files.Kept(path, files.write_atomically(path, b"one")), []
    digest = files.hashlib.file_digest
    monkeypatch.setattr(files.hashlib, "file_digest", lambda *given: read.append(given) or digest(*given))
    assert kept.is_sound and kept.is_sound and kept.read() == b"one" and len(read) == 1
    stat = path.stat()
    path.write_bytes(b"two")
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert not kept.is_sound and len(read) == 2
    with pytest.raises(Damaged, match="is missing or fails its checksum"):
        kept.check()


def test_a_stamp_changes_with_every_file_below_and_with_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "file").write_text("x")
    marks = [files.stamp(tmp_path / "a")]
    assert marks[0] == files.stamp(tmp_path / "a") != files.stamp(tmp_path / "missing")
    (tmp_path / "a" / "b" / "file").write_text("y")
    marks.append(files.stamp(tmp_path / "a"))
    (tmp_path / "a" / "other").touch()
    marks.append(files.stamp(tmp_path / "a"))
    assert len(set(marks)) == 3


def test_a_lock_that_another_process_holds_is_not_had(tmp_path: Path) -> None:
    path = tmp_path / "x.lock"
    code = f"from pathlib import Path; from ptlib.base.files import lock\nwith lock(Path({str(path)!r})) as mine: print(mine)"

    def other() -> str:
        return subprocess.run(
            [sys.executable, "-c", code], cwd=paths.ROOT, capture_output=True, text=True, check=True
        ).stdout.strip()

    with lock(path) as mine:
        assert mine and other() == "False"
    assert other() == "True"


def test_waiting_ends_when_the_time_is_over(tmp_path: Path) -> None:
    with lock(tmp_path / "x") as first, lock(tmp_path / "x", wait_s=0.3) as second:
        assert first and not second
