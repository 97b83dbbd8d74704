"""Who works on what: written whole, read while the driver lives, and never believed further than it is text."""

import json
import os

from ptlib.base import files
from ptlib.results.store import Store
from ptlib.runs.cluster import places

ROWS = (places.Row("node a", "cpu", "demo/roberta-small", "t1", "stack 1 of 2", 12.5), places.Row("node b", "cuda", ""))


def test_it_comes_back_as_it_was_written_and_goes_with_the_driver(cache) -> None:
    store = Store()
    store.open_for_writing().close()
    assert places.read(store) == ()
    places.write(store, ROWS)
    assert places.read(store) == ROWS
    places.forget(store)
    assert places.read(store) == () and not list(store.root.glob("cluster*"))


def test_of_a_driver_that_is_gone_or_of_a_broken_file_there_is_nothing(cache) -> None:
    store = Store()
    places.write(store, ROWS)
    path = store.root / "cluster.json"
    told = json.loads(path.read_text())
    path.write_text(json.dumps({**told, "started": told["started"] - 100}))
    assert places.read(store) == ()
    for rows in ("no list", "[1]", '[{"node": "a", "more": 1}]', "{"):
        path.write_text(json.dumps({**told, "rows": rows}))
        assert places.read(store) == ()


def test_what_a_node_says_of_itself_is_cut(cache) -> None:
    store = Store()
    places.write(store, [places.Row("n" * 5000, "cpu", "")])
    assert len(places.read(store)[0].node) == places.LONGEST
    assert files.named_process(store.root / "cluster.json") == os.getpid()
