"""Prompts and Neurons in a browser: the picture separates families, plays by itself and takes selections; themes are clean."""

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import screen
from tests.browser.conftest import BACKBONE, Server, has_real_demo
from tests.browser.test_looking import address
from tests.fixtures import fake_demo

_, SOURCE, TARGET = fake_demo.family_of_three()
HERE = {"backbone": BACKBONE, "source": SOURCE, "target": TARGET}
LOOKS = [
    ("prompts", {}),
    ("prompts", {"look": "way"}),
    ("prompts", {"axes": "3-D", "colour": "Own score"}),
    ("prompts", {"view": "two", "way": "one"}),
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


POINTS = """chart => {
  const plot = document.querySelector(`.st-key-${chart} .js-plotly-plot`), full = plot._fullLayout, found = [];
  for (const trace of plot._fullData) {
    if (!trace.customdata) continue;
    trace.customdata.forEach((mark, at) => found.push([mark[0], trace.name, trace.x[at], trace.y[at]]));
  }
  return {points: found, x: full.xaxis.range, y: full.yaxis.range};
}"""
"""Every drawn prompt: id, legend entry, place; and the ranges of the axes."""
WATCH = """() => {
  window.runs = 0;
  const app = document.querySelector('[data-testid="stApp"]');
  new MutationObserver(() => { window.runs += app.dataset.testScriptState !== 'notRunning' ? 1 : 0; })
    .observe(app, {attributes: true, attributeFilter: ['data-test-script-state']});
}"""
"""Count from now on how often the script runs."""


def wide(chromium: Browser) -> Page:
    page = screen.new_page(chromium)
    page.set_viewport_size({"width": 1440, "height": 1000})
    return page


@pytest.mark.skipif(not has_real_demo(), reason="the embedded demo was not built")
def test_umap_by_default_separates_the_families_of_the_demo_and_fills_its_frame(shared: Server, chromium: Browser) -> None:
    from sklearn.metrics import silhouette_score

    page = screen.open_at(wide(chromium), address(shared, "prompts", backbone=BACKBONE))
    screen.into_view(page, "space")
    expect(page.get_by_role("radio", name="UMAP")).to_be_checked()
    found = page.evaluate(POINTS, "space")
    places, families = [row[2:] for row in found["points"]], [row[1] for row in found["points"]]
    measured = silhouette_score(places, families)
    assert measured > 0.5 and len(places) == 39 and len(set(families)) == 4
    expect(page.get_by_text(f"In the picture itself their silhouette is {measured:.2f}.")).to_be_visible()
    sides = [(max(side) - min(side)) / (high - low) for side, (low, high) in zip(zip(*places, strict=True),
             (found["x"], found["y"]), strict=True)]  # fmt: skip
    assert sides[0] * sides[1] >= 0.5, sides
    box = page.locator(".st-key-space").bounding_box()
    block = page.locator("[data-testid=stMainBlockContainer] h1").first.bounding_box()
    assert box["height"] >= 0.7 * 1000 and box["width"] >= 0.7 * block["width"]
    screen.click_point(page, "space", found["points"][-1][0])
    page.wait_for_function("() => location.search.includes('prompt=')")
    assert page.problems == []


def test_prompts_play_from_start_to_end_without_a_run_of_the_script(analysed: Server, chromium: Browser) -> None:
    page = screen.open_at(wide(chromium), address(analysed, "prompts", **HERE, look="way"))
    screen.into_view(page, "space")
    ends = page.evaluate(POINTS, "space")["points"]
    page.evaluate(WATCH)
    page.locator(".st-key-space .updatemenu-button").first.click()
    step = "() => document.querySelector('.st-key-space .slider-label, .st-key-space .slider-current-value').textContent"
    page.wait_for_function(
        f"() => {{ const told = ({step})(); return told && !told.endsWith(' 200') && !told.endsWith('step 0'); }}"
    )
    assert page.evaluate(POINTS, "space")["points"] != ends
    page.wait_for_function(
        f"ends => JSON.stringify(({POINTS})('space').points.map(p => p.slice(2).map(v => v.toFixed(2)))) === ends",
        arg=page.evaluate("ends => JSON.stringify(ends.map(p => p.slice(2).map(v => v.toFixed(2))))", ends),
    )
    assert page.evaluate("window.runs") == 0 and page.problems == []


def test_a_task_chosen_in_one_space_lights_up_in_the_other(analysed: Server, chromium: Browser) -> None:
    page = screen.open_at(wide(chromium), address(analysed, "prompts", **HERE, view="two"))
    first = next(row[0] for row in page.evaluate(POINTS, "space_first")["points"])
    screen.into_view(page, "space_first")
    screen.click_point(page, "space_first", first)
    expect(page.get_by_text("Lit in both")).to_be_visible()
    screen.ready(page)
    full = """chart => document.querySelector(`.st-key-${chart} .js-plotly-plot`)._fullData.filter(t => t.customdata)
      .flatMap(t => Array.from(t.marker.opacity)).filter(v => v === 1).length"""
    assert [page.evaluate(full, chart) for chart in ("space_first", "space_second")] == [3, 3]
    page.reload()
    screen.ready(page)
    assert page.evaluate(full, "space_second") == 3 and page.problems == []


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
    page = screen.open_at(screen.new_page(chromium), address(analysed, "prompts", **HERE, lasso="true"))
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
    screen.click_point(page, "overlap_scatter", SOURCE, TARGET)
    screen.title(page, "→")


def test_every_view_paints_without_an_error_in_the_console(analysed: Server, chromium: Browser) -> None:
    page = screen.new_page(chromium)
    for theme, looks in (("light", LOOKS[::2]), ("dark", LOOKS[1::2])):
        screen.in_theme(screen.open_at(page, address(analysed, "start")), theme)
        for name, more in looks:
            screen.open_at(page, address(analysed, name, **HERE, **more))
            assert len(page.screenshot()) > 20_000, (name, more, theme)
    assert page.problems == []
