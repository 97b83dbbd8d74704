"""Running: from Start to an own run in the map without typing; reload, second visitor, restart, cancel and resume."""

import re
import signal
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import screen
from tests.browser.conftest import BACKBONE, Server, end_workers, has_real_demo
from tests.fixtures import fake_demo

pytestmark = pytest.mark.slow
A, B, C = fake_demo.family_of_three()
LIMIT_MS = 180_000
STEPS = 300
"""Enough to be met while it runs."""


@pytest.fixture(scope="module")
def quick(tiny_demo: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server and one queue for all runs of a tiny model."""
    cache = tmp_path_factory.mktemp("quick")
    server = Server(tiny_demo, cache).start()
    yield server
    server.stop()
    end_workers(cache)


@pytest.fixture(scope="module")
def busy(quick: Server, chromium: Browser) -> str:
    """A run that goes on as long as it is needed; its id. Once it runs its process sleeps, as it costs a core."""
    page = screen.new_page(chromium)
    run = launch(page, quick, A, B, 100_000)
    state(page, "Running")
    put_to_sleep(Path(quick.environment["PTLIB_CACHE"]))
    screen.leave(chromium)
    return run


def put_to_sleep(cache: Path) -> None:
    """Stop the worker where it holds no lock on the database, for which all pages would wait."""
    while True:
        end_workers(cache, signal.SIGSTOP)
        with closing(sqlite3.connect(cache / "store" / "ptlib.db", timeout=0.2, isolation_level=None)) as database:
            try:
                database.execute("BEGIN IMMEDIATE")
                database.execute("ROLLBACK")
                return
            except sqlite3.OperationalError:
                end_workers(cache, signal.SIGCONT)


def launch(page: Page, server: Server, source: str, target: str, steps: int | None = None) -> str:
    """From the Lab to a started run; returns its id."""
    screen.open_at(page, f"{server.address}/lab?backbone={BACKBONE}&source={source}&target={target}")
    if steps is not None:
        page.get_by_text("Change the settings").click()
        page.get_by_label("Steps", exact=True).fill(str(steps))
        page.get_by_label("Steps", exact=True).press("Enter")
        expect(page.get_by_text("Changed settings make a map of their own")).to_be_visible()
        screen.ready(page)
    page.get_by_role("button", name="Launch").click()
    expect(page.locator("h1").first).to_contain_text("Runs")
    page.wait_for_function("new URLSearchParams(location.search).has('run')")
    return page.evaluate("new URLSearchParams(location.search).get('run')")


def state(page: Page, *words: str) -> None:
    """Wait until the shown run is in one of these states."""
    expect(page.get_by_test_id("stMain").get_by_text(re.compile(f"^({'|'.join(words)})$")).first).to_be_visible(timeout=LIMIT_MS)


def seeds(page: Page) -> int:
    """Seeds behind the cell that the map shows."""
    return int(re.search(r"(\d+) seeds?; interval", page.get_by_test_id("stMain").inner_text()).group(1))


@pytest.mark.skipif(not has_real_demo(), reason="the embedded demo is not built")
def test_four_clicks_lead_from_start_to_an_own_run_in_the_map(fresh: Callable[..., Server], chromium: Browser) -> None:
    server = fresh()
    page = screen.open_at(screen.new_page(chromium), server.address)
    page.get_by_role("button", name="Explore the demo").click()
    screen.title(page, "Transfer map")
    chosen, before = screen.sidebar(page), seeds(page)
    page.get_by_role("button", name="Run this for real").click()
    screen.title(page, "Lab")
    page.get_by_role("button", name="Launch").click()
    expect(page.locator("h1").first).to_contain_text("Runs")
    state(page, "Starting", "Running")
    page.reload()
    state(page, "Starting", "Running", "Finished")
    run = page.evaluate("new URLSearchParams(location.search).get('run')")
    screen.leave(chromium)
    other = screen.new_page(chromium)
    other.goto(f"{server.address}/runs")
    expect(other.get_by_role("heading", name=" → ".join(chosen[1:]))).to_be_visible()
    screen.leave(chromium)  # nobody looks while it goes on and the server is started anew
    server.stop()
    restarted = fresh()
    page = screen.new_page(chromium)
    page.goto(f"{restarted.address}/runs?run={run}")
    state(page, "Finished")
    page.get_by_role("button", name="Open in the map").click()
    screen.title(page, "Transfer map")
    assert screen.sidebar(page) == chosen
    assert seeds(page) == before + 1
    caption = page.get_by_test_id("stCaptionContainer").filter(has_text="with 1 run of yours").first
    caption.get_by_test_id("stTooltipIcon").hover()
    expect(page.get_by_test_id("stTooltipContent")).to_contain_text(run)


def test_a_running_run_can_be_cancelled_and_resumed(quick: Server, chromium: Browser) -> None:
    page = screen.new_page(chromium)
    launch(page, quick, A, B, STEPS)
    state(page, "Running")
    page.get_by_role("button", name="Cancel").click()
    state(page, "Cancelled")
    page.reload()
    state(page, "Cancelled")
    page.get_by_role("button", name="Resume").click()
    state(page, "Finished")
    assert page.problems == []


def test_a_running_run_can_be_duplicated_with_a_change(quick: Server, busy: str, chromium: Browser) -> None:
    page = screen.open_at(screen.new_page(chromium), f"{quick.address}/runs?run={busy}")
    state(page, "Running")
    page.get_by_role("button", name="Duplicate with a change").click()
    expect(page.locator("h1").first).to_contain_text("Lab")
    expect(page.get_by_text(f"Copy of run {busy}")).to_be_visible()
    screen.ready(page)
    page.wait_for_timeout(1500)  # a question of the timer that was on its way would bring the page back that was left
    expect(page.locator("h1").first).to_contain_text("Lab")
    assert page.problems == []


def test_the_queue_can_be_reordered_and_a_run_deleted(quick: Server, busy: str, chromium: Browser) -> None:
    page = screen.new_page(chromium)
    launch(page, quick, A, C)
    last = launch(page, quick, B, C)
    state(page, "Waiting")
    expect(page.get_by_text("Place 2 in the queue.")).to_be_visible()
    page.get_by_role("button", name="Earlier").click()
    expect(page.get_by_text("Place 1 in the queue.")).to_be_visible()
    page.get_by_role("button", name="Cancel").click()
    state(page, "Cancelled")
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_test_id("stMain").get_by_text(last)).to_have_count(0)
    screen.ready(page)
    before = marked(page)
    for row in (2, 1):  # another one is added, the first one is taken back
        box, was = page.get_by_test_id("stDataFrame").first.bounding_box(), page.url
        page.mouse.click(box["x"] + 18, box["y"] + 35 * row + 18)
        page.wait_for_function("was => location.href !== was", arg=was)
        screen.ready(page)
    assert marked(page) != before
    for _ in (1, 2):
        page.go_back()
        screen.ready(page)
    expect(page.get_by_test_id("stMain").get_by_text(last)).to_have_count(0)
    assert marked(page) == before and page.problems == []


def marked(page: Page) -> list[str]:
    """Rows of the table of runs that carry a mark."""
    rows = page.get_by_test_id("stDataFrame").first.locator("[role=row][aria-selected=true]")
    return [text.split("\t")[0] for text in rows.all_text_contents()]
