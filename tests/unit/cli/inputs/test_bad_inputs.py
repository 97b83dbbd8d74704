"""Several hundred bad command lines and files over all verbs: one clear message, status 2, nothing begun, nothing left behind."""

# ruff: noqa: E501  (tables)

import json
import re
import shutil
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ptlib import cli
from ptlib.base import paths
from ptlib.results.catalogue import Catalogue
from ptlib.results.prompts import soft_prompt
from ptlib.results.store import Store
from tests.fixtures import bad_inputs
from tests.fixtures.bad_inputs import BACKBONE, TASK

Try = Callable[[list[str]], list[str]]
WEIGHTS = paths.DEMO / "backbones" / "roberta-small" / "model.safetensors"
pytestmark = pytest.mark.skipif(not WEIGHTS.exists(), reason="the demo's backbones are not in this checkout")


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Where the bad command lines point to, beside one sound prompt; work that is begun all the same fails the test."""
    import ptlib.models.load
    from ptlib.base.errors import PtlibError

    monkeypatch.setenv("PTLIB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.chdir(_made(tmp_path / "here"))

    def begun(*_: object, **__: object) -> None:
        raise PtlibError("WORK WAS BEGUN")

    monkeypatch.setattr(ptlib.models.load, "load_model", begun)
    monkeypatch.setattr("ptlib.runs.worker.perform", begun)
    monkeypatch.setattr("ptlib.runs.worker._serve", begun)
    made = bad_inputs.places(_made(tmp_path / "places"))
    soft_prompt(str(Catalogue().prompts(BACKBONE).iloc[0].prompt_id)).save(tmp_path / "places" / "prompt")
    return made | {"prompt": str(tmp_path / "places" / "prompt")}


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


@pytest.fixture
def attempt(places: dict[str, str], capsys: pytest.CaptureFixture[str]) -> Try:
    """Run one command line; returns what is wrong with how it was refused."""

    def run(line: list[str]) -> list[str]:
        arguments = [re.sub(r"\{(\w+)\}", lambda m: places.get(m[1], m[0]), part) for part in line]
        before = _left()
        with _patience(20):
            try:
                status: object = cli.main(arguments)
            except SystemExit as ended:
                status = f"SystemExit {ended.code}"
            except _TooLong:
                status = "no end within 20 s"
        said = capsys.readouterr()
        lines = [text for text in said.err.splitlines() if text.strip()]
        wrong = [f"status {status}"] if status != 2 else []
        wrong += [f"{len(lines)} lines"] if len(lines) != 1 else []
        wrong += ["a defect"] if "defect" in said.err or "Traceback" in said.err else []
        wrong += ["too long"] if len(said.err) > 1500 else []
        wrong += ["output"] if said.out.strip() else []
        wrong += ["left behind: " + ", ".join(sorted(_left() - before))] if _left() - before else []
        return [f"{' '.join(line)[:110]!r}: {', '.join(wrong)}: {said.err.strip()[:160]}"] if wrong else []

    return run


class _TooLong(BaseException):
    """Patience is at its end; no handler of errors catches this."""


@contextmanager
def _patience(seconds: int) -> Iterator[None]:
    def stop(*_: object) -> None:
        raise _TooLong

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def _left() -> set[str]:
    """Runs and files that a refused command must not leave."""
    rows = Store().query("SELECT id, state FROM runs")
    store = Store().root
    kept = (
        {str(path) for path in store.rglob("*") if path.is_file() and not path.name.startswith("ptlib.db")}
        if store.exists()
        else set()
    )
    return {f"run {row[0]} {row[1]}" for row in rows} | kept | {str(path) for path in Path.cwd().rglob("*")}


def _report(wrong: list[str], tried: int) -> None:
    assert not wrong, f"{len(wrong)} of {tried} were not refused as they should be:\n" + "\n".join(wrong)


def test_bad_command_lines(attempt: Try) -> None:
    lines = list(bad_inputs.lines())
    assert len(lines) >= 400
    _report([problem for line in lines for problem in attempt(line)], len(lines))


def test_bad_descriptions_of_a_task(attempt: Try, places: dict[str, str]) -> None:
    folder = _made(Path(places["empty"]).parent / "forms")
    (folder / "t.csv").write_text(bad_inputs.TABLE)
    wrong, tried = [], list(bad_inputs.forms())
    for name, content in tried:
        (folder / "form.json").write_bytes(content.replace(b"{fifo}", places["fifo"].encode()))
        wrong += [f"{name}: {problem}" for problem in attempt(["tune", BACKBONE, str(folder / "form.json"), "--steps", "1"])]
    _report(wrong, len(tried))


@pytest.mark.parametrize("verb", ["evaluate", "alone"])
def test_bad_prompt_files(verb: str, attempt: Try, places: dict[str, str]) -> None:
    folder = Path(places["prompt"])
    sound = json.loads((folder / "prompt.json").read_text())
    wrong, tried = [], list(bad_inputs.prompt_infos(sound))
    for name, content in tried:
        (folder / "prompt.json").write_bytes(content)
        wrong += [f"{name}: {problem}" for problem in attempt([verb, str(folder), *([TASK] if verb == "evaluate" else [])])]
    _report(wrong, len(tried))


@pytest.mark.parametrize("content", [b"", b"\0" * 8, b"\xff" * 100, b"\x02\0\0\0\0\0\0\0{}", b"\x10\0\0\0\0\0\0\0" + b"[" * 16])
def test_bad_weights(content: bytes, attempt: Try, places: dict[str, str]) -> None:
    folder = Path(places["prompt"])
    (folder / "adapter_model.safetensors").write_bytes(content)
    lines = (["evaluate", str(folder), TASK], ["alone", str(folder)], ["neurons", str(folder)], ["mask", str(folder), TASK],
             ["similarity", str(folder), "--indicator", "cosine_mean"], ["tune", BACKBONE, TASK, "--init", str(folder)])  # fmt: skip
    _report([problem for line in lines for problem in attempt(line)], len(lines))


def test_bad_tables(attempt: Try, places: dict[str, str]) -> None:
    wrong, tried = [], list(bad_inputs.tables())
    for name, content in tried:
        path = Path(places["square"]).with_name("other.csv")
        path.write_bytes(content)
        wrong += [
            f"{name}: {problem}"
            for line in (["compare", str(path), places["square"]], ["compare", places["square"], str(path)])
            for problem in attempt(line)
        ]
    _report(wrong, 2 * len(tried))


def test_bad_model_folders(attempt: Try, places: dict[str, str]) -> None:
    folder = _made(Path(places["empty"]).parent / "model")
    contents = (b"", b"{", b"[]", b"7", b"null", b"[" * 100_000, b'{"model_type": 3}', b'{"model_type": "roberta", "hidden_size": "x"}',
                b'{"model_type": "roberta", "hidden_size": -1}', b'{"model_type": "roberta", "hidden_size": 1e400}', b'{"model_type": "gpt2"}',
                b'{"model_type": "roberta", "hidden_size": [1]}', b'{"model_type": ["roberta"]}', b"\xff\xfe", b"version https://git-lfs.github.com/spec/v1\n")  # fmt: skip
    wrong = []
    for content in contents:
        (folder / "config.json").write_bytes(content)
        wrong += [f"{content[:40]!r}: {problem}" for problem in attempt(["tune", str(folder), TASK])]
    shutil.rmtree(folder)
    _report(wrong, len(contents))
