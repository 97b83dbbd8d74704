"""Repositories and the commit that each is pinned at: the first one fetched; later runs keep to it, whatever the branch does."""

import hashlib
import json
import os
import re
from dataclasses import asdict, dataclass
from pathlib import Path

from ptlib.base import paths
from ptlib.base.errors import BadInput
from ptlib.base.files import write_atomically


@dataclass(frozen=True, slots=True)
class Repo:
    """One repository at one branch, tag or commit."""

    id: str
    kind: str = "dataset"
    """dataset or model."""
    revision: str = "main"

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[\w.\-]+(/[\w.\-]+)?", self.id) or ".." in self.id:
            raise BadInput(f"'{self.id}' is no name of a Hub repository. Use the form owner/name.")

    @property
    def folder(self) -> Path:
        return hub_cache() / f"{self.kind}s--{self.id.replace('/', '--')}"


@dataclass(frozen=True, slots=True)
class Pin:
    """What is recorded of a fetched repository."""

    repo: str
    revision: str
    commit: str
    files: tuple[str, ...] = ()
    """A model: the names that make its snapshot complete. A data set: its listing, if one was needed."""


def hub_cache() -> Path:
    """The Hub's cache folder, from the same variables that the Hub's own library reads."""
    if named := os.environ.get("HF_HUB_CACHE"):
        return Path(named).expanduser()
    home = os.environ.get("HF_HOME") or os.path.join(os.environ.get("XDG_CACHE_HOME") or "~/.cache", "huggingface")
    return Path(home).expanduser() / "hub"


def _pin_path(repo: Repo) -> Path:
    key = hashlib.sha256(f"{repo.kind}:{repo.id}@{repo.revision}".encode()).hexdigest()[:12]
    return paths.store_dir() / "hub" / f"{repo.id.replace('/', '--')}-{key}.json"


def read_pin(repo: Repo) -> Pin | None:
    """The pin of a repository; a branch in the Hub's cache counts where there is none of ours."""
    try:
        values = json.loads(_pin_path(repo).read_text(encoding="utf-8"))
        return Pin(values["repo"], values["revision"], values["commit"], tuple(values["files"]))
    except (OSError, ValueError, KeyError, TypeError):
        pass
    try:
        commit = (repo.folder / "refs" / repo.revision).read_text(encoding="utf-8").strip()
    except OSError:
        commit = repo.revision
    return Pin(repo.id, repo.revision, commit) if re.fullmatch(r"[0-9a-f]{40}", commit) else None


def write_pin(repo: Repo, commit: str, files: tuple[str, ...] = ()) -> None:
    """Record the commit of a repository, in our store and as a branch in the Hub's cache."""
    pin = Pin(repo.id, repo.revision, commit, files)
    write_atomically(_pin_path(repo), json.dumps(asdict(pin), indent=1).encode())
    if commit != repo.revision:
        write_atomically(repo.folder / "refs" / repo.revision, commit.encode())


def forget_pin(repo: Repo) -> None:
    """Give up a pin; files of its commit stay on disk but are not used any more."""
    _pin_path(repo).unlink(missing_ok=True)
    (repo.folder / "refs" / repo.revision).unlink(missing_ok=True)
