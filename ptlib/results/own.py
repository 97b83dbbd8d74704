"""The user's own store as an index."""

import json
import time
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from ptlib.base.errors import Damaged, PtlibError, RunFailed, unknown
from ptlib.base.files import Kept, stamp
from ptlib.base.identity import is_intact
from ptlib.prompts.record import Prompt
from ptlib.prompts.soft import INFO, TENSOR, WEIGHTS, read_record
from ptlib.prompts.trails import TRAIL
from ptlib.results.artefacts import NEURONS, Artefact
from ptlib.results.artefacts import TENSOR as ACTIVATION
from ptlib.results.rows import OUT_OF_REACH, DamagedItem, Entry, Index, TensorFile, artefact_of, entry_of, prompt_of, recipes_of
from ptlib.results.store import CURVE, FOLDERS, POINT_VALUES, Store

_DAMAGED = {
    "prompt": "The files are missing or fail their checksum. The prompt is not used; run it again to make it anew.",
    "predictions": "The file is missing or fails its checksum. The cell is not used; run it again to make it anew.",
    "analysis": "The file is missing or fails its checksum. It is not used; run the analysis again.",
    "row": "The database says of it what was never recorded. It is not used; run it again to make it anew.",
    "foreign": "No run of this store made it; it is not used. Move it away, or import it.",
}


def fingerprint(store: Store) -> str:
    """Changes with every result that is recorded or dropped; cheap."""
    try:
        rows = store.query("SELECT value FROM meta WHERE key IN ('made', 'results') ORDER BY key")
    except PtlibError:
        return "unreadable"
    return "-".join(str(row[0]) for row in rows) or "none"


def files_fingerprint(store: Store) -> str:
    """Changes with every file of a result, also one that nobody recorded."""
    return stamp(*(store.root / name for name in FOLDERS))


def read(store: Store) -> Index:
    """Everything that passes its checksum; a database that cannot be read is itself what is damaged, or out of reach."""
    kind = "database"
    try:
        return _read(store)
    except KeyError as error:  # a column that the database's own description of itself does not name any more
        problem = str(store.unreadable(error))
    except PtlibError as error:
        problem, kind = str(error), OUT_OF_REACH if isinstance(error, RunFailed) else kind
    return Index(damaged=(DamagedItem(kind, "ptlib.db", str(store.database), problem, "own"),))


def _read(store: Store) -> Index:
    if any(row[0] != "ok" for row in store.query("PRAGMA integrity_check(1)")):  # a row that fell out would be missed by nobody
        raise store.unreadable(Damaged("its structure is broken"))
    rows = {row["prompt_id"]: dict(row) for row in store.query("SELECT * FROM prompts ORDER BY created")}
    kept = {name: Kept(store.prompt_folder(name), row["sha256"]) for name, row in rows.items()}
    prompts = {name: prompt for name, row in rows.items() if (prompt := _prompt(row, kept[name]))}
    said = {name: "prompt" if is_intact(row) else "row" for name, row in rows.items()}
    entries, bad_entries = _entries(store)
    artefacts = list(_artefacts(store))
    neurons = {item.id: item for item in artefacts if item.kind == NEURONS and item.is_sound}
    foreign = [path for path in sorted((store.root / "prompts").glob("[!.]*")) if path.name not in rows]
    return Index(
        prompts,
        entries,
        tuple(item for item in artefacts if item.is_sound),
        {name: TensorFile(kept[name].path / WEIGHTS, TENSOR, kept[name]) for name in prompts},
        {name: TensorFile(kept[name].path / TRAIL, "", kept[name]) for name in prompts},
        {name: TensorFile(item.path, ACTIVATION, item) for name, item in neurons.items()},
        recipes_of({**rows[name], "settings": json.loads(rows[name]["settings"])} for name in prompts),
        (
            *(_damaged("prompt", name, kept[name].path, said[name], name) for name in rows if name not in prompts),
            *bad_entries,
            *(_damaged("analysis", item.title, item.path, "analysis") for item in artefacts if not item.is_sound),
            *(_damaged("foreign", path.name, path, "foreign") for path in foreign),
        ),
        left_out=dict(map(tuple, store.query("SELECT run_id, since FROM left_out ORDER BY since"))),
    )


