"""The predictor's process without a predictor: what is no question, who may ask, when it ends."""

import json
import os
import pickle
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from multiprocessing import AuthenticationError
from multiprocessing.connection import Client
from pathlib import Path
from types import SimpleNamespace

import pytest

from ptlib.base.errors import PtlibError
from ptlib.runs import ask, service


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[dict]]:
    """The questions that a service in a thread hands to its stand-in for the predictor."""
    questions: list[dict] = []

    def answer(request: dict) -> list[str]:
        questions.append(request)
        return [f"said {request['text_a']}" if request["text_a"] != "defect" else {}["missing"]]

    made: list[service._Service] = []

    class Watched(service._Service):
        def __init__(self, *values: object) -> None:
            super().__init__(*values)
            made.append(self)

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PTLIB_CACHE", str(tmp_path_factory.mktemp("served") / "cache"))
        patch.setattr(service, "_predictor", lambda: SimpleNamespace(models={"m": 1}, warm_up=lambda: None, answer=answer))
        patch.setattr(service, "_Service", Watched)
        server = threading.Thread(target=service.serve)
        server.start()
        _wait(lambda: ask.status().ready)
        yield questions
        made[0].idle_s = 0.0
        server.join(20)
        assert not server.is_alive()
        shutil.rmtree(ask.home())


def _wait(holds: Callable[[], bool]) -> None:
    until = time.monotonic() + 20
    while not holds() and time.monotonic() < until:
        time.sleep(0.02)
    assert holds()


def test_a_question_is_handed_on_and_answered(asked: list[dict]) -> None:
    assert ask.ask("m", ["p"], "t", "good") == ["said good"]
    assert (asked[-1]["backbone"], asked[-1]["prompts"], asked[-1]["task"]) == ("m", ["p"], "t")
    assert ask.status().loaded == ("m",) and ask.status().pid == os.getpid()


def test_a_defect_is_told_as_ours_and_ends_nothing(asked: list[dict], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(PtlibError, match="A defect in ptlib"):
        ask.ask("m", ["p"], "t", "defect")
    assert "KeyError" in capsys.readouterr().err and ask.status().ready


def raw(data: bytes) -> dict:
    """Send what is no question of ours over a connection that is."""
    with Client(str(ask.socket_path(ask.home())), "AF_UNIX") as line:
        key = bytes.fromhex(json.loads(ask.identity_path(ask.home()).read_text())["key"])
        ask.greet(line, key, 20, as_server=False)
        with suppress(OSError):  # it stops reading what is too long
            line.send_bytes(data)
        return json.loads(line.recv_bytes())


def test_what_is_no_question_is_refused(asked: list[dict]) -> None:
    for data in (b"{", b"[1]", b"\xff\xfe", b'"ping"', b"", b"[" * 90_000, pickle.dumps({"ping": True})):
        assert raw(data)["kind"] == "BadInput"
    assert "too long" in raw(b"x" * (ask.LONGEST + 1))["error"]
    assert ask.status().ready


def test_who_does_not_know_the_key_gets_no_answer_and_keeps_nobody_waiting(asked: list[dict]) -> None:
    with Client(str(ask.socket_path(ask.home())), "AF_UNIX") as silent:  # never answers the challenge
        assert silent.poll(20) and ask.status().ready
    with Client(str(ask.socket_path(ask.home())), "AF_UNIX") as line, pytest.raises(AuthenticationError):
        ask.greet(line, b"guessed", 20, as_server=False)
    assert ask.status().ready


def test_it_ends_when_idle_and_a_key_guards_its_socket(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "_predictor", lambda: SimpleNamespace(models={}, warm_up=lambda: None))
    server = threading.Thread(target=service.serve, args=(1.0,))
    server.start()
    _wait(lambda: ask.status().ready)
    assert ask.status().pid == os.getpid()
    name = ask.identity_path(ask.home())
    assert name.stat().st_mode & 0o777 == 0o600
    name.write_text(json.dumps(json.loads(name.read_text()) | {"key": "00" * 32}))
    assert not ask.status().ready
    server.join(20)
    assert not server.is_alive() and not ask.socket_path(ask.home()).exists()
    assert ask.status() == ask.Status(False)
    shutil.rmtree(ask.home())
