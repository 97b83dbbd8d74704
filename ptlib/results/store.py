"""The user's own results: an SQLite index (WAL) beside plain files, in `paths.store_dir()`.

ptlib.db                      runs (queue and history), points (live curves), prompts, scores, speeds, artefacts, left_out
prompts/<prompt id>/          a stock PEFT adapter with our metadata
predictions/<prompt id>/<target>.parquet
neurons/ analyses/ ...         results of analyses and what other runs train, see ptlib.results.artefacts
checkpoints/  logs/           of unfinished and of all runs

Files are written whole or not at all, and their checksums stand in the index. Every connection is short-lived
or owned by one thread; processes meet only in the database.
"""

import sqlite3
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any
from urllib.parse import quote

from ptlib.base import paths
from ptlib.base.errors import BadInput, Damaged, PtlibError, RunFailed
from ptlib.base.exposure import WHY_READ_ONLY, read_only
from ptlib.base.identity import SEAL, canonical, is_intact, sealed
from ptlib.prompts.spec import TuneSpec, recipe_of

SCHEMA_VERSION = 5
"""1: no artefacts; 2: rows without a seal; 3: points and speeds without one; 4: nothing can be left out. Opening for writing
adds what is missing."""
SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value NOT NULL);
CREATE TABLE IF NOT EXISTS runs (
  id TEXT PRIMARY KEY, kind TEXT NOT NULL, title TEXT NOT NULL, state TEXT NOT NULL, position REAL NOT NULL,
  spec TEXT NOT NULL, phase TEXT NOT NULL DEFAULT '', done INTEGER NOT NULL DEFAULT 0, total INTEGER NOT NULL DEFAULT 0,
  eta_s REAL, device TEXT, pid INTEGER, pid_started REAL, heartbeat REAL, cancel_at REAL, attempts INTEGER NOT NULL DEFAULT 0,
  created REAL NOT NULL, started REAL, finished REAL, error TEXT);
