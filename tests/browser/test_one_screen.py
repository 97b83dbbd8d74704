"""The map and the chosen cell in one screen; nothing moves under the mouse; type that a room can read; a list on a telephone."""

import pytest
from playwright.sync_api import Browser, Page

from tests.browser import screen
from tests.browser.conftest import BACKBONE, Server
from tests.browser.test_looking import address
from tests.fixtures import fake_demo

A, B, C = fake_demo.family_of_three()
BOX = """name => { const box = document.querySelector(`.st-key-${name}`).getBoundingClientRect();
  return [box.x, box.y, box.right, box.bottom]; }"""
SIZES = """() => [...document.querySelectorAll('.js-plotly-plot svg text')]
  .filter(text => text.textContent.trim() && text.getClientRects().length)
  .map(text => parseFloat(getComputedStyle(text).fontSize))"""
INNER = """() => {
  const panel = document.querySelector('.st-key-panel'), texts = [...panel.querySelectorAll('[data-testid=stMarkdown]')];
  return [Math.max(...texts.map(text => text.getBoundingClientRect().bottom)), panel.getBoundingClientRect().bottom];
}"""
OVERLAPS = """() => {
  const boxes = [...document.querySelectorAll('.st-key-map_list .annotation-text')].map(text => text.getBoundingClientRect());
  return boxes.filter((a, i) => boxes.some((b, j) => i < j && a.bottom > b.top + 1 && b.bottom > a.top + 1)).length;
}"""


def at(chromium: Browser, server: Server, width: int, height: int, **query: str) -> Page:
    page = screen.new_page(chromium)
    page.set_viewport_size({"width": width, "height": height})
    return screen.open_at(page, address(server, "transfer", backbone=BACKBONE, **query))


@pytest.mark.parametrize(("width", "height"), [(1440, 1000), (1920, 1080)])
def test_map_and_panel_stand_beside_each_other_in_one_screen(shared: Server, chromium: Browser, width: int, height: int) -> None:
    page = at(chromium, shared, width, height, source=A, target=B)
    picture, panel = (page.evaluate(BOX, name) for name in ("map", "panel"))
    assert picture[3] <= height and panel[3] <= height and panel[0] >= picture[2] - 1 and panel[2] <= width
    bottom, frame = page.evaluate(INNER)
    assert bottom <= frame + 1, "a flipped example does not fit the panel"
    assert page.evaluate(screen.TWICE) == []
    assert page.problems == []


def test_nothing_in_a_chart_is_smaller_than_16_pixels_on_a_projector(shared: Server, chromium: Browser) -> None:
    page = at(chromium, shared, 1920, 1080, source=A, target=B)
    sizes = page.evaluate(SIZES)
    assert len(sizes) > 40 and min(sizes) >= 16


def test_ten_clicks_move_the_map_by_nothing(shared: Server, chromium: Browser) -> None:
    page = at(chromium, shared, 1440, 1000, source=A, target=B)
    tops = set()
    for source, target in [(A, C), (B, A), (C, A), (C, B), (B, C)] * 2:
        screen.click_mark(page, "map", source, target)
        page.wait_for_function("() => document.querySelector('.st-key-panel strong')")
        screen.ready(page)
        top, scrolled = page.evaluate(BOX, "map")[1], page.get_by_test_id("stMain").evaluate("node => node.scrollTop")
        tops.add(round(top + scrolled))
    assert len(tops) == 1
    assert page.problems == []


def test_back_walks_exactly_the_cells_that_were_chosen(shared: Server, chromium: Browser) -> None:
    page = at(chromium, shared, 1440, 1000, source=A, target=B)
    chosen = [screen.sidebar(page)[1:]]
    for source, target in ((A, C), (B, A), (C, B)):
        screen.click_mark(page, "map", source, target)
        page.wait_for_function(
            "old => document.querySelector('.st-key-panel strong').innerText !== old", arg=" → ".join(chosen[-1])
        )
        screen.ready(page)
        chosen.append(screen.sidebar(page)[1:])
    assert len({tuple(pair) for pair in chosen}) == 4
    for pair in chosen[-2::-1]:
        page.go_back()
        page.wait_for_function("text => document.querySelector('.st-key-panel strong')?.innerText === text", arg=" → ".join(pair))
        screen.ready(page)
        assert screen.sidebar(page)[1:] == pair


def test_start_shows_the_map_with_its_story_and_the_doors_in_one_screen(shared: Server, chromium: Browser) -> None:
    page = screen.new_page(chromium)
    page.set_viewport_size({"width": 1440, "height": 1000})
    screen.open_at(page, f"{shared.address}/?backbone={BACKBONE}")
    assert page.locator(".st-key-mini .annotation-text").filter(has_text="→").count() == 3
    assert page.evaluate(BOX, "door_transfer")[3] <= 1000


def test_every_chart_can_fill_the_screen(shared: Server, chromium: Browser) -> None:
    page = at(chromium, shared, 1440, 1000, source=A, target=B)
    charts, buttons = (page.locator(f".js-plotly-plot{more}").count() for more in ("", " [data-title=Fullscreen]"))
    assert charts == buttons > 1


def test_on_a_telephone_the_map_is_a_list_with_every_number(shared: Server, chromium: Browser) -> None:
    page = at(chromium, shared, 390, 844, source=A, target=B)
    texts = page.locator(".st-key-map_list .annotation-text").all_text_contents()
    assert len(texts) >= 13 and all("%" in text or "not run" in text or "–" in text for text in texts)
    assert page.evaluate(OVERLAPS) == 0 and page.locator(".st-key-map").count() == 0
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= 390 and min(page.evaluate(SIZES)) >= 12


def test_on_a_narrow_screen_the_panel_stands_below(shared: Server, chromium: Browser) -> None:
    page = at(chromium, shared, 1024, 768, source=A, target=B)
    assert page.evaluate(BOX, "panel")[1] >= page.evaluate(BOX, "map")[3] - 1
