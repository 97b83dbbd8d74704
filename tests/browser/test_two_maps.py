"""Two maps with one cursor: a cell chosen in one lights up in the other, and the address keeps both; a list on a telephone."""

from playwright.sync_api import Browser

from tests.browser import screen
from tests.browser.conftest import BACKBONE, Server
from tests.browser.test_looking import address
from tests.fixtures import fake_demo

A, B, C = fake_demo.family_of_three()
LIT = """([chart, key]) => {
  const plots = document.querySelectorAll(`.st-key-${chart} .js-plotly-plot`);
  if (plots.length !== 1 || !plots[0].layout) return false;
  const clicks = plots[0].data.find(t => t.customdata && t.customdata.length > 1);
  const at = clicks.customdata.findIndex(c => JSON.stringify(Array.from(c)) === JSON.stringify(key));
  const boxes = (plots[0].layout.shapes || []).filter(s => s.type === 'rect' && s.line.width === 2.5);
  const on = (low, middle) => Math.abs(low + 0.5 - middle) < 0.01;
  return boxes.length === 1 && on(boxes[0].x0, clicks.x[at]) && on(boxes[0].y0, clicks.y[at]);
}"""


def test_a_cell_chosen_in_one_map_lights_up_in_the_other_and_stays_after_a_reload(shared: Server, chromium: Browser) -> None:
    page = screen.new_page(chromium)
    page.set_viewport_size({"width": 1440, "height": 1000})
    screen.open_at(page, address(shared, "transfer", backbone=BACKBONE, source=A, target=B, show="two"))
    assert all(page.evaluate(LIT, [chart, [A, B]]) for chart in ("first_map", "second_map", "difference"))
    for chart, cell in (("first_map", [B, C]), ("second_map", [C, A])):
        screen.click_mark(page, chart, *cell)
        for other in ("first_map", "second_map", "difference"):
            page.wait_for_function(LIT, arg=[other, cell])
    screen.ready(page)
    page.reload()
    screen.ready(page)
    assert page.evaluate(LIT, ["second_map", [C, A]]) and page.problems == []
    page.set_viewport_size({"width": 390, "height": 844})
    page.wait_for_function("() => !document.querySelector('.st-key-first_map')")
    screen.ready(page)
    assert page.locator(".st-key-both_rows").count() == 1 and page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.problems == []
