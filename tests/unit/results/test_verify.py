"""Flipped bytes in every kind of stored file: noticed, or without effect on any number."""

import os
import random
import sqlite3
from pathlib import Path

import numpy as np
import pytest
import torch

from ptlib.base.errors import Damaged
from ptlib.base.progress import Silent
from ptlib.prompts import checkpoints
from ptlib.prompts.record import Prompt
from ptlib.prompts.soft import SoftPrompt
from ptlib.results import own
from ptlib.results.store import Store
from ptlib.results.verify import verify
from ptlib.runs import execution
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


def _flip(path: Path, rng: random.Random) -> None:
    data = bytearray(path.read_bytes())
    data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    path.write_bytes(data)


def test_what_was_just_written_is_all_right(store: Store) -> None:
    assert [item for item in verify() if item.origin == "own"] == []


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
    with sqlite3.connect(store.database) as connection:
        for table in ("prompts", "scores", "artefacts"):
            connection.execute(f"ALTER TABLE {table} DROP COLUMN seal")
        connection.execute("UPDATE meta SET value = 2 WHERE key = 'schema'")
    connection.close()
    before = _numbers()
    assert before and not own.read(store).damaged
    execution.execute(fakes.transfer(toy, "gamma", seeds=(0,)), Silent())
    assert before.items() < _numbers().items()
    seals = [row["seal"] for row in store.query("SELECT seal FROM scores")]
    assert any(seals) and not all(seals)
