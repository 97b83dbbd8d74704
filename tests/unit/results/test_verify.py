"""Flipped bytes in every kind of stored file: noticed, or without effect on any number."""

import os
import random
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from ptlib.base.errors import Damaged
from ptlib.base.progress import Silent
from ptlib.prompts import checkpoints
from ptlib.prompts.record import Prompt
from ptlib.prompts.soft import SoftPrompt
from ptlib.results import own
from ptlib.results.speeds import speed
from ptlib.results.store import SEALED, Store
from ptlib.results.verify import sweep, verify
from ptlib.runs import execution, queue
from tests.fixtures import fakes


@pytest.fixture
def store(toy: str) -> Store:
    execution.execute(fakes.transfer(toy, "alpha", "beta", seeds=(0,)), Silent())
    store = Store()
    with sqlite3.connect(store.database) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    SoftPrompt(np.ones((3, 4), np.float32), Prompt("i1", "x", "sst2", 0)).save(store.root / "imported" / "x" / "sst2")
    checkpoints.save(store.checkpoint_path("c"), {"step": 3, "values": torch.arange(500.0)})
    return store


def _numbers() -> dict[tuple[str, str], tuple[object, ...]]:
    """Every number of the store that a map or a table of prompts shows, by what it is of."""
    index = own.read(Store())
    entries = {(e.prompt_id, e.target): (e.source, e.seed, e.recipe, e.score, e.scores.tobytes()) for e in index.entries}
    return entries | {(p.id, ""): (p.task, p.seed, p.recipe, p.tuning) for p in index.prompts.values()}


def _live() -> list[tuple[object, ...]]:
    """Every point of a live curve, and every speed that an estimate rests on."""
    curve = [tuple(row.values()) for row in own.curve(Store(), "live")]
    return curve + [(speed(name, "tune", Store()).rate,) for name in SPEEDS]


def _flip(path: Path, rng: random.Random) -> None:
    data = bytearray(path.read_bytes())
    data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    path.write_bytes(data)


def test_what_was_just_written_is_all_right(store: Store) -> None:
    assert [item for item in verify() if item.origin == "own"] == []


SPEEDS = {"b1": 100.0, "b2": 200.0, "b3": 300.0}


