"""Parts of a store on their way between machines: rows and files by name, taken out of one store and put into another.

What comes from a hand is looked at before it is put in: names that were not ordered, places outside the results' folders,
columns that no table has and files that do not match their checksums are refused.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from ptlib.base.errors import RunFailed
from ptlib.base.files import sha256, write_atomically, write_folder
from ptlib.base.identity import content_of
from ptlib.results.kind import Part, Spec, cell_name, texts_of
from ptlib.results.store import FOLDERS, Store, insert
from ptlib.runs.execution import COMMIT, hold_to_commit
from ptlib.tasks.own.stored import PREFIX

Rows = Mapping[str, tuple[Mapping[str, Any], ...]]
BESIDE = ("points", "speeds")
"""Tables of what was measured on the way."""
PINS, COUNTS = "hub", "overlaps"
"""Folders of a store: commits of the Hub, and texts that two tasks share."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """Rows by table, and the bytes of files by their place below the store."""

    rows: Rows = field(default_factory=dict)
    files: Mapping[str, bytes] = field(default_factory=dict)


NAMES: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "prompts": lambda row: row["prompt_id"],
    "scores": lambda row: cell_name(row["prompt_id"], row["target"], row["limited"]),
    "artefacts": lambda row: f"{row['kind']} {row['id']}",
}
"""The name of a result, see `ptlib.results.kind.Part`, by its table."""


def needed(store: Store, spec: Spec, part: Part[Any]) -> Parcel:
    """What a part is given: results that it reads, own tasks that the spec names, the commits that results here are of."""
    reads = {word for name in part.reads for word in (name, *name.split(":"))}
    whole = {content_of(name) for name in part.whole}

    def wanted(table: str, row: Mapping[str, Any]) -> bool:
        fit = table == "artefacts" and row["kind"] == "projector" and row["id"] in reads
        return fit or NAMES[table](row) in reads or content_of(row["backbone"]) in whole

    rows = {table: [row for row in _rows(store, table) if wanted(table, row)] for table in NAMES}
    if whole:  # which results count decides which recipe is meant
        rows["left_out"] = list(_rows(store, "left_out"))
    tasks = [f"tasks/{name.removeprefix(PREFIX)}" for name in texts_of(spec) if name.startswith(PREFIX)]
    return _parcel(store, {**rows, "meta": _commits(store)}, [PINS, *tasks])


def made(store: Store, makes: frozenset[str]) -> Parcel:
    """What a part has made in a store, and what it measured and fetched on the way."""
    rows = {table: [row for row in _rows(store, table) if NAMES[table](row) in makes] for table in NAMES}
    beside = {table: list(_rows(store, table)) for table in BESIDE}
    return _parcel(store, {**rows, **beside, "meta": _commits(store)}, [PINS, COUNTS])


def _rows(store: Store, table: str) -> Iterator[dict[str, Any]]:
    return map(dict, store.query(f"SELECT * FROM {table}"))


def _commits(store: Store) -> list[dict[str, Any]]:
    return [row for row in _rows(store, "meta") if row["key"].startswith(COMMIT)]


def _parcel(store: Store, rows: Mapping[str, list[dict[str, Any]]], folders: Iterable[str]) -> Parcel:
    """These rows with their files, and all files of some folders."""
    places = [store.prompt_folder(row["prompt_id"]) for row in rows["prompts"]]
    places += [store.root / row["path"] for table in ("scores", "artefacts") for row in rows[table]]
    files: dict[str, bytes] = {}
    for place in (*places, *(store.root / name for name in folders)):
        found = sorted(place.rglob("*")) if place.is_dir() else [place]
        files |= {path.relative_to(store.root).as_posix(): path.read_bytes() for path in found if path.is_file()}
    return Parcel({table: tuple(found) for table, found in rows.items() if found}, files)


def unpack(parcel: Parcel, store: Store) -> None:
    """Put what a part was given into an empty store."""
    for name, data in parcel.files.items():
        path = store.root / _inside(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    with store.writing() as connection:
        for table, rows in parcel.rows.items():
            for row in rows:
                insert(connection, table, row)


def put_in(parcel: Parcel, store: Store, run_id: str, makes: frozenset[str]) -> None:
    """Store what a part has made, all or nothing as far as a reader can tell.

    Raises:
        BadInput: made with another commit of a model or a data set than what is stored here.
        RunFailed: it is not what was ordered, or the disk is full.
    """
    _check(parcel, makes)
    for row in parcel.rows.get("meta", ()):
        hold_to_commit(store, row["key"], row["value"])
    for name, data in parcel.files.items():
        path = store.root / name
        if _top(name) in (PINS, COUNTS) and not path.exists():
            write_atomically(path, data)
    with store.writing() as connection:
        for table in (*NAMES, *BESIDE):
            known = {row["name"] for row in connection.execute(f"PRAGMA table_info({table})")}
            for row in parcel.rows.get(table, ()):
                if not known.issuperset(row):
                    raise _refusal(f"columns {', '.join(sorted({*row} - known))[:80]}")
                told = dict(row) if table == "speeds" else {**row, "run_id": run_id}
                insert(connection, table, told | _written(parcel, table, row, store))


def _written(parcel: Parcel, table: str, row: Mapping[str, Any], store: Store) -> dict[str, str]:
    """Write the files of a row; its checksum."""
    if table in BESIDE:
        return {}
    if table == "prompts":
        place = f"prompts/{row['prompt_id']}/"
        files = {name.removeprefix(place): data for name, data in parcel.files.items() if name.startswith(place)}
        found = write_folder(store.prompt_folder(row["prompt_id"]), lambda folder: _fill(folder, files))
    else:
        found = write_atomically(store.root / row["path"], parcel.files[row["path"]])
    if found != row["sha256"]:
        raise _refusal(f"a file of {NAMES[table](row)[:80]}, which is not what was written there")
    return {"sha256": found}


def _fill(folder: Path, files: Mapping[str, bytes]) -> None:
    folder.mkdir(parents=True)
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def _check(parcel: Parcel, makes: frozenset[str]) -> None:
    """Refuse what was not ordered. Raises RunFailed."""
    for name in parcel.files:
        if _top(str(_inside(name))) not in (*FOLDERS, PINS, COUNTS):
            raise _refusal(f"the file {name[:80]}")
    for name, row in ((name_of(row), row) for table, name_of in NAMES.items() for row in parcel.rows.get(table, ())):
        if name not in makes:
            raise _refusal(name[:80])
        path = row.get("path")
        if path is not None and sha256(parcel.files.get(path, b"")) != row["sha256"]:
            raise _refusal(f"a file of {name[:80]}, which is not what was written there")


def _inside(name: str) -> PurePosixPath:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or not path.parts:
        raise _refusal(f"the file {name[:80]}")
    return path


def _top(name: str) -> str:
    return name.partition("/")[0]


def _refusal(what: str) -> RunFailed:
    return RunFailed(
        f"A node sent {what}: that was not ordered, and nothing of it is stored. Look at that node; then resume the run."
    )