def _damaged(kind: str, name: str, path: Path, why: str, *ids: str) -> DamagedItem:
    return DamagedItem(kind, name, str(path), _DAMAGED[why], "own", *ids)


def _prompt(row: Mapping[str, Any], folder: Kept) -> Prompt | None:
    """The record of a prompt; None when it is damaged."""
    if not (is_intact(row) and folder.is_sound):
        return None
    try:
        return prompt_of(_record(folder), row, "own")
    except PtlibError:
        return None


@lru_cache(maxsize=4096)
def _record(folder: Kept) -> Prompt:
    """A prompt's own file, read once a checksum."""
    return read_record(folder.path / INFO)


def _entries(store: Store) -> tuple[tuple[Entry, ...], list[DamagedItem]]:
    entries, damaged = [], []
    rows = store.query("SELECT * FROM scores ORDER BY n, created")
    names = tuple(rows[0].keys()) if rows else ()
    for row in rows:
        entry = _entry(store.root, names, tuple(row))
        if entry is not None and entry.file is not None and entry.file.is_sound:
            entries.append(entry)
        else:
            told, why = dict(zip(names, row, strict=True)), "row" if entry is None else "predictions"
            ids = told["prompt_id"], told["target"]
            damaged.append(_damaged("predictions", " on ".join(map(str, ids)), store.root / told["path"], why, *ids))
    return tuple(entries), damaged


@lru_cache(maxsize=20_000)
def _entry(root: Path, names: tuple[str, ...], values: tuple[Any, ...]) -> Entry | None:
    """The entry of a row; None when the row is not as it was sealed. Looked at once: each new result has all rows read again."""
    row = dict(zip(names, values, strict=True))
    return entry_of(row, "own", Kept(root / row["path"], row["sha256"])) if is_intact(row) else None


def _artefacts(store: Store) -> Iterator[Artefact]:
    """Everything recorded, newest first, unchecked."""
    for row in map(dict, store.query("SELECT * FROM artefacts ORDER BY created DESC")):
        yield artefact_of(row, Kept(store.root / row["path"], row["sha256"] if is_intact(row) else "changed"), "own")


def leave_out(run_id: str, store: Store | None = None) -> None:
    """Let nothing that a run measured count in a map any more; nothing is deleted. Raises BadInput: it measured nothing."""
    store = store or Store()
    known = [row[0] for row in store.query("SELECT DISTINCT run_id FROM scores WHERE run_id IS NOT NULL")]
    if run_id not in known:
        raise unknown("run with results of its own", run_id, known)
    with store.writing() as connection:
        connection.execute("INSERT OR IGNORE INTO left_out VALUES (?, ?)", (run_id, time.time()))


def bring_back(run_id: str, store: Store | None = None) -> None:
    """Let what a run measured count again. Raises BadInput: it was not left out."""
    store = store or Store()
    known = [row[0] for row in store.query("SELECT run_id FROM left_out")]
    if run_id not in known:
        raise unknown("run that is left out", run_id, known)
    with store.writing() as connection:
        connection.execute("DELETE FROM left_out WHERE run_id = ?", (run_id,))


def curve(store: Store, prompt_id: str, folder: Kept | None = None) -> list[dict[str, Any]]:
    """Loss and validation score by step of a run; none when it cannot be read.

    folder: of the prompt when it is finished; points of a run that goes on, and of earlier versions, are in the database.
    """
    if folder is not None and (folder.path / CURVE).exists():
        if not folder.is_sound:
            return []
        return [
            dict(zip(("step", *POINT_VALUES), point, strict=True)) for point in json.loads((folder.path / CURVE).read_bytes())
        ]
    try:
        rows = store.intact("SELECT * FROM points WHERE series = ? ORDER BY step", (prompt_id,))
    except PtlibError:
        return []
    return [{name: row[name] for name in ("step", *POINT_VALUES)} for row in rows]
