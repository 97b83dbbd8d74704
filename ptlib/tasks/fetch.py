"""Files and rows of a task's splits, from disk or from the Hub."""

from collections.abc import Iterator, Mapping
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from ptlib.base.errors import BadInput, Damaged, NotAvailable
from ptlib.base.progress import Progress
from ptlib.hub import cache, remote, revisions
from ptlib.hub.fetching import fetch
from ptlib.hub.remote import Unreachable
from ptlib.hub.revisions import Repo
from ptlib.hub.tables import read_files
from ptlib.tasks.task import HubFiles, Task


def _matching(names: tuple[str, ...], patterns: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted(name for name in names if any(fnmatch(name, pattern) for pattern in patterns)))


def _names(repo: Repo, patterns: tuple[str, ...]) -> tuple[str, ...]:
    """File names for patterns: as given, or matched against the repository's listing (kept with the pin)."""
    if not any("*" in pattern for pattern in patterns):
        return patterns
    pin = revisions.read_pin(repo)
    known = pin.files if pin else ()
    if not known:
        found = remote.at_pin(repo, remote.listing)
        known = found.files
        revisions.write_pin(repo, found.commit, known)
    if matched := _matching(known, patterns):
        return matched
    if remote.only_script(repo, known):
        raise remote.script_error(repo)
    raise BadInput(f"'{repo.id}' has no file like '{patterns[0]}' at revision '{repo.revision}': it was moved or never there.")


def on_disk(place: HubFiles, split: str) -> list[Path] | None:
    """Files of a split if all of them are on disk, without any network."""
    repo = Repo(place.repo, "dataset", place.revision)
    patterns = place.files[split]
    if any("*" in pattern for pattern in patterns):
        pin = revisions.read_pin(repo)
        patterns = _matching(pin.files, patterns) if pin else ()
    found = [cache.cached(repo, name) for name in patterns]
    return [path for path in found if path] if found and all(found) else None


def task_files(task: Task, split: str, progress: Progress | None = None) -> tuple[HubFiles, list[Path]]:
    """Local files of a split and the place they came from.

    A place whose files are on disk is used without asking; else the first one, in the registry's order, that has them.

    Raises:
        NotAvailable: the Hub cannot be reached, or no place has the files; each place's reason is named.
    """
    places = [place for place in task.hub if split in place.files]
    if not places:
        raise BadInput(f"Task '{task.id}' has no split '{split}' on the Hub.")
    for place in places:
        if files := on_disk(place, split):
            return place, files
    reasons: list[str] = []
    for place in places:
        repo = Repo(place.repo, "dataset", place.revision)
        try:
            return place, [fetch(repo, name, progress) for name in _names(repo, place.files[split])]
        except Unreachable:
            raise
        except (BadInput, Damaged) as error:
            reasons.append(str(error))
    if len(reasons) == 1:
        raise NotAvailable(reasons[0])
    raise NotAvailable(f"None of the {len(places)} places of '{task.id}' has its files: {' | '.join(reasons)}")


def rows(task: Task, split: str, progress: Progress | None = None) -> Iterator[Mapping[str, Any]]:
    """Rows of a split, in the task's own column names, whichever place they came from.

    Raises:
        NotAvailable: see `task_files`.
        Damaged: a file that cannot be read as what it claims to be.
    """
    place, files = task_files(task, split, progress)
    names = {**{column: column for column in (*task.columns, "id")}, **place.columns}
    data = read_files(files)
    keep = [column for column in data.column_names if column in names]
    replaced = {names[column] for column in keep if names[column] != column}
    keep = [column for column in keep if column not in replaced or names[column] != column]
    for row in data.select_columns(keep) if keep else data:
        yield {names.get(column, column): value for column, value in row.items()}
