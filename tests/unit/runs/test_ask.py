"""The warm predictor through a real process: answers, bad questions, two at once, kill -9, a store that cannot be written."""

import os
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from ptlib.analysis.alone.reading import read_alone
from ptlib.analysis.neurons import capture_all, choose, masked
from ptlib.base.errors import BadInput, NotAvailable
from ptlib.base.progress import Silent
from ptlib.models.load import load_model
from ptlib.models.registry import get_backbone
from ptlib.prompts.evaluation import evaluate
from ptlib.prompts.record import Prompt
from ptlib.prompts.soft import SoftPrompt
from ptlib.runs import ask
from ptlib.tasks.registry import resolve_task
from ptlib.tasks.task import Example
from tests.fixtures import tiny_models

SNIPPET, ANSWER, FACTS = "demo/film_snippet", "demo/answer_inference", "demo/fact_questions"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A cache whose path is too long for a socket; whatever was started for it is ended."""
    root = tmp_path_factory.mktemp("x" * 90)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PTLIB_CACHE", str(root / "cache"))
        patch.setenv("PTLIB_DEMO", str(root / "demo"))
        home = ask.home()
        yield root
        found = ask.status()
        if found.pid:
            os.kill(found.pid, signal.SIGKILL)
        for child, _ in ask._CHILDREN.values():
            child.kill()  # one that has not named itself yet is not in the status
            child.wait(20)
        ask._CHILDREN.clear()
        shutil.rmtree(home, ignore_errors=True)


def prompt(root: Path, width: int = 16, seed: int = 0, name: str = "prompt") -> str:
    values = np.random.default_rng(seed).normal(0, 0.5, (4, width)).astype(np.float32)
    SoftPrompt(values, Prompt(f"p{seed}", "x", SNIPPET, seed, extra={"max_tokens": 40})).save(root / f"{name}{seed}")
    return str(root / f"{name}{seed}")


@pytest.fixture(scope="module")
def asked(place: Path) -> tuple[str, list[str]]:
    """A backbone folder and two prompts."""
    return tiny_models.make(place / "roberta", "roberta"), [prompt(place, seed=0), prompt(place, seed=1)]


@pytest.mark.quiet
def test_it_answers_what_evaluation_says_and_soon(asked: tuple[str, list[str]]) -> None:
    backbone, prompts = asked
    ask.ensure_running()
    answers = ask.ask(backbone, prompts, SNIPPET, "the film was great .", "")
    frozen = load_model(get_backbone(backbone))
    example = Example("x", "the film was great .", label=0)
    expected = evaluate(frozen, [SoftPrompt.load(Path(path)) for path in prompts], resolve_task(SNIPPET), [example], Silent())
    assert np.allclose(answers, [np.exp(item.log_prob[0]) for item in expected], atol=1e-5)
    assert all(sum(shares) == pytest.approx(1, abs=1e-5) for shares in answers) and answers[0] != answers[1]
    took = []
    for _ in range(5):
        begun = time.perf_counter()
        ask.ask(backbone, prompts, ANSWER, "the film was great .", "was it ?")
        took.append(time.perf_counter() - begun)
    print(f"warm answer: {1000 * min(took):.0f} ms at best, {1000 * max(took):.0f} ms at worst")
    assert min(took) < 0.3
    assert ask.status().ready and backbone in ask.status().loaded


def test_a_t5_generates_and_only_two_backbones_stay(place: Path, asked: tuple[str, list[str]]) -> None:
    folders = [tiny_models.make(place / kind, kind) for kind in ("t5", "bert")]
    (text,) = ask.ask(folders[0], asked[1][:1], FACTS, "where is the film ?")
    assert isinstance(text, str)
    assert len(ask.ask(folders[1], asked[1], SNIPPET, "good")[0]) == 2
    assert len(ask.ask(asked[0], asked[1], SNIPPET, "good")) == 2
    assert ask.status().loaded == (folders[1], asked[0])
    with pytest.raises(BadInput, match="Choose a T5 model"):
        ask.ask(asked[0], asked[1], FACTS, "good")


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"text_a": "  "}, BadInput, "The text is empty"),
        ({"text_a": "a " * 20_000}, BadInput, "at most 20,000"),
        ({"text_a": "a" * 300_000}, BadInput, "far too long"),
        ({"prompt_ids": ["pnosuch"]}, BadInput, "No prompt 'pnosuch'"),
        ({"prompt_ids": []}, BadInput, "1 to 32 prompts"),
        ({"task_id": "demo/film_snipet"}, BadInput, "Did you mean 'demo/film_snippet'"),
        ({"backbone": "demo/nothing"}, BadInput, "Unknown backbone"),
        ({"zeroed": 1.5}, BadInput, "from 0 to 1"),
        ({"zeroed": 0.5, "prompt_ids": None}, BadInput, "those of two prompts"),
    ],
)
def test_a_wrong_question_has_one_clear_answer(
    asked: tuple[str, list[str]], change: dict, error: type[Exception], message: str
) -> None:
    question = {"backbone": asked[0], "prompt_ids": asked[1], "task_id": SNIPPET, "text_a": "good", "text_b": ""} | change
    question["prompt_ids"] = asked[1][:1] if question["prompt_ids"] is None else question["prompt_ids"]
    with pytest.raises(error, match=message):
        ask.ask(**question)


def test_shared_neurons_can_be_switched_off_for_one_answer(asked: tuple[str, list[str]]) -> None:
    backbone, prompts = asked
    whole, none = (ask.ask(backbone, prompts, SNIPPET, "the film was great .", zeroed=share) for share in (1.0, 0.0))
    frozen, loaded = load_model(get_backbone(backbone)), [SoftPrompt.load(Path(path)) for path in prompts]
    example = Example("x", "the film was great .", label=0)
    with masked(frozen, choose("shared", *capture_all(frozen, loaded), 1.0)):
        expected = evaluate(frozen, loaded, resolve_task(SNIPPET), [example], Silent())
    assert np.allclose(whole, [np.exp(item.log_prob[0]) for item in expected], atol=1e-5) and not np.allclose(whole, none)
    assert none == ask.ask(backbone, prompts, SNIPPET, "the film was great .")


def test_a_prompt_of_another_width_is_refused_and_odd_text_is_read(place: Path, asked: tuple[str, list[str]]) -> None:
    with pytest.raises(BadInput, match=r"\[4, 12\]"):
        ask.ask(asked[0], [prompt(place, 12, 2)], SNIPPET, "good")
    for text in ("\ud800 half", "<mask> </s> <mask>", "\0\n\t🙂", "word " * 3000):
        assert len(ask.ask(asked[0], asked[1], SNIPPET, text)[0]) == 2


def test_a_prompt_alone_is_answered_as_the_model_says(place: Path, asked: tuple[str, list[str]]) -> None:
    backbone, values = asked[0], np.random.default_rng(5).normal(0, 0.5, (4, 16)).astype(np.float32)
    info = Prompt("p5", backbone, SNIPPET, 5, init="vocab", extra={"max_tokens": 40})
    mine = SoftPrompt(values, info)
    mine.save(place / "alone")
    found, expected = ask.alone(backbone, str(place / "alone"), 7), read_alone(load_model(get_backbone(backbone)), mine, 7)
    assert [word.token for word in found.words] == [word.token for word in expected.words] and len(found.words) == 7
    assert np.allclose([word.probability for word in found.words], [word.probability for word in expected.words], atol=1e-5)
    assert np.allclose([answer.share for answer in found.answers], [answer.share for answer in expected.answers], atol=1e-5)
    for question, message in (
        ((backbone, "pnosuch"), "No prompt 'pnosuch'"),
        ((backbone, asked[1][0]), "was tuned on x, so"),
        ((tiny_models.make(place / "t5", "t5"), str(place / "alone")), "cannot read it"),
        ((backbone, ""), "needs backbone, a prompt"),
        ((backbone, str(place / "alone"), 51), "Ask for 1 to 50"),
        (("demo/nothing", "p"), "Unknown backbone"),
        ((backbone, "p" * 300_000), "far too long"),
    ):
        with pytest.raises(BadInput, match=message):
            ask.alone(*question)


def test_nobody_else_may_come_near(asked: tuple[str, list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    folder = ask.home()
    assert len(str(ask.socket_path(folder))) < 108 and folder.stat().st_mode & 0o777 == 0o700
    ask.ask(asked[0], asked[1], SNIPPET, "good")
    found = ask.socket_path(folder).stat()
    assert stat.S_ISSOCK(found.st_mode) and found.st_mode & 0o777 == 0o600
    folder.chmod(0o755)
    try:
        with pytest.raises(NotAvailable, match="only you may enter"):
            ask.status()
    finally:
        folder.chmod(0o700)


def test_one_of_two_wins_and_a_killed_one_is_replaced(asked: tuple[str, list[str]]) -> None:
    ask.ask(asked[0], asked[1], SNIPPET, "good")
    first = ask.status().pid
    second = subprocess.run([sys.executable, "-m", "ptlib", "predictor"], cwd=ask.paths.ROOT, capture_output=True, timeout=60)
    assert second.returncode == 0 and ask.status().pid == first
    os.kill(first, signal.SIGKILL)  # leaves its socket and its name behind
    assert ask.socket_path(ask.home()).exists()
    assert len(ask.ask(asked[0], asked[1], SNIPPET, "good")) == 2
    assert ask.status().pid not in (None, first)


def test_it_ends_soon_after_the_app_that_started_it(cache: Path) -> None:
    cache.mkdir()
    program = "from ptlib.runs import ask; ask.ensure_running(); print(ask.status().pid)"
    app = subprocess.run([sys.executable, "-c", program], cwd=ask.paths.ROOT, capture_output=True, text=True, check=True)
    pid, until = int(app.stdout), time.monotonic() + 120
    started = ask.files.process_start(pid)
    while ask.files.is_alive(pid, started) and time.monotonic() < until:  # asks nothing: that would be a new reason to stay
        time.sleep(0.2)
    assert not ask.files.is_alive(pid, started) and ask.status() == ask.Status(False)
    shutil.rmtree(ask.home())


def test_one_that_ends_at_once_is_told_and_not_started_for_ever(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    ask.ensure_running()
    ask._CHILDREN[ask.home()][0].wait(10)
    with pytest.raises(NotAvailable, match="ended at once"):
        ask.ensure_running()
    with pytest.raises(NotAvailable, match="ended at once"):
        ask.ask("x", ["y"], SNIPPET, "good")
    shutil.rmtree(ask.home())


def test_a_cache_that_cannot_be_written_is_no_obstacle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "cache").write_text("a file, so no folder can be made in it")
    monkeypatch.setenv("PTLIB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(sys, "executable", "/bin/true")
    ask.ensure_running()
    ask._CHILDREN[ask.home()][0].wait(10)
    assert (ask.home() / "predictor.log").exists()
    shutil.rmtree(ask.home())
    monkeypatch.setattr(ask.tempfile, "gettempdir", lambda: os.devnull)  # no folder, and short enough for a socket's path
    with pytest.raises(NotAvailable, match="Set TMPDIR"):
        ask.ensure_running()
