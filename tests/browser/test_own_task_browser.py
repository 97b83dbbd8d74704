"""One's own CSV through a real browser: uploaded, accepted, tuned and evaluated on a tiny real model, then in the map."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser import screen
from tests.browser.conftest import Server

pytestmark = pytest.mark.slow
LIMIT_MS, SLOW_MS = 480_000, 120_000
HEAD = "review,stars\n"
ROWS = [f"the {thing} was {word} .,{int(word == 'good')}" for thing in ("food", "film", "plot", "screen", "waiter")
        for word in ("good", "bad") for _ in range(1)]  # fmt: skip
EVIL = "<img src=x onerror=alert(1)> the film was bad .,0"


@pytest.fixture
def table(tmp_path: Path) -> Iterator[Path]:
    rows = [row.replace("the ", f"the {word} ", 1) for word in ("", "very", "really", "liked", "hated", "fine") for row in ROWS]
    path = tmp_path / "my_reviews.csv"
    path.write_text(HEAD + "\n".join([*rows, EVIL]))
    yield path


def test_an_own_table_is_added_tuned_and_evaluated(
    fresh: Callable[..., Server], tiny_demo: Path, chromium: Browser, table: Path
) -> None:
    server = fresh(tiny_demo)
    page = screen.new_page(chromium)
    page.set_default_timeout(SLOW_MS)
    screen.open_at(page, f"{server.address}/lab?backbone=demo/roberta-small")
    page.on("dialog", lambda dialog: page.problems.append(f"a script ran: {dialog.message}") or dialog.dismiss())
    page.get_by_text("Add a task of your own").click()
    page.locator("input[type=file]").first.set_input_files(str(table))
    page.get_by_label("Word for 0").fill("bad")
    page.get_by_label("Word for 0").press("Enter")
    page.get_by_label("Word for 1").fill("good")
    page.get_by_label("Word for 1").press("Enter")
    expect(page.get_by_text(re.compile("rows to tune on"))).to_be_visible(timeout=SLOW_MS)
    page.get_by_role("button", name="Add this task").click()
    expect(page.get_by_text("is chosen, because you just added it")).to_be_visible(timeout=SLOW_MS)
    page.get_by_text("Change the settings").click()
    for label, value in (("Soft tokens (P)", "4"), ("Steps", "20"), ("Validate every … steps", "10")):
        page.get_by_label(label, exact=True).fill(value)
        page.get_by_label(label, exact=True).press("Enter")
        screen.ready(page)
    page.get_by_role("button", name="Launch").click()
    expect(page.locator("h1").first).to_contain_text("Runs", timeout=SLOW_MS)
    expect(page.get_by_test_id("stMain").get_by_text(re.compile("^(Finished|Failed)$")).first).to_be_visible(timeout=LIMIT_MS)
    expect(page.get_by_test_id("stMain").get_by_text(re.compile("^Finished$")).first).to_be_visible()
    page.get_by_role("button", name="Open in the map").click()
    expect(page.locator("h1").first).to_contain_text("Transfer map", timeout=SLOW_MS)
    screen.ready(page)
    assert screen.sidebar(page)[-2:] == ["my reviews", "my reviews"]
    assert page.problems == []
