"""Looking: deep links on fresh servers, click to the pair, permalinks, flips, keyboard."""

from collections.abc import Callable
from urllib.parse import urlencode, urlsplit

import pytest
from playwright.sync_api import Browser, expect

from pages.common.theme import contrast
from tests.browser import screen
from tests.browser.conftest import BACKBONE, Server, has_real_demo
from tests.fixtures import fake_demo

SOURCE, TARGET, _ = fake_demo.family_of_three()
HEADINGS = {"start": "", "transfer": "Transfer map", "pair": "→", "prompts": "Prompts", "neurons": "Neurons",
         "models": "Cross-model", "lab": "Lab", "runs": "Runs", "about": "About"}  # fmt: skip


def address(server: Server, page: str, **query: str) -> str:
    return f"{server.address}/{'' if page == 'start' else page}?{urlencode(query)}"


def test_deep_links_open_with_menu_and_query_the_first_one_on_a_fresh_server(
    fresh: Callable[[], Server], chromium: Browser
) -> None:
    page, server = screen.new_page(chromium), fresh()
    for name in ("lab", "transfer", "pair"):
        screen.open_at(page, address(server, name, backbone=BACKBONE, source=SOURCE, target=TARGET))
        screen.title(page, HEADINGS[name])
        expect(page.get_by_test_id("stSidebarNavLink")).to_have_count(len(HEADINGS))
        expect(page.get_by_text("Page not found")).to_have_count(0)
        names = screen.sidebar(page)
        assert len(names) == (0 if name == "lab" else 3) and all(names)
        assert page.evaluate(screen.TWICE) == []
    page.reload()
    screen.title(page, HEADINGS[name])
    assert screen.sidebar(page) == names
    assert page.problems == []


def test_click_on_the_map_leads_to_the_pair_and_its_permalink_shows_the_same_elsewhere(
    shared: Server, fresh: Callable[[], Server], chromium: Browser
) -> None:
    page = screen.open_at(screen.new_page(chromium), shared.address)
    page.get_by_role("button", name="Explore the demo").click()
    screen.title(page, "Transfer map")
    before = screen.sidebar(page)
    screen.click_mark(page, "map", SOURCE, TARGET)
    expect(page.locator(".st-key-panel strong").first).not_to_have_text(" → ".join(before[1:]))
    page.get_by_role("button", name="Why? Open the pair").click()
    screen.title(page, "→")
    heading, chosen = page.locator("h1").first.inner_text(), screen.sidebar(page)
    assert chosen[1:] == heading.split(" → ")
    other = fresh()
    link = screen.permalink(page).replace(urlsplit(page.url).netloc, urlsplit(other.address).netloc)
    screen.leave(chromium)
    elsewhere = screen.open_at(screen.new_page(chromium), link)
    screen.title(elsewhere, heading)
    assert screen.sidebar(elsewhere) == chosen


@pytest.mark.skipif(not has_real_demo(), reason="the embedded demo is not built")
def test_the_box_for_own_sentences_starts_with_an_example_even_on_a_cold_predictor(
    fresh: Callable[[], Server], chromium: Browser
) -> None:
    page = screen.open_at(screen.new_page(chromium), address(fresh(), "pair", backbone=BACKBONE, source=SOURCE, target=TARGET))
    expect(page.get_by_text("Answered in").first).to_be_visible(timeout=60_000)
    box = page.get_by_label("Text", exact=True)
    assert len(box.input_value()) > 5
    for text, word in (("the film is dreadful .", "negative"), ("the film is wonderful .", "positive")):
        box.fill(text)
        expect(page.get_by_text("says").first).to_contain_text(f"says {word}")
    assert page.problems == []


def test_the_flips_can_be_clicked_through_and_the_pair_leads_to_the_lab(shared: Server, chromium: Browser) -> None:
    page = screen.open_at(screen.new_page(chromium), address(shared, "pair", backbone=BACKBONE, source=SOURCE, target=TARGET))
    for key, word in (("both", "Both right"), ("lost", "Lost"), ("neither", "Both wrong"), ("gained", "Gained")):
        screen.click_mark(page, "quadrants", key)
        control = page.locator(".st-key-flip")
        expect(control.get_by_role("radio", name=word)).to_be_checked()
        page.wait_for_function("word => new URLSearchParams(location.search).get('flip') === word", arg=word)
    page.get_by_role("button", name="Run this for real").click()
    screen.title(page, "Lab")
    assert page.problems == []


FOCUS = """() => {
  let node = document.activeElement;
  while (node.shadowRoot?.activeElement) node = node.shadowRoot.activeElement;
  const style = getComputedStyle(node);
  const behind = (n) => { const c = getComputedStyle(n).backgroundColor.match(/[\\d.]+/g).map(Number);
    return c.length < 4 || c[3] === 1 ? c.slice(0, 3) : n.parentElement ? behind(n.parentElement) : [255, 255, 255]; };
  return [node.getAttribute('role') || node.nodeName, node.getAttribute('aria-label') || node.innerText || '', style.outlineStyle,
    style.outlineColor.match(/[\\d.]+/g).map(Number).slice(0, 3), behind(node.parentElement || document.body)];
}"""


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_arrow_keys_choose_a_cell_within_ten_tabs_and_the_focus_is_seen(
    shared: Server, chromium: Browser, theme: str
) -> None:
    page = screen.open_at(screen.new_page(chromium, theme), address(shared, "transfer", backbone=BACKBONE))
    before, stops = screen.sidebar(page), []
    for press in range(10):
        page.keyboard.press("Tab")
        stops.append(page.evaluate(FOCUS))
        if press == 0:
            page.keyboard.press("Enter")  # past the menu
        if stops[-1][0] == "application":
            break
    else:
        raise AssertionError([stop[:2] for stop in stops])
    for kind, name, line, ink, ground in (stop for stop in stops if stop[0] in ("A", "BUTTON", "radio")):
        told = [f"#{r:02X}{g:02X}{b:02X}" for r, g, b in (map(int, colour) for colour in (ink, ground))]
        assert line == "solid" and contrast(*told) >= 3, (kind, name, told)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    expect(page.locator(".st-key-panel strong").first).not_to_have_text(" → ".join(before[1:]))
    screen.ready(page)
    assert all(now != then for now, then in zip(screen.sidebar(page)[1:], before[1:], strict=True))


def test_a_cell_can_be_chosen_with_the_keyboard(shared: Server, chromium: Browser) -> None:
    page = screen.open_at(screen.new_page(chromium), address(shared, "transfer", backbone=BACKBONE))
    before = screen.sidebar(page)
    summary = page.get_by_text("The map as a table")
    summary.focus()
    summary.click()
    grid = page.locator(".st-key-twin canvas").first
    grid.wait_for()
    screen.ready(page)
    grid.focus()
    for key in ("ArrowDown", "ArrowDown", "Shift+Space"):
        page.keyboard.press(key)
    expect(page.locator(".st-key-panel strong").first).not_to_have_text(" → ".join(before[1:]))
    assert screen.sidebar(screen.ready(page)) != before


def test_switching_the_metric_is_part_of_the_address(shared: Server, chromium: Browser) -> None:
    page = screen.open_at(screen.new_page(chromium), address(shared, "transfer"))
    page.get_by_text("Raw score", exact=True).first.click()
    page.wait_for_function("location.search.includes('metric=Raw+score')")
    page.reload()
    screen.ready(page)
    expect(page.locator(".st-key-metric").get_by_role("radio", name="Raw score")).to_be_checked()
