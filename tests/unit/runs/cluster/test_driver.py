"""The driver with hands in threads: the same bytes as one worker, whatever is lost, doubled, late, refused or cancelled."""

import random
import threading
import time
from collections.abc import Iterator

import pytest

from ptlib.base import files
from ptlib.results.catalogue import Catalogue
from ptlib.results.store import Store
from ptlib.runs import queue, worker
from ptlib.runs.cluster import driver
from tests.fixtures import fakes
from tests.unit.runs.cluster.pool import ThreadPool


@pytest.fixture
def pools() -> Iterator[list[ThreadPool]]:
    made: list[ThreadPool] = []
    yield made
    for pool in made:
        pool.close()


def stored(store: Store) -> dict[str, object]:
    """All results: files by their place, rows without times."""
    found: dict[str, object] = {}
    for name in ("prompts", "predictions", "neurons", "analyses"):
        for path in sorted((store.root / name).rglob("*")):
            if path.is_file():
                found[path.relative_to(store.root).as_posix()] = files.sha256(path.read_bytes())
    for table in ("prompts", "scores", "artefacts", "points"):
        for row in map(dict, store.query(f"SELECT * FROM {table}")):
            row = {key: value for key, value in row.items() if key not in ("created", "seal")}
            found[f"{table} {row.get('prompt_id')} {row.get('target')} {row.get('id')} {row.get('series')} {row.get('step')}"] = row
    return found


def alone(tmp_path, monkeypatch, specs) -> dict[str, object]:
    """What one worker makes of them."""
    with monkeypatch.context() as patch:
        patch.setenv("PTLIB_CACHE", str(tmp_path / "alone"))
        for spec in specs:
            queue.enqueue(spec)
        worker.work("cpu", once=True, make=fakes.Work)
        return stored(Store())


def test_many_hands_make_the_bytes_of_one_worker(toy, tmp_path, monkeypatch, pools) -> None:
    fakes.distinct(monkeypatch.setattr)
    specs = [fakes.transfer(toy, "alpha", "beta"), fakes.transfer(toy, "alpha", "gamma"), fakes.transfer(toy, "gamma", seeds=(5, 6))]
    wanted = alone(tmp_path, monkeypatch, specs)
    for spec in specs:
        queue.enqueue(spec)
    pools.append(pool := ThreadPool(3))
    assert driver.serve(Store(), pool, 0.0, once=True) == 3
    assert stored(Store()) == wanted and len(wanted) > 60
    assert [queue.get(spec.id).state for spec in specs] == ["done"] * 3 and not Catalogue().damaged()
