"""What a visitor does: open an address, wait until the page is ready, click a cell of a chart."""

from playwright.sync_api import Browser, ConsoleMessage, Page, expect

expect.set_options(timeout=30_000)  # how long a look may take on a busy machine
READY = """() => {
  const app = document.querySelector('[data-testid="stApp"]');
  const has = name => document.querySelector(name) !== null;
  const done = app && app.dataset.testScriptState === 'notRunning' && has('[data-testid="stMain"] h1');
  const sizes = document.querySelectorAll('*').length + ' ' + document.body.innerText.length;
  const now = done && !has('[data-testid="stSkeleton"]') ? location.href + ' ' + sizes : '';
  window.calm = now !== '' && now === window.before ? (window.calm || 0) + 1 : 0;
  window.before = now;
  return window.calm >= 4;
}"""
"""The script has run and the page has stood still for four looks in a row."""
PLACE = """([chart, key]) => {
  const plot = document.querySelector(`.st-key-${chart} .js-plotly-plot`);
  const trace = plot.data.find(t => t.customdata && t.customdata.length > 1);
  const index = trace.customdata.findIndex(c => JSON.stringify(Array.from(c)) === JSON.stringify(key));
  const box = plot.getBoundingClientRect(), full = plot._fullLayout;
  const across = full.xaxis._offset + full.xaxis.l2p(trace.x[index]), down = full.yaxis._offset + full.yaxis.l2p(trace.y[index]);
  return [box.x + across, box.y + down];
}"""
HARMLESS = ("404", "favicon")
"""Streamlit itself asks below the page's address first and takes the 404 as an answer."""


def new_page(browser: Browser, theme: str = "light") -> Page:
    """A browser of its own, with its console kept in `page.problems`."""
    page = browser.new_context(viewport={"width": 1360, "height": 950}, color_scheme=theme).new_page()
    page.set_default_timeout(90_000)  # a busy machine is slow, not wrong
    page.problems = []

    def keep(message: ConsoleMessage) -> None:
        if message.type == "error" and not any(word in message.text for word in HARMLESS):
            page.problems.append(message.text)

    page.on("console", keep)
    return page


def open_at(page: Page, address: str) -> Page:
    """Go there and wait until the script has run."""
    page.goto(address)
    return ready(page)


def ready(page: Page) -> Page:
    """Wait until the page stands still."""
    page.wait_for_function(READY, polling=100)
    return page


def title(page: Page, text: str) -> None:
    """Wait for a page's title."""
    expect(page.locator("h1").first).to_contain_text(text)
    ready(page)


def point_at(page: Page, chart: str, *key: str) -> None:
    """Move the mouse onto the mark of a chart that carries this custom data, and wait for its tooltip."""
    into_view(page, chart)
    ready(page)
    into_view(page, chart)
    page.mouse.move(*page.evaluate(PLACE, [chart, list(key)]))
    page.locator(f".st-key-{chart} .hoverlayer .hovertext").first.wait_for()


def into_view(page: Page, chart: str) -> None:
    """Scroll a chart to the middle once it is drawn and stands alone.

    In one step of the page's own: while a page is drawn anew, the old picture stands beside the new one and then goes away.
    """
    page.wait_for_function(
        """chart => {
            const plots = document.querySelectorAll(`.st-key-${chart} .js-plotly-plot`)
            if (plots.length !== 1 || !plots[0]._fullLayout) return false
            plots[0].scrollIntoView({block: 'center'})
            return true
        }""",
        arg=chart,
    )


def press(page: Page) -> None:
    """Click where the mouse is."""
    page.mouse.down()
    page.mouse.up()


def click_mark(page: Page, chart: str, *key: str) -> None:
    """Click the mark of a chart that carries this custom data."""
    point_at(page, chart, *key)
    press(page)


def permalink(page: Page) -> str:
    """The link that the page offers."""
    links = [text for text in page.locator("code").all_inner_texts() if text.startswith("http")]
    return links[-1]


def sidebar(page: Page) -> list[str]:
    """Backbone, source and target as shown."""
    return page.locator("[data-testid=stSidebar] [data-testid=stSelectbox] input").evaluate_all(
        "boxes => boxes.map(b => b.value)"
    )
