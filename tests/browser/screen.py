"""What a visitor does: open an address, wait until the page is ready, click a cell of a chart."""

from collections.abc import Iterator

from playwright.sync_api import Browser, ConsoleMessage, Page, expect

expect.set_options(timeout=30_000)  # how long a look may take on a busy machine
READY = """() => {
  if (!window.changes) {
    window.changes = {last: performance.now()};
    new MutationObserver(() => window.changes.last = performance.now())
      .observe(document, {subtree: true, childList: true, characterData: true});
  }
  if (window.changes.place !== location.href) window.changes = {...window.changes, place: location.href, last: performance.now()};
  const app = document.querySelector('[data-testid="stApp"]');
  const has = name => document.querySelector(name) !== null;
  const done = app && app.dataset.testScriptState === 'notRunning' && has('[data-testid="stMain"] h1');
  if (!done || has('[data-testid="stSkeleton"]')) window.changes.last = performance.now();
  return performance.now() - window.changes.last > 400;
}"""
"""The script has run and for .4 s nothing was added to the page and no text of it changed."""
PLACE = """([chart, key]) => {
  const plot = document.querySelector(`.st-key-${chart} .js-plotly-plot`);
  const trace = plot.data.find(t => t.customdata && t.customdata.length > 1);
  const index = trace.customdata.findIndex(c => JSON.stringify(Array.from(c)) === JSON.stringify(key));
  const box = plot.getBoundingClientRect(), full = plot._fullLayout;
  const across = full.xaxis._offset + full.xaxis.l2p(trace.x[index]), down = full.yaxis._offset + full.yaxis.l2p(trace.y[index]);
  return [box.x + across, box.y + down];
}"""
GROUND = "colour => getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor === colour"
GROUNDS = {"light": "rgb(255, 255, 255)", "dark": "rgb(16, 22, 28)"}
TWICE = """() => [...document.querySelectorAll('.js-plotly-plot')]
  .filter(plot => plot._fullLayout._redrawFromAutoMarginCount !== undefined)
  .map(plot => plot.closest('[class*=st-key-]').className)"""
"""Charts that were drawn a second time, as a label did not fit the margin."""
HARMLESS = ("404", "favicon")
"""Streamlit itself asks below the page's address first and takes the 404 as an answer."""


_left: list[Page] = []
"""A page that a test has left: taken again, as it has read the app's scripts, which costs more than to show a page."""


def new_page(browser: Browser, theme: str = "light") -> Page:
    """A visitor without a past; the console is kept in `page.problems`. No moving pictures: they cost most."""
    page = _left.pop() if _left else listening(browser.new_context().new_page())
    page.set_viewport_size({"width": 1360, "height": 950})
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")
    page.set_default_timeout(90_000)  # a busy machine is slow, not wrong
    page.problems.clear()
    return page


def listening(page: Page) -> Page:
    """Keep the errors in its console."""
    page.problems = []

    def keep(message: ConsoleMessage) -> None:
        if message.type == "error" and not any(word in message.text for word in HARMLESS):
            page.problems.append(message.text)

    page.on("console", keep)
    return page


def leave(browser: Browser) -> None:
    """No page goes on asking its server and drawing; one is kept, without what it knew."""
    for context in browser.contexts:
        page = context.pages[0] if context.pages else None
        if page in _left:  # left before, and not taken since
            continue
        if _left or not hasattr(page, "problems"):
            context.close()
        else:
            page.evaluate("() => { try { localStorage.clear(), sessionStorage.clear() } catch {} }")
            page.goto("about:blank")
            context.clear_cookies()
            _left.append(page)


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


def click_point(page: Page, chart: str, *key: str) -> None:
    """Click a point of a scatter that carries this custom data; unlike `click_mark` it may be of any trace."""
    find = """([chart, key]) => {
      const plot = document.querySelector(`.st-key-${chart} .js-plotly-plot`), full = plot._fullLayout;
      for (const trace of plot._fullData) {  // numbers travel packed; here they are unpacked
        const index = (trace.customdata || []).findIndex(c => JSON.stringify(Array.from(c)) === JSON.stringify(key));
        if (index < 0) continue;
        const box = plot.getBoundingClientRect();
        return [box.x + full.xaxis._offset + full.xaxis.l2p(trace.x[index]),
                box.y + full.yaxis._offset + full.yaxis.l2p(trace.y[index])];
      }
    }"""
    into_view(page, chart)
    ready(page)
    page.mouse.move(*page.evaluate(find, [chart, list(key)]))
    page.locator(f".st-key-{chart} .hoverlayer .hovertext").first.wait_for()
    press(page)


def press(page: Page) -> None:
    """Click where the mouse is."""
    page.mouse.down()
    page.mouse.up()


def click_mark(page: Page, chart: str, *key: str) -> None:
    """Click the mark of a chart that carries this custom data."""
    point_at(page, chart, *key)
    press(page)


def both_themes(page: Page) -> Iterator[str]:
    """Show the page as it is in both themes, first the one that it was drawn in; it stays in the other."""
    dark = page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
    for theme in ("dark", "light") if dark else ("light", "dark"):
        in_theme(page, theme)
        yield theme


def in_theme(page: Page, theme: str) -> None:
    """Show the page in this theme."""
    page.emulate_media(color_scheme=theme)
    page.wait_for_function(GROUND, arg=GROUNDS[theme])
    ready(page)


def switch(page: Page, name: str, heading: str) -> None:
    """Choose a page in the menu."""
    page.get_by_test_id("stSidebarNavLink").filter(has_text=name).click()
    title(page, heading)


def permalink(page: Page) -> str:
    """The link that the page offers."""
    links = [text for text in page.locator("code").all_inner_texts() if text.startswith("http")]
    return links[-1]


def sidebar(page: Page) -> list[str]:
    """Backbone, source and target as shown."""
    return page.locator("[data-testid=stSidebar] [data-testid=stSelectbox] input").evaluate_all(
        "boxes => boxes.map(b => b.value)"
    )
