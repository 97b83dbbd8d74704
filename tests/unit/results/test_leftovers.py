"""What ended processes left behind goes, what others write now stays."""

import os
import time
from pathlib import Path

from ptlib.results import leftovers
from ptlib.results.store import Store


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
    leftovers.sweep(store)
    assert not [path for path in (*old, folder) if path.exists()] and all(path.exists() for path in kept)


def test_a_checkpoint_stays_while_a_run_may_go_on_from_it(cache: Path) -> None:
    store = Store()
    with store.writing() as connection:
        connection.execute(
            "INSERT INTO runs (id, kind, title, state, position, spec, created) "
            "VALUES ('p1', 'tune', 't', 'cancelled', 0, '{}', 0)"
        )
    waiting, given_up = _old(store.checkpoint_path("a"), 86400), _old(store.checkpoint_path("b"), 40 * 86400)
    leftovers.sweep(store)
    assert waiting.exists() and not given_up.exists()


def test_a_store_that_is_not_there_is_none_of_its_business(cache: Path) -> None:
    leftovers.sweep(Store())
    assert not cache.exists()
