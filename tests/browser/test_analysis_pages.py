"""Prompts and Neurons in a browser: a lasso filters the list, neighbours and points open the pair, both themes are clean."""

from playwright.sync_api import Browser, Page, expect

from tests.browser import screen
from tests.browser.conftest import BACKBONE, Server
from tests.browser.test_looking import address
from tests.fixtures import fake_demo

_, SOURCE, TARGET = fake_demo.family_of_three()
HERE = {"backbone": BACKBONE, "source": SOURCE, "target": TARGET}
LOOKS = [
    ("prompts", {}),
    ("prompts", {"axes": "3-D", "colour": "Own score"}),
    ("prompts", {"view": "Which source?", "mode": "Just show"}),
    ("prompts", {"view": "Soft beside hand-written"}),
    ("neurons", {}),
    ("neurons", {"question": "Where two tasks meet"}),
    ("neurons", {"question": "Many tasks"}),
    ("neurons", {"question": "Masking"}),
    ("transfer", {"show": "Published"}),
]
BOX = """chart => {
  const plot = document.querySelector(`.st-key-${chart} .js-plotly-plot`), full = plot._fullLayout;
  const box = plot.getBoundingClientRect(), a = full.xaxis, b = full.yaxis;
  return [box.x + a._offset, box.y + b._offset, a._length, b._length];
}"""


def lasso(page: Page, chart: str) -> None:
    """Draw around the right half of a chart."""
    screen.into_view(page, chart)
    screen.ready(page)
    left, top, width, height = page.evaluate(BOX, chart)
    corners = ((0.5, 0.02), (0.98, 0.02), (0.98, 0.98), (0.5, 0.98), (0.5, 0.05))
    page.mouse.move(left + corners[0][0] * width, top + corners[0][1] * height)
    page.mouse.down()
    for x, y in corners[1:]:
        page.mouse.move(left + x * width, top + y * height, steps=8)
    page.mouse.up()


def test_a_lasso_filters_the_list(analysed: Server, chromium: Browser) -> None:
    page = screen.open_at(screen.new_page(chromium), address(analysed, "prompts", **HERE))
    expect(page.get_by_text("All 39 prompts")).to_be_visible()
    lasso(page, "space")
    expect(page.get_by_text("inside the selection")).to_be_visible()
    page.get_by_role("button", name="Show all").click()
    expect(page.get_by_text("inside the selection")).to_have_count(0)
    assert page.problems == []


def test_a_neighbour_opens_the_pair(analysed: Server, chromium: Browser) -> None:
    page = screen.open_at(screen.new_page(chromium), address(analysed, "prompts", **HERE))
    grid = page.locator(".st-key-neighbours canvas").first
    grid.scroll_into_view_if_needed()
    screen.ready(page)
    box = grid.bounding_box()
    page.mouse.click(box["x"] + 15, box["y"] + 52)
    screen.title(page, "→")
    assert screen.sidebar(page)[1:] == page.locator("h1").first.inner_text().split(" → ")


def test_a_point_of_the_scatter_opens_the_pair(analysed: Server, chromium: Browser) -> None:
    page = screen.open_at(screen.new_page(chromium), address(analysed, "neurons", **HERE))
    place = """([chart, key]) => {
      const plot = document.querySelector(`.st-key-${chart} .js-plotly-plot`), full = plot._fullLayout;
      for (const trace of plot._fullData) {  // numbers travel packed; here they are unpacked
        const index = (trace.customdata || []).findIndex(c => JSON.stringify(Array.from(c)) === JSON.stringify(key));
        if (index < 0) continue;
        const box = plot.getBoundingClientRect();
        return [box.x + full.xaxis._offset + full.xaxis.l2p(trace.x[index]),
                box.y + full.yaxis._offset + full.yaxis.l2p(trace.y[index])];
      }
    }"""
    screen.into_view(page, "overlap_scatter")
    screen.ready(page)
    page.mouse.move(*page.evaluate(place, ["overlap_scatter", [SOURCE, TARGET]]))
    page.locator(".st-key-overlap_scatter .hoverlayer .hovertext").first.wait_for()
    screen.press(page)
    screen.title(page, "→")


def test_every_view_paints_without_an_error_in_the_console(analysed: Server, chromium: Browser) -> None:
    page = screen.new_page(chromium)
    for name, more in LOOKS:
        screen.open_at(page, address(analysed, name, **HERE, **more))
        for theme in screen.both_themes(page):
            assert len(page.screenshot()) > 20_000, (name, more, theme)
    assert page.problems == []
