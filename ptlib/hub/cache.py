"""The Hub's cache on disk, in its documented layout, so that other tools find the same files.

<cache>/<kind>s--<owner>--<name>/blobs/<etag>               content, written under another name until it was verified
<cache>/<kind>s--<owner>--<name>/snapshots/<commit>/<file>  link to a blob
<cache>/<kind>s--<owner>--<name>/refs/<revision>            commit that a branch stood at
"""

import hashlib
import os
import re
from pathlib import Path

from ptlib.base.errors import BadInput
from ptlib.base.files import write_atomically
from ptlib.hub.revisions import Repo, read_pin


def safe_name(name: str) -> str:
    """Refuse a file name that would leave its folder. Raises BadInput."""
    parts = Path(name).parts
    if not parts or name.startswith(("/", "\\")) or ".." in parts or "\\" in name:
        raise BadInput(f"The Hub names a file '{name}', which would lie outside its folder. It is not fetched.")
    return name


def snapshot_file(repo: Repo, commit: str, name: str) -> Path:
    """Where a file of a commit lies in the cache, whether or not it is there."""
    return repo.folder / "snapshots" / commit / safe_name(name)


def cached(repo: Repo, name: str) -> Path | None:
    """A whole, verified file at the pinned commit, without any network."""
    pin = read_pin(repo)
    path = snapshot_file(repo, pin.commit, name) if pin else None
    return path if path and path.is_file() else None


def cached_names(repo: Repo) -> tuple[str, ...]:
    """Names of all files that are on disk at the pinned commit."""
    pin = read_pin(repo)
    folder = repo.folder / "snapshots" / pin.commit if pin else None
    if folder is None or not folder.is_dir():
        return ()
    return tuple(sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()))


def blob_path(repo: Repo, etag: str) -> Path:
    """Where the content with an etag lies."""
    name = (
        etag if re.fullmatch(r"[\w.\-]{1,128}", etag) and not etag.startswith(".") else hashlib.sha256(etag.encode()).hexdigest()
    )
    return repo.folder / "blobs" / name


def matches(path: Path, size: int | None, etag: str) -> bool:
    """Whether a file is whole: its size and, where the etag is one, its checksum (sha256, or git's sha1)."""
    if size is not None and path.stat().st_size != size:
        return False
    if not re.fullmatch(r"[0-9a-f]{40}|[0-9a-f]{64}", etag):
        return True
    digest = hashlib.sha256() if len(etag) == 64 else hashlib.sha1(f"blob {path.stat().st_size}\0".encode())
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, lambda: digest).hexdigest() == etag


def place(repo: Repo, commit: str, name: str, blob: Path) -> Path:
    """Link a verified blob into the snapshot of its commit; a copy where links cannot be made."""
    path = snapshot_file(repo, commit, name)
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.is_file():
        path.unlink(missing_ok=True)
        try:
            path.symlink_to(os.path.relpath(blob, path.parent))
        except FileExistsError:
            pass  # another process was faster
        except OSError:
            write_atomically(path, blob.read_bytes())
    return path
