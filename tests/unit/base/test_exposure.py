"""Read-only mode holds at every door of the core, places are the owner's to name, and a visitor's queue has an end."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ptlib.base import exposure, files, paths
from ptlib.base.errors import BadInput, NotAvailable
from ptlib.hub import fetching, remote
from ptlib.hub.revisions import Repo
from ptlib.models import registry
from ptlib.prompts.spec import TuneSpec
from ptlib.results.store import Store
from ptlib.runs import ask, estimates, predictor, processes, queue, visitors
from ptlib.tasks.own.stored import delete_own_task, task_from_file
from tests.fixtures import fakes


@pytest.fixture
def queued(toy: str) -> queue.Job:
    """A run that waits, put there before the switch is on."""
    return queue.enqueue(TuneSpec(toy, "toy/alpha", 0, fakes.SETTINGS))


@pytest.fixture
def read_only(queued: queue.Job, monkeypatch: pytest.MonkeyPatch) -> Iterator[queue.Job]:
    monkeypatch.setenv("HF_HUB_OFFLINE", "0")  # restored afterwards: the Hub's switch follows ours
    monkeypatch.setenv(exposure.READ_ONLY, "1")
    yield queued


def _snapshot(folder: Path) -> dict[str, str | None]:
    """Checksums of all files; the write-ahead log of the database is left out, its content is asked for below."""
    return {
        str(path): files.file_sha256(path)
        for path in folder.rglob("*")
        if path.is_file() and not path.name.endswith(("-wal", "-shm"))
    }


def test_read_only_refuses_every_change_and_leaves_no_trace(read_only: queue.Job, toy: str, cache: Path, tmp_path: Path) -> None:
    form = {"name": "Pets", "train": "t.csv", "columns": {"text_a": "a", "label": "b"}, "labels": ["0", "1"]}
    (tmp_path / "t.csv").write_text("a,b\n" + "".join(f"text {n},{n % 2}\n" for n in range(40)))
    (tmp_path / "pets.json").write_text(json.dumps(form | {"words": {"mlm": ["no", "yes"]}}))
    before, rows = _snapshot(cache), Store().query("SELECT * FROM runs")
    attempts = {
        "enqueue": lambda: queue.enqueue(TuneSpec(toy, "toy/beta", 1, fakes.SETTINGS)),
        "enqueue again": lambda: queue.enqueue(TuneSpec(toy, "toy/alpha", 0, fakes.SETTINGS)),
        "cancel": lambda: queue.cancel(read_only.id),
        "resume": lambda: queue.resume(read_only.id),
        "delete": lambda: queue.delete(read_only.id),
        "move": lambda: queue.move(read_only.id, "up"),
        "worker": lambda: queue.start_worker(),
        "spawn": lambda: processes.spawn("cpu"),
        "predictor": lambda: ask.ensure_running(),
        "own task": lambda: task_from_file(tmp_path / "pets.json"),
        "remove own task": lambda: delete_own_task("own/pets-12345678"),
        "file": lambda: files.write_atomically(cache / "x", b"x"),
        "folder": lambda: files.write_folder(cache / "y", lambda part: part.mkdir()),
        "Hub file": lambda: fetching.fetch(Repo("owner/name", "model"), "config.json"),
        "Hub listing": lambda: remote.listing(Repo("owner/name", "model")),
        "Hub model": lambda: registry.backbone_for_visitor("owner/name"),
    }
    for name, attempt in attempts.items():
        with pytest.raises(BadInput):
            attempt()
            pytest.fail(f"{name} was let through")
    assert [tuple(row) for row in Store().query("SELECT * FROM runs")] == [tuple(row) for row in rows]
    assert _snapshot(cache) == before


def test_read_only_predictor_answers_for_known_backbones_only(read_only: queue.Job, tmp_path: Path) -> None:
    asked = {"backbone": str(tmp_path), "prompts": ["p1"], "task": "toy/alpha", "text_a": "x", "text_b": ""}
    with pytest.raises(NotAvailable, match="Read-only"):
        predictor.Predictor().answer(asked)
    with pytest.raises(NotAvailable, match="Read-only"):
        predictor.Predictor().alone({"backbone": "owner/model", "alone": "/etc", "count": 3})


@pytest.mark.parametrize("value", ["", "0", "false", "off"])
def test_the_switch_can_be_off(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(exposure.READ_ONLY, value)
    assert not exposure.read_only()


def test_a_visitor_names_only_the_owners_folders(toy: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inside, outside = Path(toy).parent, tmp_path.parent
    monkeypatch.delenv(exposure.FOLDERS, raising=False)
    with pytest.raises(BadInput, match="none is named"):
        registry.backbone_for_visitor(toy)
    monkeypatch.setenv(exposure.FOLDERS, str(inside))
    assert registry.backbone_for_visitor(toy).location == toy
    (inside / "way-out").symlink_to("/etc")
    tried = (
        "/etc",
        str(inside / "way-out"),
        f"{inside}/../..",
        "~/x",
        "./x",
        "..",
        "C:\\x",
        str(outside / "no such place"),
        "a\0b",
    )
    said = set()
    for name in tried:
        with pytest.raises(BadInput) as refused:
            registry.backbone_for_visitor(name)
        said.add(str(refused.value))
    assert len(said) == 1  # whether something exists there cannot be told from the answer


def test_a_hand_made_spec_names_no_place(toy: str, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from dataclasses import replace

    monkeypatch.setenv(exposure.FOLDERS, toy)
    good = TuneSpec(toy, "toy/alpha", 0, fakes.SETTINGS)
    (tmp_path / "form.json").write_text("{}")
    bad = (
        replace(good, backbone="/etc"),
        replace(good, data="/etc"),
        replace(good, task=str(tmp_path / "form.json")),
        replace(good, task="form.json"),
        good.started_from("/etc"),
    )
    for spec in bad:
        for act in (queue.enqueue, estimates.estimate):
            with pytest.raises(BadInput, match=exposure.FOLDERS):
                act(spec, visitor="10.0.0.9")
    assert queue.enqueue(good, visitor="10.0.0.9").state == "queued"


def test_a_visitors_runs_do_not_fill_the_queue(toy: str, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(exposure.MOST_WAITING, "2")
    monkeypatch.setenv(exposure.FOLDERS, toy)
    monkeypatch.setattr(visitors, "_LAUNCHED", {})
    specs = [TuneSpec(toy, "toy/alpha", seed, fakes.SETTINGS) for seed in range(5)]
    for spec in specs[:2]:
        queue.enqueue(spec, visitor="10.0.0.9")
    with pytest.raises(BadInput, match="2 of your runs wait already"):
        queue.enqueue(specs[2], visitor="10.0.0.9")
    queue.enqueue(specs[2], visitor="10.0.0.8")
    queue.enqueue(specs[3])  # the owner's own
    queue.cancel(specs[0].id)
    assert queue.enqueue(specs[4], visitor="10.0.0.9").state == "queued"


def _addresses() -> list[str]:
    """Addresses of this machine other than 127.0.0.1: a second one of the loopback, and that of a network where there is one."""
    found = ["127.0.0.2"] if sys.platform == "linux" else []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.254", 9))  # sends nothing; the system says which address it would use
            found.append(probe.getsockname()[0])
        except OSError:
            pass
    return found


@pytest.mark.slow
def test_the_default_server_answers_this_machine_only(tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", str(paths.ROOT / "app.py"), "--server.headless=true"]
    environment = {**os.environ, "PTLIB_CACHE": str(tmp_path), "HF_HUB_OFFLINE": "1"}
    server = subprocess.Popen(
        [*command, f"--server.port={port}"], cwd=tmp_path, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        end = time.monotonic() + 60
        while not _answers("127.0.0.1", port) and time.monotonic() < end and server.poll() is None:
            time.sleep(0.1)
        assert _answers("127.0.0.1", port)
        assert _addresses() and not [address for address in _addresses() if _answers(address, port)]
    finally:
        server.terminate()
        server.wait(timeout=20)


def _answers(address: str, port: int) -> bool:
    try:
        with socket.create_connection((address, port), timeout=2):
            return True
    except OSError:
        return False
