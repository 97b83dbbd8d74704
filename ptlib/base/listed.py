"""Files that came with the repository, held to a list of checksums that lies beside them."""

import json
from functools import lru_cache
from pathlib import Path

from ptlib.base.errors import Damaged
from ptlib.base.files import file_sha256, json_or_none, write_atomically
from ptlib.base.identity import is_intact, sealed

LIST, FOLDERS = "checksums.json", ("backbones", "tasks")


def write(root: Path) -> Path:
    """List all files below `FOLDERS` of `root`; returns the list's path."""
    paths = sorted(path for name in FOLDERS for path in (root / name).rglob("*") if path.is_file())
    files = {path.relative_to(root).as_posix(): file_sha256(path) for path in paths}
    write_atomically(root / LIST, (json.dumps(sealed({"files": files}), indent=1) + "\n").encode())
    return root / LIST


def check(root: Path, path: Path) -> None:
    """Hold a file, or all listed files of a folder, to the list; each is read once a change. Where there is no list, all passes.

    Raises:
        Damaged: a file is missing or was changed, or the list itself was.
    """
    wrong = broken(root, path)
    if wrong:
        raise Damaged(f"{', '.join(wrong[:3])} in {root} is missing or was changed. Restore it from the repository.")


def broken(root: Path, path: Path) -> list[str]:
    """The same as names relative to `root`."""
    sums = _sums(root / LIST, file_sha256(root / LIST))
    if sums is None:
        return [LIST]
    wanted = path.relative_to(root).as_posix()
    mine = [name for name in sums if wanted in (".", name) or name.startswith(f"{wanted}/")]
    return [name for name in mine if file_sha256(root / name) != sums[name]]


@lru_cache(maxsize=4)
def _sums(path: Path, sha256: str | None) -> dict[str, str] | None:
    """Checksum by name; None when the list cannot be read or was changed."""
    if sha256 is None:
        return {}
    values = json_or_none(path) or {}
    return values.get("files") if is_intact(values) else None