@pytest.fixture
def live(store: Store) -> Store:
    """A store with a curve of a run that goes on and with speeds."""
    points = [SimpleNamespace(step=step, loss=step / 7, validation=1 / (step + 2), seconds=step * 0.1) for step in range(40)]
    store.add_points("r1", "live", points)
    for name, units in SPEEDS.items():
        store.add_speed(name, "tune", "cpu", units, 1.0)
    with closing(sqlite3.connect(store.database)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return store


def test_a_changed_value_of_a_curve_or_a_speed_is_left_out_and_told(live: Store) -> None:
    assert len(_live()) == 43 and not [item for item in verify() if item.origin == "own"]
    with closing(sqlite3.connect(live.database)) as connection:
        connection.execute("UPDATE points SET validation = 0.99 WHERE step = 7")
        connection.execute("UPDATE speeds SET units = 1e6 WHERE backbone = 'b2'")
        connection.commit()
    assert [row["step"] for row in own.curve(live, "live")] == [step for step in range(40) if step != 7]
    assert queue.curves("r1")["step"].tolist() == [step for step in range(40) if step != 7]
    assert speed("b2", "tune", live).rate != 1e6
    told = {item.name: item.problem for item in verify() if item.kind == "database"}
    assert told.keys() == {"points", "speeds"} and "1 of 44 rows" in told["points"]


def test_flipped_bytes_of_curves_and_speeds_show_no_wrong_number(live: Store) -> None:
    rng, sound, before = random.Random(9), live.database.read_bytes(), set(_live())
    pages, told = [place for word in (b"r1live", b"b1tune") for place in _places(sound, word)], 0
    assert len(pages) > 30
    for _ in range(60):
        data = bytearray(sound)
        data[rng.choice(pages) + rng.randrange(40)] ^= 1 << rng.randrange(8)
        live.database.write_bytes(data)
        wrong = set(_live()) - before
        assert all(len(row) == 1 for row in wrong)  # a speed that was left out is estimated from others
        assert not wrong or verify(), wrong
        told += bool([item for item in verify() if item.origin == "own"])
    assert told > 50


def _places(data: bytes, word: bytes) -> list[int]:
    return [place for place in range(len(data)) if data.startswith(word, place)]


def test_flipped_bytes_of_the_database_never_change_a_number(store: Store) -> None:
    rng, sound, before = random.Random(5), store.database.read_bytes(), _numbers()
    for _ in range(60):
        _flip(store.database, rng)
        after = _numbers()
        assert after.items() <= before.items() and (after == before or own.read(store).damaged)
        store.database.write_bytes(sound)


@pytest.mark.parametrize("pattern", ["prompts/*/*", "predictions/*/*", "imported/*/*/*.safetensors"])
def test_flipped_bytes_of_a_file_are_noticed(store: Store, pattern: str) -> None:
    rng = random.Random(6)
    for path in sorted(store.root.glob(pattern)):
        for _ in range(3):
            sound, stat = path.read_bytes(), path.stat()
            _flip(path, rng)
            os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
            assert [item for item in verify() if item.origin == "own"], path
            path.write_bytes(sound)


def test_flipped_bytes_of_a_record_are_noticed_or_leave_it_as_it_was(store: Store) -> None:
    rng, folder = random.Random(8), store.root / "imported" / "x" / "sst2"
    path, before = folder / "prompt.json", SoftPrompt.load(folder).info
    sound, refused = path.read_bytes(), 0
    for _ in range(60):
        _flip(path, rng)
        try:
            assert SoftPrompt.load(folder).info == before
        except Damaged:
            refused += 1
        path.write_bytes(sound)
    assert refused > 30


def test_a_checkpoint_with_a_flipped_byte_starts_anew_or_is_the_same(store: Store) -> None:
    rng, path = random.Random(7), store.checkpoint_path("c")
    sound, refused = path.read_bytes(), 0
    for _ in range(40):
        _flip(path, rng)
        state = checkpoints.load(path, torch.device("cpu"))
        refused += state is None
        assert state is None or (state["step"] == 3 and torch.equal(state["values"], torch.arange(500.0)))
        path.write_bytes(sound)
    assert refused > 20


def test_rows_of_an_earlier_version_have_no_seal_and_are_read(store: Store, toy: str) -> None:
    store.add_points("r1", "live", [SimpleNamespace(step=3, loss=0.5, validation=None, seconds=1.0)])
    with sqlite3.connect(store.database) as connection:
        for table in SEALED:
            connection.execute(f"ALTER TABLE {table} DROP COLUMN seal")
        connection.execute("UPDATE meta SET value = 2 WHERE key = 'schema'")
    connection.close()
    before = _numbers()
    assert len(own.curve(store, "live")) == 1
    assert before and not own.read(store).damaged
    execution.execute(fakes.transfer(toy, "gamma", seeds=(0,)), Silent())
    assert before.items() < _numbers().items()
    seals = [row["seal"] for row in store.query("SELECT seal FROM scores")]
    assert any(seals) and not all(seals)


def _old(path: Path, seconds: float) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x")
    os.utime(path, (time.time() - seconds,) * 2)
    return path


def test_old_parts_and_checkpoints_go(cache: Path) -> None:
    store = Store()
    store.open_for_writing().close()
    old = [_old(store.root / "prompts" / ".part-a", 7200), _old(store.checkpoint_path("old"), 7200)]
    folder = store.root / "prompts" / ".part-b"
    folder.mkdir()
    (folder / "new").mkdir()
    os.utime(folder, (time.time() - 7200,) * 2)
    kept = [
        _old(store.root / "prompts" / ".part-now", 1),
        _old(store.checkpoint_path("now"), 1),
        _old(store.root / "prompts" / "p1", 9e6),
    ]
    sweep(store)
    assert not [path for path in (*old, folder) if path.exists()] and all(path.exists() for path in kept)


def test_a_checkpoint_stays_while_a_run_may_go_on_from_it(cache: Path) -> None:
    store = Store()
    with store.writing() as connection:
        connection.execute(
            "INSERT INTO runs (id, kind, title, state, position, spec, created) "
            "VALUES ('p1', 'tune', 't', 'cancelled', 0, '{}', 0)"
        )
    waiting, given_up = _old(store.checkpoint_path("a"), 86400), _old(store.checkpoint_path("b"), 40 * 86400)
    sweep(store)
    assert waiting.exists() and not given_up.exists()


def test_a_store_that_is_not_there_is_none_of_its_business(cache: Path) -> None:
    sweep(Store())
    assert not cache.exists()
