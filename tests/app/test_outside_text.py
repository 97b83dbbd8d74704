"""Texts from outside stay text on every page: no field that reads Markdown gets one unescaped, no chart gets a tag."""

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import plotly.graph_objects as go
import pytest
import streamlit as st
from google.protobuf.message import Message
from streamlit.testing.v1 import AppTest

from pages.common import analyses, data, frame, theme, words
from ptlib.prompts.spec import TuneSettings, TuneSpec
from ptlib.results.store import Store
from ptlib.runs import queue
from ptlib.tasks.task import Task
from tests.app.conftest import Open
from tests.fixtures import fake_demo

EVIL = (
    "![x](http://evil.test/x.png) [l](http://evil.test/l) $x^2$ <script>alert(1)</script> :red[r] "
    "**b** '<a href=http://evil.test>a</a>"
)
MARKS = ("![x](", "[l](", "$x^2$", "<script>", ":red[r]", "**b**", "http://evil.test", "'<a ")
SOURCE, TARGET, _ = fake_demo.family_of_three()
PLAIN = {"options", "formatted_options", "code_text", "query_string", "id", "form_id", "key", "value", "default", "url",
         "user_key", "page_script_hash", "raw_values", "set_value", "element_id", "placeholder", "columns", "alt"}  # fmt: skip
"""Fields that the browser shows letter by letter, or not at all."""


def _evil_task(task: Task) -> Task:
    bad = {"hand_written": dict.fromkeys(task.hand_written, EVIL), "description": EVIL, "licence": EVIL, "evaluation_note": EVIL}
    bad |= {"labels": tuple(f"{EVIL} {label}" for label in task.labels)} if task.labels else {}
    return replace(task, t5_template=f"{task.t5_template} {EVIL}", **bad)


@pytest.fixture
def evil(open_page: Open, places: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Open]:
    """Every page on results whose tasks, backbones, runs and errors carry markup in all their texts."""
    import ptlib.tasks.registry

    tasks = tuple(_evil_task(task) for task in ptlib.tasks.registry.all_tasks())
    for module in (data, analyses, ptlib.tasks.registry):
        monkeypatch.setattr(module, "all_tasks", lambda: tasks)
    st.cache_data.clear()
    st.cache_resource.clear()
    for state in ("queued", "running", "failed", "done"):
        job = queue.enqueue(TuneSpec("demo/roberta-small", SOURCE, len(state), TuneSettings()), f"{state} {EVIL}")
        with sqlite3.connect(Store().database) as connection:
            connection.execute(
                "UPDATE runs SET state = ?, error = ?, phase = ?, done = 1, total = 2, started = 1, finished = 2, "
                "heartbeat = 9e9 WHERE id = ?",
                (state, f"Error {EVIL}", f"Phase {EVIL}", job.id),
            )
        connection.close()
    yield open_page
    st.cache_data.clear()
    st.cache_resource.clear()


def _strings(message: Message, path: str = "") -> Iterator[tuple[str, str]]:
    """Every text of a message with the name of its field."""
    for field, value in message.ListFields():
        where = f"{path}.{field.name}"
        if field.name in PLAIN or field.type == field.TYPE_BYTES:
            continue
        values = value if field.is_repeated else [value]
        for item in values if not hasattr(values, "items") else values.values():
            if isinstance(item, Message):
                yield from _strings(item, where)
            elif isinstance(item, str):
                yield where, item


def _fields(app: AppTest) -> Iterator[tuple[str, str]]:
    def walk(node: object) -> Iterator[tuple[str, str]]:
        proto = getattr(node, "proto", None)
        if isinstance(proto, Message):
            yield from ((f"{type(node).__name__}{where}", text) for where, text in _strings(proto))
        for child in getattr(node, "children", {}).values():
            yield from walk(child)

    yield from walk(app._tree)


def _raw(app: AppTest) -> list[tuple[str, str]]:
    """Fields in which markup from outside would be read as such."""
    found = []
    for where, text in _fields(app):
        marks = ("<script", "<a href") if where.endswith(".spec") else MARKS
        found += [(where, text[max(0, text.find(mark) - 60) :][:120]) for mark in marks if mark in text][:1]
    return found


@pytest.mark.parametrize("page", [name for name, _, _ in frame.PAGES])
def test_texts_from_outside_stay_text(evil: Open, page: str) -> None:
    app = evil(page, backbone="demo/roberta-small", source=SOURCE, target=TARGET)
    assert not app.exception
    assert not _raw(app)


@pytest.mark.parametrize("page", [name for name, _, _ in frame.PAGES])
def test_every_parameter_of_a_link_stays_text(open_page: Open, page: str) -> None:
    names = ("backbone", "source", "target", "metric", "order", "flip", "seed", "preset", "run", "recipe", "prompt", "by", "fit",
             "beside", "curve", "tasks", "show", "view", "layers")  # fmt: skip
    app = open_page(page, **dict.fromkeys(names, EVIL))
    assert not app.exception
    assert not _raw(app)


def test_each_run_and_its_deletion_stay_text(evil: Open) -> None:
    for job in queue.listing():
        app = evil("runs", run=job.id)
        assert not app.exception and not _raw(app)


def test_a_chart_shows_foreign_tags_as_text() -> None:
    figure = go.Figure(
        go.Scatter(x=[f"{EVIL} x", "b"], y=[1, 2], text=["<b>ours</b><br>x", EVIL], customdata=[[EVIL], ["b"]]),
        {"title": {"text": EVIL}},
    )
    told = theme.inert(figure).to_json()
    assert "<a" not in told.replace("\\u003c", "<").split("customdata")[0] and "&lt;script" in told
    assert "ours" in told and list(theme.inert(figure).data[0].customdata[0]) == [EVIL]
    plain = go.Figure(go.Scatter(x=[1, 2], y=[3, 4], text=["<b>ours</b>", "x"]))
    assert theme.inert(plain) is plain


def test_the_scan_finds_what_is_not_escaped() -> None:
    def script(text: str) -> None:
        import streamlit as st

        st.markdown(text)
        st.button(text)
        st.selectbox("plain", [text])

    app = AppTest.from_function(script, args=(EVIL,)).run()
    assert {where.split(".")[0] for where, _ in _raw(app)} == {"Markdown", "Button"}
    assert not _raw(AppTest.from_function(script, args=(words.literal(EVIL),)).run())
