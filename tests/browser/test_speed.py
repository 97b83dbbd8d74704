"""How long a visitor waits, on demo data and a warm server: of two visitors one, as a slow neighbour must not fail the build."""

import time

import pytest
from playwright.sync_api import Browser, Page

from tests.browser import screen
from tests.browser.conftest import BACKBONE, Server
from tests.fixtures import fake_demo

A, B, _ = fake_demo.family_of_three()
PAGES = (("Lab", "Lab"), ("Pair", "→"), ("Prompts", "Prompts"), ("Neurons", "Neurons"), ("Runs", "Runs"), ("About", "About"),
         ("Transfer map", "Transfer map"))  # fmt: skip
FIRST_PAINT = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? Infinity"


def switch(page: Page, name: str, title: str) -> float:
    """Seconds from a click in the menu to the page's heading."""
    screen.ready(page)
    link = page.get_by_test_id("stSidebarNavLink").filter(has_text=name)
    link.hover()
    began = time.monotonic()
    link.click()
    page.locator("h1", has_text=title).first.wait_for()
    return time.monotonic() - began


def click(page: Page, source: str, target: str) -> float:
    """Seconds from a click on a cell to its sentence."""
    screen.ready(page)
    before = page.locator("strong").first.inner_text()
    screen.point_at(page, "map", source, target)
    began = time.monotonic()
    screen.press(page)
    page.wait_for_function("old => document.querySelector('[data-testid=stMain] strong').innerText !== old", arg=before)
    return time.monotonic() - began


def visitor(chromium: Browser) -> Page:
    """With nothing in the browser's cache, and moving pictures."""
    page = chromium.new_context(viewport={"width": 1360, "height": 950}).new_page()
    page.set_default_timeout(90_000)
    return page


def visit(chromium: Browser, server: Server, source: str, target: str) -> tuple[float, dict[str, float], float]:
    """Seconds to the first paint, of every page's switch, and to the answer of a cell."""
    page = screen.open_at(visitor(chromium), f"{server.address}/?backbone={BACKBONE}")
    paint = page.evaluate(FIRST_PAINT) / 1000
    switches = {name: switch(page, name, title) for name, title in PAGES}
    waited = click(page, source, target)
    page.context.close()
    return paint, switches, waited


@pytest.fixture(scope="module")
def warm(shared: Server, chromium: Browser) -> Server:
    """A server whose pages were seen before; seeing them takes long and needs no quiet."""
    page = screen.open_at(screen.new_page(chromium), f"{shared.address}/?backbone={BACKBONE}")
    for name, heading in PAGES:
        screen.switch(page, name, heading)
    screen.leave(chromium)
    return shared


@pytest.mark.quiet
def test_start_paints_a_page_switches_and_a_cell_answers_in_time(warm: Server, chromium: Browser) -> None:
    for source, target in ((A, B), (B, A)):
        paint, switches, waited = visit(chromium, warm, source, target)
        print(f"first paint {paint:.2f} s, page switches {switches}, cell click {waited:.2f} s")
        if paint < 2 and max(switches.values()) < 0.7 and waited < 0.7:
            return
    pytest.fail("neither visitor was served in time")
