"""Running: from Start to an own run in the map without typing; reload, second browser, restart, cancel and resume."""

import os
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import screen
from tests.browser.conftest import BACKBONE, Server, has_real_demo
from tests.fixtures import fake_demo

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not has_real_demo() and not os.environ.get("PTLIB_STANDIN"), reason="the embedded demo is not built"),
]
A, B, C = fake_demo.family_of_three()
LIMIT_MS = 180_000


def launch(page: Page, server: Server, source: str, target: str) -> str:
    """From the pair page to a started run; returns its id."""
    screen.open_at(page, f"{server.address}/pair?backbone={BACKBONE}&source={source}&target={target}")
    page.get_by_role("button", name="Run this for real").click()
    screen.title(page, "Lab")
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


def test_four_clicks_lead_from_start_to_an_own_run_in_the_map(fresh: Callable[[], Server], chromium: Browser) -> None:
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
    other = screen.new_page(chromium)
    other.goto(f"{server.address}/runs")
    expect(other.get_by_role("heading", name=" → ".join(chosen[1:]))).to_be_visible()
    server.stop()
    restarted = fresh()
    run = page.evaluate("new URLSearchParams(location.search).get('run')")
    page = screen.new_page(chromium)
    page.goto(f"{restarted.address}/runs?run={run}")
    state(page, "Finished")
    page.get_by_role("button", name="Open in the map").click()
    screen.title(page, "Transfer map")
    assert screen.sidebar(page) == chosen
    assert seeds(page) == before + 1
    expect(page.get_by_test_id("stMain").get_by_text(run).first).to_be_visible()


def test_a_running_run_can_be_cancelled_and_resumed(fresh: Callable[[], Server], chromium: Browser) -> None:
    page = screen.new_page(chromium)
    launch(page, fresh(), A, B)
    state(page, "Running")
    page.get_by_role("button", name="Cancel").click()
    state(page, "Cancelled")
    page.reload()
    state(page, "Cancelled")
    page.get_by_role("button", name="Resume").click()
    state(page, "Finished")
    assert page.problems == []


def test_a_running_run_can_be_duplicated_with_a_change(fresh: Callable[[], Server], chromium: Browser) -> None:
    page = screen.new_page(chromium)
    launch(page, fresh(), A, B)
    state(page, "Running")
    page.get_by_role("button", name="Duplicate with a change").click()
    screen.title(page, "Lab")
    assert page.problems == []


def test_the_queue_can_be_reordered_and_a_run_deleted(fresh: Callable[[], Server], chromium: Browser) -> None:
    page, server = screen.new_page(chromium), fresh()
    launch(page, server, A, B)
    launch(page, server, A, C)
    last = launch(page, server, B, C)
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
