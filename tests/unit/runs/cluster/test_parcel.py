"""Parts of a store on their way: they arrive as they were, and what was not ordered is refused before anything is written."""

from dataclasses import replace

import pytest

from ptlib.base.errors import BadInput, RunFailed
from ptlib.base.progress import Silent
from ptlib.results.catalogue import Catalogue
from ptlib.results.kind import Part
from ptlib.results.store import Store
from ptlib.runs import execution
from ptlib.runs.cluster.parcel import Parcel, made, needed, put_in, unpack
from ptlib.transfer.kinds import TRANSFER
from tests.fixtures import fakes


@pytest.fixture
def done(toy: str):
    """A map of two tasks, measured here."""
    spec = fakes.transfer(toy, "alpha", "beta", seeds=(0,))
    parts = TRANSFER.parts(spec, TRANSFER.missing(spec, Catalogue()), Catalogue())
    execution.execute(spec, Silent())
    return spec, parts


def test_a_part_is_given_what_it_reads_and_no_more(done, tmp_path) -> None:
    spec, (stack, first, _) = done
    assert needed(Store(), spec, stack) == Parcel()
    given = needed(Store(), spec, replace(first, reads=first.reads[:1]))
    assert {row["prompt_id"] for row in given.rows["prompts"]} == {first.reads[0]} and set(given.rows) == {"prompts"}
    there = Store(tmp_path / "there")
    unpack(given, there)
    before, after = Catalogue(), Catalogue(store=there.root)
    assert (before.values(first.reads[0]) == after.values(first.reads[0])).all() and not after.damaged()
    whole: Part = replace(stack, whole=(spec.backbone,))
    assert {table: len(rows) for table, rows in needed(Store(), spec, whole).rows.items()} == {"prompts": 2, "scores": 10}


def test_what_was_made_arrives_with_its_files_under_the_name_of_the_run(done, tmp_path) -> None:
    _, parts = done
    there, makes = Store(tmp_path / "there"), frozenset().union(*(part.makes for part in parts))
    put_in(made(Store(), makes), there, "t1", makes)
    assert not Catalogue(store=there.root).damaged()
    for table in ("prompts", "scores"):
        here, came = (store.query(f"SELECT sha256, run_id FROM {table} ORDER BY sha256") for store in (Store(), there))
        assert [row[0] for row in here] == [row[0] for row in came] and {row[1] for row in came} == {"t1"}
    assert len(there.query("SELECT * FROM points")) == 4 and len(there.query("SELECT * FROM speeds")) == 3


@pytest.mark.parametrize("wrong", ["name", "place", "outside", "bytes", "columns", "folder"])
def test_what_was_not_ordered_is_refused_and_nothing_of_it_stays(done, tmp_path, wrong: str) -> None:
    _, (stack, first, _) = done
    makes = first.makes | stack.makes
    parcel, there = made(Store(), makes), Store(tmp_path / "there")
    files, rows = dict(parcel.files), {table: list(found) for table, found in parcel.rows.items()}
    if wrong == "name":
        makes = first.makes
    elif wrong in ("place", "outside"):
        files["../evil" if wrong == "outside" else "ptlib.db"] = b"x"
    elif wrong == "bytes":
        files[next(name for name in files if name.startswith("predictions"))] = b"other"
    elif wrong == "columns":
        rows["scores"][0] = {**rows["scores"][0], "score) VALUES (1); --": 1}
    else:
        files[next(name for name in files if name.startswith("prompts"))] = b"other"
    with pytest.raises(RunFailed, match="not ordered"):
        put_in(Parcel({table: tuple(found) for table, found in rows.items()}, files), there, "t1", makes)
    assert not there.query("SELECT * FROM scores") and not there.query("SELECT * FROM prompts")
    assert not (tmp_path / "evil").exists()


def test_results_of_two_commits_do_not_meet(cache, tmp_path) -> None:
    here, there = Store(), Store(tmp_path / "there")
    for store, commit in ((here, "a" * 40), (there, "b" * 40)):
        execution.hold_to_commit(store, f"{execution.COMMIT}model some/model@main", commit)
    came = made(here, frozenset())
    put_in(came, Store(tmp_path / "new"), "t1", frozenset())
    assert Store(tmp_path / "new").query("SELECT value FROM meta WHERE key LIKE 'commit%'")[0][0] == "a" * 40
    with pytest.raises(BadInput, match="'some/model' at 'main' is commit aaaaaaaaaaaa now"):
        put_in(came, there, "t1", frozenset())