CREATE TABLE IF NOT EXISTS points (
  run_id TEXT NOT NULL, series TEXT NOT NULL, step INTEGER NOT NULL, loss REAL, validation REAL, seconds REAL,
  seal TEXT, PRIMARY KEY (series, step)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS points_of_run ON points (run_id);
CREATE TABLE IF NOT EXISTS prompts (
  prompt_id TEXT PRIMARY KEY, backbone TEXT NOT NULL, task TEXT NOT NULL, seed INTEGER NOT NULL, recipe TEXT NOT NULL,
  init TEXT NOT NULL, steps INTEGER, best_step INTEGER, untrained_score REAL, validation_score REAL, seconds REAL,
  created REAL NOT NULL, run_id TEXT, settings TEXT NOT NULL, sha256 TEXT NOT NULL, seal TEXT);
CREATE TABLE IF NOT EXISTS scores (
  prompt_id TEXT NOT NULL, target TEXT NOT NULL, source TEXT NOT NULL, backbone TEXT NOT NULL, seed INTEGER NOT NULL,
  recipe TEXT NOT NULL, init TEXT NOT NULL, n INTEGER NOT NULL, score REAL NOT NULL, metric TEXT NOT NULL,
  limited INTEGER NOT NULL, created REAL NOT NULL, run_id TEXT, path TEXT NOT NULL, sha256 TEXT NOT NULL,
  examples TEXT NOT NULL, vector BLOB NOT NULL, seal TEXT,
  PRIMARY KEY (prompt_id, target, limited));
CREATE TABLE IF NOT EXISTS speeds (
  backbone TEXT NOT NULL, kind TEXT NOT NULL, device TEXT NOT NULL, units REAL NOT NULL, seconds REAL NOT NULL,
  created REAL NOT NULL, seal TEXT);
CREATE TABLE IF NOT EXISTS artefacts (
  id TEXT NOT NULL, kind TEXT NOT NULL, backbone TEXT NOT NULL, title TEXT NOT NULL, spec TEXT NOT NULL, path TEXT NOT NULL,
  sha256 TEXT NOT NULL, created REAL NOT NULL, run_id TEXT, seal TEXT, PRIMARY KEY (kind, id));
CREATE TABLE IF NOT EXISTS left_out (run_id TEXT PRIMARY KEY, since REAL NOT NULL);
INSERT OR IGNORE INTO meta VALUES ('results', 0);
"""
RESULTS = ("prompts", "scores", "artefacts")
"""Tables whose changes every reader of the catalogue must see."""
SEALED = (*RESULTS, "points", "speeds")
"""Tables whose rows carry a digest of themselves."""
_CHANGES = "".join(
    f"CREATE TRIGGER IF NOT EXISTS {table}_{verb} AFTER {verb} ON {table} "
    "BEGIN UPDATE meta SET value = value + 1 WHERE key = 'results'; END;\n"
    for table in (*RESULTS, "left_out")
    for verb in ("insert", "update", "delete")
)
FOLDERS = ("prompts", "predictions", "neurons", "analyses", "projectors", "adapters")
"""Where the files of results lie."""
PATIENCE_S, READING_S = 15.0, 3.0
"""How long a transaction waits for its turn, and a look for a program that holds the whole database."""
CURVE = "curve.json"
"""A finished curve beside its prompt: step and `POINT_VALUES` of each point."""
POINT_VALUES = ("loss", "validation", "seconds")
RESULT_VALUES = ("steps", "best_step", "untrained_score", "validation_score", "seconds")


def slug(task_id: str) -> str:
    """A task id as a file name."""
    return task_id.replace("/", "__")


class Store:
    """Access to one store folder. Cheap to make: nothing is opened before it is needed."""

    def __init__(self, root: Path | None = None) -> None:
        self.root = root or paths.store_dir()
        self.database = self.root / "ptlib.db"

    def exists(self) -> bool:
        """Whether there is anything to read; nothing is, where nobody may enter."""
        try:
            return self.database.exists()
        except OSError:
            return False

    @property
    def _uri(self) -> str:
        """The database as SQLite is told it: its path may hold what means something in an address."""
        return f"file:{quote(str(self.database))}"

    def why_read_only(self) -> str | None:
        """Why nothing can be written, in words; None when all is well."""
        if read_only():
            return WHY_READ_ONLY
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=self.root, prefix=".probe"):  # a name of its own: two workers may ask at once
                pass
        except OSError as error:
            return (
                f"The cache folder {self.root} cannot be written ({error.strerror or error}). Own runs are off; the demo "
                "stays usable. Set PTLIB_CACHE to a folder that you may write."
            )
        return None

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Open the database for reading only. Raises Damaged when the file is not a database of ours."""
        try:
            with closing(self._connect_for_reading()) as connection:
                yield connection
        except (sqlite3.DatabaseError, UnicodeDecodeError) as error:  # the latter: a name of a column
            raise _out_of_reach(error, self) or self.unreadable(error) from None

    def _connect_for_reading(self) -> sqlite3.Connection:
        uri, probe = f"{self._uri}?mode=ro", "SELECT count(*) FROM sqlite_master"
        try:
            return self._connect(uri, READING_S, probe)
        except sqlite3.OperationalError as error:  # a WAL database in a folder that cannot be written
            if "locked" in str(error):
                raise
            return self._connect(uri + "&immutable=1", READING_S, probe)

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Run one transaction (BEGIN IMMEDIATE) and commit it.

        Raises:
            BadInput: the folder cannot be written.
            Damaged: the file is not a database of ours.
            RunFailed: the disk is full.
        """
        with closing(self.open_for_writing()) as connection, _told(self):
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.rollback()
                raise
            connection.commit()

    def open_for_writing(self) -> sqlite3.Connection:
        """Open the database, made on first use; the caller closes it and owns its transactions."""
        problem = self.why_read_only()
        if problem:
            raise BadInput(problem)
        with _told(self):
            connection = self._connect(f"{self._uri}?mode=rwc", PATIENCE_S)
            try:
                if not _is_current(connection):
                    _make_schema(connection)
            except BaseException:
                connection.close()
                raise
        return connection

    def _connect(self, uri: str, patience_s: float, *first: str) -> sqlite3.Connection:
        connection = sqlite3.connect(uri, uri=True, timeout=patience_s, isolation_level=None, check_same_thread=False)
        connection.row_factory = sqlite3.Row
        connection.text_factory = lambda data: data.decode(errors="backslashreplace")  # broken text fails its row's seal
        try:
            for statement in (f"PRAGMA busy_timeout={round(1000 * patience_s)}", "PRAGMA synchronous=NORMAL", *first):
                connection.execute(statement)
        except BaseException:
            connection.close()
            raise
        return connection

    def unreadable(self, error: Exception) -> Damaged:
        """What to raise for an error of the database itself."""
        return Damaged(
            f"The run database {self.database} cannot be read ({error}). Own runs are off; the demo stays usable. "
            "Move the file away and start again: prompts in the folder beside it stay as they are."
        )

    def query(self, sql: str, values: tuple[Any, ...] = ()) -> list[sqlite3.Row]:
        """Rows of a query; none when the store does not exist yet."""
        if not self.exists():
            return []
        with self.reading() as connection:
            try:
                return connection.execute(sql, values).fetchall()
            except sqlite3.OperationalError as error:
                if "no such table" in str(error):  # made just now, or of an earlier version that was not written to since
                    return []
                raise

    def intact(self, sql: str, values: tuple[Any, ...] = ()) -> list[dict[str, Any]]:
        """Whole rows of a query of a sealed table that are as they were written; `results.verify` tells of the others."""
        return [row for row in map(dict, self.query(sql, values)) if is_intact(row)]

    def prompt_folder(self, prompt_id: str) -> Path:
        """Where a prompt lies."""
        return self.root / "prompts" / prompt_id

    def predictions_path(self, prompt_id: str, target: str, limit: int | None = None, look: bool = False) -> Path:
        """Where the predictions of a prompt on a target lie; look: those of a first look."""
        name = slug(target) + (f".first{limit}" if limit else "") + (".look" if look else "")
        return self.root / "predictions" / prompt_id / f"{name}.parquet"

    def checkpoint_path(self, key: str) -> Path:
        """Where an unfinished tuning run keeps its state."""
        return self.root / "checkpoints" / f"{key}.ckpt"

    def log_path(self, run_id: str) -> Path:
        """Log of a run."""
        return self.root / "logs" / f"{run_id}.log"

    def add_prompt(
        self, connection: sqlite3.Connection, spec: TuneSpec, result: Mapping[str, float | int], sha: str, run_id: str | None
    ) -> None:
        """Record a tuned prompt whose folder is in place; `result` holds `RESULT_VALUES`."""
        row = {
            "prompt_id": spec.id,
            "backbone": spec.backbone,
            "task": spec.task,
            "seed": spec.seed,
            "recipe": recipe_of(spec.settings, spec.data),
            "init": spec.settings.init,
            "created": time.time(),
            "run_id": run_id,
            "settings": canonical(asdict(spec.settings)),
            "sha256": sha,
            **{key: result[key] for key in RESULT_VALUES},
        }
        insert(connection, "prompts", row)

    def add_points(self, run_id: str, series: str, curve: Iterable[Any]) -> None:
        """Record a finished curve: points with step, loss, validation and seconds."""
        with self.writing() as connection:
            for point in curve:
                told = {name: getattr(point, name) for name in ("step", *POINT_VALUES)}
                insert(connection, "points", {"run_id": run_id, "series": series, **told})

    def add_speed(self, backbone: str, kind: str, device: str, units: float, seconds: float) -> None:
        """Record how long `units` of work took (tune: examples seen; evaluate: predictions; load: 1)."""
        row = {"backbone": backbone, "kind": kind, "device": device, "units": units, "seconds": seconds, "created": time.time()}
        with self.writing() as connection:
            insert(connection, "speeds", row)


def insert(connection: sqlite3.Connection, table: str, row: Mapping[str, Any]) -> None:
    """Insert or replace one row, sealed where the table has seals."""
    row = sealed(row) if table in SEALED else row
    marks = ", ".join("?" * len(row))
    connection.execute(f"INSERT OR REPLACE INTO {table} ({', '.join(row)}) VALUES ({marks})", tuple(row.values()))


def _make_schema(connection: sqlite3.Connection) -> None:
    """All tables in one transaction, so that nobody ever sees half of them."""
    with suppress(sqlite3.OperationalError):  # another process is switching right now
        connection.execute("PRAGMA journal_mode=WAL")
    connection.executescript(f"BEGIN IMMEDIATE; {SCHEMA} {_CHANGES}")
    for table in SEALED:
        if SEAL not in {row["name"] for row in connection.execute(f"PRAGMA table_info({table})")}:
            connection.execute(f"ALTER TABLE {table} ADD COLUMN {SEAL} TEXT")
    connection.execute("INSERT OR IGNORE INTO meta VALUES ('schema', ?), ('made', ?)", (SCHEMA_VERSION, time.time()))
    connection.execute("UPDATE meta SET value = ?1 WHERE key = 'schema' AND value < ?1", (SCHEMA_VERSION,))
    connection.execute("COMMIT")


def _is_current(connection: sqlite3.Connection) -> bool:
    try:
        row = connection.execute("SELECT value FROM meta WHERE key = 'schema'").fetchone()
    except sqlite3.OperationalError as error:
        if "no such table" in str(error):
            return False
        raise
    return row is not None and row["value"] >= SCHEMA_VERSION


def _out_of_reach(error: Exception, store: Store) -> PtlibError | None:
    """What to say when the database is held by somebody else or cannot be reached, which is no damage; None otherwise."""
    text = str(error).lower() if isinstance(error, sqlite3.OperationalError) else ""
    if any(word in text for word in ("locked", "busy")):
        return RunFailed("The run database is busy: another program holds it. Close it, or try again in a moment.")
    if "disk i/o error" in text or ("unable to open" in text and not store.why_read_only()):
        return RunFailed(
            f"The run database {store.database} cannot be reached ({error}). Check the disk or the network folder it lies on, "
            "then try again; it stays as it is."
        )
    return None


@contextmanager
def _told(store: Store) -> Iterator[None]:
    """Turn the database's errors into messages for the user."""
    try:
        yield
    except sqlite3.OperationalError as error:
        if "full" in str(error):
            raise RunFailed("The disk is full: the run database was not written. Free some space and resume the run.") from None
        if told := _out_of_reach(error, store):
            raise told from None
        if "readonly" in str(error) or "unable to open" in str(error):
            raise BadInput(store.why_read_only() or f"The run database {store.database} cannot be opened ({error}).") from None
        raise
    except sqlite3.DatabaseError as error:
        raise store.unreadable(error) from None
