"""Fetch one file of the Hub: with progress, resumable after a kill, verified, pinned to a commit.

An unfinished file is called `<etag>.part` and is never read as data; it gets its name only when its size and
checksum are right. What is on disk at the pinned commit is used without asking the Hub.
"""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ptlib.base.errors import Damaged
from ptlib.base.files import full_disk_is_a_message, lock
from ptlib.base.progress import Progress, Silent
from ptlib.hub import cache, remote, revisions
from ptlib.hub.remote import Meta, Unreachable
from ptlib.hub.revisions import Repo

TRIES = 3
"""Attempts in a row that may bring no new byte before a download is given up (what came is kept)."""


@contextmanager
def _locked(repo: Repo, blob: Path, progress: Progress) -> Iterator[None]:
    """Let one process at a time write a file; waiting stays cancellable."""
    place = repo.folder.parent / ".locks" / repo.folder.name / f"{blob.name}.lock"
    for folder in (place.parent, blob.parent):
        folder.mkdir(parents=True, exist_ok=True)
    while True:
        progress.check()
        with lock(place, wait_s=0.5) as held:
            if held:
                yield
                return


def _append(meta: Meta, part: Path, label: str, progress: Progress) -> None:
    """One attempt: continue `part` where it ends. Raises httpx2 errors when the connection breaks."""
    import httpx2

    start = part.stat().st_size if part.exists() else 0
    if meta.size is not None and start > meta.size:
        part.unlink()
        start = 0
    if start == meta.size:
        return
    extra = {"Range": f"bytes={start}-"} if start else {}
    timeout = httpx2.Timeout(remote.TIMEOUT_S)
    with httpx2.stream(
        "GET", meta.url, headers={**remote.headers(), **extra}, follow_redirects=True, timeout=timeout
    ) as response:
        if response.status_code == 416:
            part.unlink(missing_ok=True)
            return
        response.raise_for_status()
        resumed = response.status_code == 206 and response.headers.get("Content-Range", "").startswith(f"bytes {start}-")
        done, told = (start if resumed else 0), 0.0
        with part.open("ab" if resumed else "wb") as handle:
            for block in response.iter_bytes():
                handle.write(block)
                done += len(block)
                if time.monotonic() - told > 0.2:
                    handle.flush()
                    told = time.monotonic()
                    progress.phase(label, done, meta.size or done)
                progress.check()
    progress.phase(label, done, meta.size or done)


def _complete(meta: Meta, part: Path, repo: Repo, name: str, progress: Progress) -> None:
    """Repeat until the file is whole. Raises Unreachable when it stalls, Damaged when its checksum is wrong."""
    import httpx2

    label, tries = f"download {repo.id}/{name}", 0
    while tries < TRIES:
        before, ended = part.stat().st_size if part.exists() else 0, False
        try:
            with full_disk_is_a_message(name):
                _append(meta, part, label, progress)
            problem, ended = "the connection ended early", True
        except httpx2.HTTPStatusError as error:
            raise remote.explain(error, repo, name) from error
        except httpx2.HTTPError as error:
            problem = "nothing came for a while" if isinstance(error, httpx2.TimeoutException) else "the connection broke"
        size = part.stat().st_size if part.exists() else 0
        if ended and size == (size if meta.size is None else meta.size):
            if not cache.matches(part, meta.size, meta.etag):
                part.unlink()
                raise Damaged(f"'{name}' of '{repo.id}' arrived with a wrong checksum and was thrown away. Try again.")
            return
        tries = 0 if size > before else tries + 1
        progress.check()
        time.sleep(0.2 * tries)
    raise Unreachable(
        f"The download of '{name}' from '{repo.id}' stopped at {size:,} of {meta.size or 0:,} bytes: {problem}. "
        "What came is kept; start again to continue from there."
    )


def fetch(repo: Repo, name: str, progress: Progress | None = None) -> Path:
    """Path of one file: from disk if it is there, else from the Hub at the pinned commit.

    Raises:
        BadInput: no such repository, revision or file.
        NotAvailable: gated, private, offline, unreachable, or a download that stalled.
        Damaged: the content does not match its checksum.
    """
    if here := cache.cached(repo, cache.safe_name(name)):
        return here
    meta = remote.at_pin(repo, lambda asked: remote.ask(asked, name))
    blob = cache.blob_path(repo, meta.etag)
    part = blob.with_name(f"{blob.name}.part")
    progress = progress or Silent()
    with _locked(repo, blob, progress):
        if not blob.exists():
            _complete(meta, part, repo, name, progress)
            os.replace(part, blob)
    path = cache.place(repo, meta.commit, name, blob)
    if not revisions.read_pin(repo):
        revisions.write_pin(repo, meta.commit)
    return path
