"""A real server and a real Chromium. Results come from the demo when it is built, else from synthetic files."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-sync",
         "--disable-component-update"]  # fmt: skip
REAL = ROOT / "cache" / "demo"
BACKBONE = "demo/roberta-small"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(item.fspath).parent == Path(__file__).parent:
            item.add_marker(pytest.mark.browser)
            if CHROMIUM is None:
                item.add_marker(pytest.mark.skip(reason="no chromium on this machine"))


def has_real_demo() -> bool:
    """Whether the embedded demo was built: results and weights."""
    weights = REAL / "backbones" / "roberta-small" / "model.safetensors"
    return weights.exists() and (REAL / "results" / "roberta-small" / "manifest.json").exists()


class Server:
    """One Streamlit server on a port of its own."""

    def __init__(self, demo: Path, cache: Path, checkout: Path = ROOT) -> None:
        self.checkout = checkout
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.environment = {**os.environ, "PTLIB_DEMO": str(demo), "PTLIB_CACHE": str(cache), "HF_HUB_OFFLINE": "1"}
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> "Server":
        command = [
            sys.executable,
            "-m",
            "streamlit",
            "run",
            "app.py",
            "--server.headless",
            "true",
            "--server.port",
            str(self.port),
        ]
        self.process = subprocess.Popen(
            [*command, "--server.address", "127.0.0.1"],
            cwd=self.checkout,
            env=self.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        end = time.monotonic() + 60
        while time.monotonic() < end:
            try:
                with urllib.request.urlopen(f"{self.address}/_stcore/health", timeout=1):
                    return self
            except OSError:
                time.sleep(0.1)
        raise AssertionError("the server did not answer within 60 s")

    def stop(self) -> None:
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGTERM)
            self.process.wait(timeout=20)
            self.process = None


@pytest.fixture(scope="session")
def demo(synthetic_demo: Path) -> Path:
    """The real demo when it is there, else synthetic results."""
    return REAL if has_real_demo() else synthetic_demo


@pytest.fixture(scope="session")
def tiny_demo(synthetic_demo: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Synthetic results, and a tiny model that really runs in place of the embedded masked LM."""
    from tests.fixtures import tiny_models

    folder = tmp_path_factory.mktemp("tiny") / "demo"
    shutil.copytree(synthetic_demo, folder, ignore=lambda path, names: ["roberta-small"] if path.endswith("backbones") else [])
    tiny_models.make(folder / "backbones" / "roberta-small", "roberta")
    return folder


@pytest.fixture(scope="session")
def shared(demo: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for tests that only look."""
    server = Server(demo, tmp_path_factory.mktemp("shared") / "cache").start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def analysed(synthetic_demo: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server on synthetic results, which hold neurons, pictures and masking curves whatever the real demo holds."""
    server = Server(synthetic_demo, tmp_path_factory.mktemp("analysed") / "cache").start()
    yield server
    server.stop()


@pytest.fixture
def fresh(demo: Path, tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Start servers that nobody has visited, all on one cache, on the demo or on another folder in its place."""
    started: list[Server] = []

    def start(folder: Path = demo) -> Server:
        started.append(Server(folder, tmp_path / "cache").start())
        return started[-1]

    yield start
    for server in started:
        server.stop()
    end_workers(tmp_path / "cache")


def end_workers(cache: Path, how: signal.Signals = signal.SIGKILL) -> None:
    """End the workers that a test's server started, or stop them."""
    for identity in (cache / "store").glob("worker-*.json"):
        with suppress(ProcessLookupError):
            os.kill(json.loads(identity.read_text())["pid"], how)


@pytest.fixture(scope="session")
def chromium() -> Iterator["object"]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(autouse=True)
def no_page_stays(request: pytest.FixtureRequest) -> Iterator[None]:
    """Every test begins with a browser that shows nothing."""
    yield
    if "chromium" in request.fixturenames:
        from tests.browser import screen

        screen.leave(request.getfixturevalue("chromium"))
