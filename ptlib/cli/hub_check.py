"""`doctor --online`: is every registered file still where the registry says, and which fallback stands in?"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from difflib import get_close_matches
from fnmatch import fnmatch
from functools import cache
from pathlib import PurePosixPath
from typing import Literal

from ptlib.base.errors import PtlibError
from ptlib.base.progress import Progress, Silent
from ptlib.hub import remote
from ptlib.hub.remote import Listing, Unreachable
from ptlib.hub.revisions import Repo
from ptlib.models.published import HUB_BACKBONES
from ptlib.models.spec import BackboneSpec
from ptlib.tasks.published.registry import HUB_TASKS
from ptlib.tasks.task import HubFiles, Task

_PARTS = (
    ("config.json",),
    ("model.safetensors", "model.safetensors.index.json", "pytorch_model.bin", "pytorch_model.bin.index.json"),
    ("tokenizer.json", "spiece.model", "vocab.txt", "vocab.json"),
)
"""Of each one file is needed: what a backbone is made of."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One registered file (or pattern) of a task or backbone."""

    owner: str
    """Task or backbone id."""
    repo: str
    revision: str
    file: str
    state: Literal["present", "moved", "missing"]
    note: str = ""
    """Where it moved to, or why it cannot be had."""
    taken: bool = False
    """Whether this place is the one that a download would use."""


@dataclass(frozen=True, slots=True)
class Report:
    """All findings, and for each task the place that would be used."""

    findings: tuple[Finding, ...]
    places: dict[str, str]
    """Task or backbone id -> "owner/name@revision", or "" when none works."""

    @property
    def ok(self) -> bool:
        """Whether every task and backbone can be had from somewhere."""
        return all(self.places.values())

    def lines(self) -> list[str]:
        """One line for every finding, for the terminal."""
        return [
            f"{item.state:<8} {item.owner}: {item.repo}@{item.revision} {item.file}"
            + (" [used]" if item.taken else "")
            + (f"  {item.note}" if item.note else "")
            for item in self.findings
        ]


ListingOf = Callable[[Repo], Listing | PtlibError]


def _listing(repo: Repo) -> Listing | PtlibError:
    """What a repository holds, or why that cannot be known."""
    try:
        return remote.listing(repo)
    except Unreachable:
        raise
    except PtlibError as error:
        return error


def _moved_to(pattern: str, files: Iterable[str]) -> str:
    """A file that looks like the one that is gone: the same name in another folder, or a very similar path."""
    names = [name for name in files if PurePosixPath(name).suffix == PurePosixPath(pattern).suffix]
    same = [name for name in names if fnmatch(PurePosixPath(name).name, PurePosixPath(pattern).name)]
    folder = PurePosixPath(pattern).parent.name
    same.sort(key=lambda name: folder not in name)
    if same and PurePosixPath(pattern).name != "*.parquet":
        return same[0]
    return next(iter(get_close_matches(pattern.replace("*", ""), names, n=1, cutoff=0.75)), "")


def _check_file(owner: str, repo: Repo, pattern: str, listing: Listing | PtlibError) -> Finding:
    found = Finding(owner, repo.id, repo.revision, pattern, "missing")
    if isinstance(listing, PtlibError):
        return replace(found, note=str(listing))
    if any(fnmatch(name, pattern) for name in listing.files):
        return replace(found, state="present")
    if remote.only_script(repo, listing.files):
        return replace(found, note="the repository holds only a loading script")
    moved = _moved_to(pattern, listing.files)
    return replace(found, state="moved", note=f"now looks like {moved}") if moved else found


def _check_place(owner: str, place: HubFiles, listing_of: ListingOf) -> list[Finding]:
    repo = Repo(place.repo, "dataset", place.revision)
    patterns = dict.fromkeys(name for names in place.files.values() for name in names)
    return [_check_file(owner, repo, pattern, listing_of(repo)) for pattern in patterns]


def check_task(task: Task, listing_of: ListingOf) -> tuple[list[Finding], str]:
    """Findings for all places of a task, and the place that a download would use ("" = none)."""
    findings, used = [], ""
    for place in task.hub:
        found = _check_place(task.id, place, listing_of)
        whole = all(item.state == "present" for item in found)
        if whole and not used:
            used = f"{place.repo}@{place.revision}"
            found = [replace(item, taken=True) for item in found]
        findings += found
    return findings, used


def check_backbone(spec: BackboneSpec, listing_of: ListingOf) -> tuple[list[Finding], str]:
    """Findings for the configuration and the weights of a backbone."""
    repo = Repo(spec.location, "model", spec.revision)
    listing = listing_of(repo)
    files = () if isinstance(listing, PtlibError) else listing.files
    names = [next((name for name in either if name in files), either[0]) for either in _PARTS]
    found = [_check_file(spec.id, repo, name, listing) for name in names]
    whole = all(item.state == "present" for item in found)
    return [replace(item, taken=whole) for item in found], f"{repo.id}@{repo.revision}" if whole else ""


def check_all(
    tasks: Iterable[Task] | None = None, backbones: Iterable[BackboneSpec] | None = None, progress: Progress | None = None
) -> Report:
    """Check every registered file against the Hub; each repository is asked once.

    Raises:
        NotAvailable: the Hub cannot be reached at all, or the offline switch is on.
    """
    if remote.offline():
        raise Unreachable(
            "The self-check asks the Hub, but the offline switch is on (PTLIB_OFFLINE or HF_HUB_OFFLINE). Turn it off for it."
        )
    items: tuple[Task | BackboneSpec, ...] = (
        *(HUB_TASKS if tasks is None else tasks),
        *(HUB_BACKBONES if backbones is None else backbones),
    )
    listing_of, progress = cache(_listing), progress or Silent()
    findings: list[Finding] = []
    places: dict[str, str] = {}
    for number, item in enumerate(items):
        progress.check()
        progress.phase("check the Hub", number, len(items))
        found, places[item.id] = check_task(item, listing_of) if isinstance(item, Task) else check_backbone(item, listing_of)
        findings += found
    return Report(tuple(findings), places)
