"""The own store as an index: what is recorded and sound, and what is left out with the reason."""

import sqlite3
from pathlib import Path

import pytest

from ptlib.base.errors import BadInput
from ptlib.base.progress import Silent
from ptlib.results import own
from ptlib.results.catalogue import Catalogue
from ptlib.results.store import Store
from ptlib.runs import execution
from tests.fixtures import fakes


@pytest.fixture
def store(toy: str) -> Store:
    execution.execute(fakes.transfer(toy, "alpha"), Silent())
    return Store()


def test_an_empty_store_and_one_that_is_not_there_hold_nothing(cache: Path) -> None:
    assert own.read(Store()) == own.read(Store(cache / "elsewhere")) and own.fingerprint(Store()) == "none"


def test_prompts_come_with_their_own_records_and_entries_with_their_files(store: Store) -> None:
    index = own.read(store)
    (first, *_), prompt = index.entries, next(iter(index.prompts.values()))
    assert prompt.origin == "own" and prompt.tuning.steps == 10 and index.values[prompt.id].whole.is_sound
    assert first.file.is_sound and not index.damaged and [point["step"] for point in own.curve(store, prompt.id)] == [0, 10]


def test_a_record_that_cannot_be_read_takes_only_its_prompt_out(store: Store) -> None:
    one, other = list(own.read(store).prompts)
    (store.prompt_folder(one) / "prompt.json").write_text("{")
    index = own.read(store)
    assert list(index.prompts) == [other] and [item.prompt_id for item in index.damaged] == [one]


def test_the_files_fingerprint_sees_what_the_databases_does_not(store: Store) -> None:
    before = own.fingerprint(store), own.files_fingerprint(store)
    path = next((store.root / "predictions").rglob("*.parquet"))
    data = path.read_bytes()
    path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    assert own.fingerprint(store) == before[0] and own.files_fingerprint(store) != before[1]


def test_a_row_is_held_to_its_seal_once_and_again_when_it_changed(store: Store) -> None:
    count = len(own.read(store).entries)
    looked = own._entry.cache_info().misses
    assert len(own.read(store).entries) == count and own._entry.cache_info().misses == looked
    with sqlite3.connect(store.database) as connection:
        connection.execute("UPDATE scores SET score = 0.123 WHERE rowid = (SELECT min(rowid) FROM scores)")
    index = own.read(store)
    assert len(index.entries) == count - 1 and [item.kind for item in index.damaged] == ["predictions"]
    assert own._entry.cache_info().misses == looked + 1


def test_a_file_that_is_no_database_is_the_one_damaged_item(store: Store) -> None:
    store.database.write_bytes(b"no database " * 1000)
    for more in ("-wal", "-shm"):
        Path(f"{store.database}{more}").unlink(missing_ok=True)
    index = own.read(store)
    assert [item.kind for item in index.damaged] == ["database"] and not index.entries
    assert own.fingerprint(store) == "unreadable" and Catalogue().backbones() == []


def test_a_store_of_an_earlier_version_lacks_a_table_and_is_read(store: Store) -> None:
    with sqlite3.connect(store.database) as connection:
        connection.execute("DROP TABLE artefacts")
    assert own.read(store).artefacts == () and own.read(store).entries


def test_a_finished_curve_is_read_beside_its_prompt_whatever_the_database_says(store: Store) -> None:
    prompt = next(iter(own.read(store).prompts))
    before = Catalogue().curve(prompt)
    with store.writing() as connection:
        connection.execute("UPDATE points SET validation = 0.99")
    assert Catalogue().curve(prompt).equals(before) and before["validation"].max() < 0.99
    (store.prompt_folder(prompt) / "curve.json").write_text("[]")
    assert Catalogue().curve(prompt).empty


def test_what_a_run_measured_is_left_out_and_brought_back_and_never_computed_twice(toy: str, store: Store) -> None:
    first, more = fakes.transfer(toy, "alpha"), fakes.transfer(toy, "alpha", "beta")
    execution.execute(more, Silent())
    catalogue, before = Catalogue(), Catalogue().fingerprint()
    everything, recipe = len(catalogue.entries(toy)), catalogue.main_recipe(toy)
    own.leave_out(more.id)
    own.leave_out(more.id)
    count = catalogue.left_out(toy, recipe)[more.id]
    assert catalogue.fingerprint() != before and catalogue.left_out(toy, "other") == {}
    assert {entry.run_id for entry in catalogue.entries(toy)} == {first.id} and len(catalogue.entries(toy)) == everything - count
    assert len(catalogue.entries(toy, everything=True)) == everything and not execution.execute(more, Silent())
    assert catalogue.prompts(toy).prompt_id.nunique() == 4
    own.bring_back(more.id)
    assert len(catalogue.entries(toy)) == everything and catalogue.left_out(toy) == {}
    with pytest.raises(BadInput, match="run with results of its own"):
        own.leave_out("nonsense")
    with pytest.raises(BadInput, match="run that is left out"):
        own.bring_back(more.id)


def test_in_a_store_of_an_earlier_version_something_can_be_left_out(store: Store) -> None:
    (run,) = {entry.run_id for entry in own.read(store).entries}
    with sqlite3.connect(store.database) as connection:
        connection.executescript("DROP TABLE left_out; UPDATE meta SET value = 4 WHERE key = 'schema'")
    before = own.fingerprint(store)
    assert own.read(store).left_out == {}
    own.leave_out(run, store)
    assert list(own.read(store).left_out) == [run] and own.fingerprint(store) != before
