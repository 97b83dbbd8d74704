"""Injected picture, link, formula and script stay text: a real browser asks nobody for them."""

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import pytest

from pages.common.words import literal
from ptlib.prompts.spec import TuneSettings, TuneSpec
from ptlib.results.store import Store
from ptlib.runs import queue
from ptlib.tasks.own.stored import task_from_file
from tests.browser import screen
from tests.browser.conftest import BACKBONE, Server

EVIL = "![x](http://evil.test/x.png) [l](http://evil.test/l) <img src=http://evil.test/i.png> $x^2$ <script>alert(1)</script>"


@pytest.fixture
def served(fresh: Callable[[], Server], demo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Server:
    """A store with an own task and a failed run that carry markup in every text that its forms accept."""
    monkeypatch.setenv("PTLIB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PTLIB_DEMO", str(demo))
    lines = [f'"text {n} {EVIL}",{n % 2}' for n in range(40)]
    (tmp_path / "t.csv").write_text("\n".join(["a,b", *lines]))
    form = {"name": "Evil", "train": "t.csv", "columns": {"text_a": "a", "label": "b"}, "labels": ["0", "1"], "description": EVIL,
            "words": {"mlm": ["bad", "good"], "t5": ["bad", "good"]}, "hand_written": EVIL, "licence": EVIL}  # fmt: skip
    (tmp_path / "evil.json").write_text(json.dumps(form))
    task = task_from_file(tmp_path / "evil.json")
    job = queue.enqueue(TuneSpec(BACKBONE, task.id, 0, TuneSettings()), f"Run {EVIL}")
    with sqlite3.connect(Store().database) as connection:
        connection.execute("UPDATE runs SET state = 'failed', error = ? WHERE id = ?", (f"Error {EVIL}", job.id))
    connection.close()
    return fresh()


def test_nothing_from_outside_is_fetched_linked_or_run(served: Server, chromium: object) -> None:
    page = screen.new_page(chromium)
    asked, dialogs = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    for address in (
        "runs",
        "lab",
        f"transfer?source={quote(EVIL)}&target={quote(EVIL)}",
        f"runs?run={quote(EVIL)}",
        f"pair?source={quote(EVIL)}",
    ):
        page.goto(f"{served.address}/{address}")
        page.locator("h1").first.wait_for(timeout=60_000)
        if address == "runs":
            page.get_by_text("alert(1)").first.wait_for(timeout=60_000)  # it is there, as text
        screen.ready(page)
        assert not page.locator("a[href*='evil.test'], img[src*='evil.test'], main .katex").count(), address
    assert not dialogs and not [url for url in asked if "evil.test" in url.partition("?")[0]]
    page.context.close()


@pytest.mark.parametrize("text", ["هذا فيلم جيد.", "הסרט טוב!"])
def test_a_text_from_right_to_left_keeps_its_marks_on_their_side(chromium: object, text: str) -> None:
    """Where a browser puts the last mark and the first letter, left edges in pixels."""
    page = chromium.new_page()
    edge = """([last, first]) => [last, first].map(place => {
        const range = document.createRange(), node = document.querySelector('p').firstChild
        range.setStart(node, place), range.setEnd(node, place + 1)
        return range.getBoundingClientRect().left
    })"""
    sides = {}
    for shown in (literal(text), text):
        page.set_content(f"<p>{shown}</p>")
        mark, letter = page.evaluate(edge, [shown.index(text[-1]), shown.index(text[0])])
        sides[shown] = mark < letter
    assert sides == {literal(text): True, text: False}
    page.close()
