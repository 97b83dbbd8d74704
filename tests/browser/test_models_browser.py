"""Cross-model in a browser: a projection on three tasks is launched, found again, cancelled, resumed and shown."""

import hashlib
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from urllib.parse import urlencode

import pandas as pd
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import screen
from tests.browser.conftest import REAL, Server, has_real_demo

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not has_real_demo(), reason="the embedded demo is not built")]
HERE = {"from": "demo/roberta-small", "to": "demo/roberta-wide"}
LIMIT_MS = 240_000
MODELS = ("roberta-small", "roberta-wide")
TASKS = ("demo/film_review", "demo/film_snippet", "demo/news_pairs")
OVER = "document.querySelector('[data-testid=stMain]').scrollWidth - document.documentElement.clientWidth"
"""Pixels that the page is wider than the window."""


def cut(demo: Path, folder: Path, tasks: Sequence[str]) -> Path:
    """A piece of the demo, for short runs: its files linked, its tables written without other tasks; returns `folder`."""
    (folder / "backbones").mkdir(parents=True)
    (folder / "tasks").symlink_to(demo / "tasks")
    for name in MODELS:
        (folder / "backbones" / name).symlink_to(demo / "backbones" / name)
        _results(demo / "results" / name, folder / "results" / name, tasks)
    return folder


def _results(whole: Path, folder: Path, tasks: Sequence[str]) -> None:
    folder.mkdir(parents=True)
    manifest = json.loads((whole / "manifest.json").read_text())
    manifest = {name: manifest[name] for name in ("version", "backbone", "files", "provenance", "speeds")}
    manifest["files"] = {name: digest for name, digest in manifest["files"].items() if "/" not in name}
    for name in manifest["files"]:
        (folder / name).symlink_to(whole / name)
    scores = pd.read_parquet(whole / "scores.parquet")
    kept = scores[scores.target.isin(tasks) & (scores.source.isin(tasks) | ~scores.source.str.contains("/"))]
    prompts = [row for row in json.loads((whole / "prompts.json").read_text()) if row["task"] in tasks]
    for name, write in {
        "scores.parquet": lambda path: kept.to_parquet(path, index=False),
        "prompts.json": lambda path: path.write_text(json.dumps(prompts)),
    }.items():
        (folder / name).unlink()
        write(folder / name)
        manifest["files"][name] = hashlib.sha256((folder / name).read_bytes()).hexdigest()
    (folder / "manifest.json").write_text(json.dumps(manifest))


def open_models(page: Page, server: Server, **query: str) -> None:
    screen.open_at(page, f"{server.address}/models?{urlencode(HERE | query)}")


def main(page: Page) -> str:
    return page.get_by_test_id("stMain").inner_text()


def test_a_projection_is_launched_reloaded_cancelled_resumed_and_shown(
    fresh: Callable[..., Server], chromium: Browser, tmp_path: Path
) -> None:
    page = screen.new_page(chromium)
    open_models(page, fresh(cut(REAL, tmp_path / "demo", TASKS)), on="demo/film_snippet", steps="20")
    expect(page.get_by_text("Not fitted yet")).to_be_visible()
    page.get_by_role("button", name="Fit and measure").click()
    expect(page.get_by_role("button", name="Cancel")).to_be_visible(timeout=LIMIT_MS)
    page.reload()
    page.get_by_role("button", name="Cancel").click(timeout=LIMIT_MS)
    expect(page.get_by_text("Stopped on request")).to_be_visible(timeout=LIMIT_MS)
    page.reload()
    page.get_by_role("button", name="Resume").click(timeout=LIMIT_MS)
    expect(page.get_by_text("Every prompt through this projector")).to_be_visible(timeout=2 * LIMIT_MS)
    screen.ready(page)
    assert "Not fitted yet" not in main(page)
    screen.click_mark(page, "projected", "random", "1", "demo/film_review")
    expect(page.get_by_text("An untrained prompt, carried over, on Film review")).to_be_visible()
    assert page.problems == []


def test_the_collapse_and_its_cure_paint_cleanly(shared: Server, chromium: Browser) -> None:
    page = screen.new_page(chromium)
    sizes = [("light", 1440, 1000), ("dark", 1024, 768), ("dark", 390, 844)]
    for step, said, shown in (("paper", "One good prompt for everything", sizes), ("per token", "Carries the task", sizes[-1:])):
        open_models(page, shared, step=step, on="demo/film_snippet")
        expect(page.get_by_text(said).first).to_be_visible()
        for theme, width, height in shown:
            page.set_viewport_size({"width": width, "height": height})
            screen.in_theme(page, theme)
            assert page.evaluate(OVER) <= 0, (step, width)
    assert page.problems == []
