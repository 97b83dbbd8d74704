"""Tests side by side (`-n 2`): one thread a process, long files first, and quiet for the tests that measure time.

Nothing in here does anything without pytest-xdist, so a single file still runs with plain `pytest`.
"""

import fcntl
import os
import tempfile
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

TURNS = "PTLIB_TEST_TURNS"
"""Folder of the lock files that the processes of one test run share."""
WORKER = os.environ.get("PYTEST_XDIST_WORKER")
EARLY = ("quiet", "slow", "browser")
"""Files with such a test are begun first, in this order: a long one at the end would leave the other core idle."""

if WORKER:  # before torch and numpy are loaded; what the tests start inherits it
    os.environ.setdefault("OMP_NUM_THREADS", "1")


def pytest_configure(config: pytest.Config) -> None:
    """Make the folder of the locks before the first worker starts and take it away in the end."""
    if not WORKER and config.getoption("numprocesses", None):
        folder = tempfile.TemporaryDirectory(prefix="ptlib-turns-")
        config.add_cleanup(folder.cleanup)
        os.environ[TURNS] = folder.name


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Sort the files, not the tests in them."""
    if WORKER:
        ranks: dict[Path, int] = {}
        for item in items:
            ranks[item.path] = min(ranks.get(item.path, len(EARLY)), _rank(item))
        items.sort(key=lambda item: ranks[item.path])


def _rank(item: pytest.Item) -> int:
    return next((place for place, name in enumerate(EARLY) if item.get_closest_marker(name)), len(EARLY))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None, object, object]:
    with _turn(item):
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """A quiet test runs while no other does; its fixtures are made and taken away beside others."""
    with _turn(item, item.get_closest_marker("quiet") is not None):
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, object, object]:
    with _turn(item):
        return (yield)


@contextmanager
def _turn(item: pytest.Item, alone: bool = False) -> Iterator[None]:
    """Wait for one's turn. Who wants to be alone keeps the gate shut, so that nobody slips in while he waits.

    These locks belong to the process: unlike those of `flock`, a forked child does not keep them.
    """
    if not hasattr(item.config, "workerinput"):  # a plain pytest that a test starts has no turn of its own: its starter has
        yield
        return
    folder = Path(os.environ[TURNS])
    with (folder / "gate").open("a+") as gate, (folder / "floor").open("a+") as floor:
        fcntl.lockf(gate, fcntl.LOCK_EX)
        fcntl.lockf(floor, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        if not alone:
            fcntl.lockf(gate, fcntl.LOCK_UN)
        yield


@pytest.fixture(scope="session")
def synthetic_demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of invented results, only to be read."""
    from tests.fixtures import fake_demo

    return fake_demo.build(tmp_path_factory.mktemp("synthetic") / "demo")
