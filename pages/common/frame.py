"""Navigation, and the frame that makes every page open from a deep link on a fresh server.

Streamlit runs a script in `pages/` by itself when its address is the first one asked for. `ensure()` notices, declares the
navigation and starts over; the second run enters through app.py with the address and its query untouched. Scripts in a
folder of their own would need no such guard, but then the first visitor's deep link is answered with "Page not found".
The number in a script's name gives the order of the menu; Streamlit leaves it out of the address.
"""

import os
import re
import secrets
import sys
import traceback
from collections.abc import Callable, Sequence
from functools import wraps
from typing import NoReturn

import streamlit as st
from streamlit.navigation.page import Page

from pages.common import address, theme, words
from ptlib.base.errors import PtlibError

_OPEN = "_inside_app_frame"
_SCREEN = "screen"
_MEASURE = st.components.v2.component(
    "screen_size",
    js="""
let last = null;
function oneStep() {  // values that change together are one step back in the browser's history
  const push = history.pushState.bind(history);
  let when = 0, path = '';
  history.pushState = (state, title, url) => {
    const soon = performance.now() - when < 250 && path === location.pathname;
    when = performance.now(); path = location.pathname;
    if (soon) history.replaceState(state, title, url); else push(state, title, url);
  };
  window.oneStep = true;
}
function inks({chosen, muted}) {  // what a theme's settings cannot say: text of a chosen segment, captions without fading
  const sheet = document.getElementById('inks') || document.head.appendChild(document.createElement('style'));
  sheet.id = 'inks';
  const text = `button[role=radio][aria-checked=true], button[role=radio][aria-checked=true] p,
    button[kind$="Active"], button[kind$="Active"] p, button[kind=tertiary]:is(:hover, :focus-visible, [aria-expanded=true])
      { color: ${chosen} !important }
    [data-testid="stApp"] :is(a, button, summary, canvas, main, [role=application], [role=slider]):focus-visible
      { outline: 2px solid ${chosen} !important; outline-offset: 1px }
    label:has(input:is([type=checkbox], [type=radio], [role=switch]):focus-visible) { outline: 2px solid ${chosen} }
    [data-testid="stCaptionContainer"] { color: ${muted} !important; opacity: 1 !important }
    [class*="st-key-timer_"] { display: none }
    [data-testid="stHorizontalBlock"]:has(> [class*="_save"]) > [data-testid="stElementContainer"] { flex: 1 1 14rem }`;
  if (sheet.textContent !== text) sheet.textContent = text;
}
export default function({setStateValue, setTriggerValue, data}) {
  inks(data.inks);
  if (!window.oneStep) oneStep();
  if (last === null) last = data.known;
  if (data.named) setTriggerValue('again', data.named);
  const look = () => {
    const w = window.innerWidth, h = window.innerHeight;
    const name = w < 700 ? 'phone' : w < 1200 ? 'narrow' : w >= 1800 && h >= 1000 ? 'large' : 'laptop';
    if (name !== last) { last = name; setStateValue('size', name); }
  };
  look();
  window.addEventListener('resize', look);
  return () => window.removeEventListener('resize', look);
}
""",
)
"""Tells which of four sizes the window has, since type in a chart is drawn for one size. Joins the two entries in the browser's
history that a click on a cell would make, one for the source, one for the target: Back leads to the cell before. Gives
text that the theme's settings leave too faint a colour with contrast, and keeps a chart's menu on the line of its caption."""
_PICTURE = st.components.v2.component(
    "save_picture",
    html="<button value='png'>Picture (PNG)</button><button value='svg'>Drawing (SVG)</button>",
    css="""
:host { display: block }
button { display: block; width: 100%; padding: .35rem .75rem; border: 0; border-radius: var(--st-button-radius); background: none;
  color: inherit; font: inherit; font-size: .875rem; line-height: 1.6; cursor: pointer }
button:hover { background: color-mix(in srgb, currentColor 8%, transparent) }
button:focus-visible { outline: 2px solid var(--st-link-color); outline-offset: -2px }
""",
    js="""
export default function({parentElement, data}) {
  const save = event => {  // as the camera of the chart does it, on the page's own ground instead of none
    const plot = document.querySelector(`.st-key-${data.chart} .js-plotly-plot`);
    const camera = plot?.querySelector('[data-title^=Download]');
    if (!camera) return;
    const ground = plot.layout.paper_bgcolor;
    plot.layout.paper_bgcolor = getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor;
    plot._context.toImageButtonOptions = {...plot._context.toImageButtonOptions, format: event.currentTarget.value};
    camera.click();
    plot.layout.paper_bgcolor = ground;
  };
  for (const button of parentElement.querySelectorAll('button')) button.onclick = save;
}
""",
)
"""Saves a chart as it stands in the browser."""
_ARROWS = st.components.v2.component(
    "arrow_keys",
    html="<div tabindex='0' role='application'><span>Arrow keys choose a cell</span></div>",
    css="""
div { position: absolute; z-index: 9; padding: 0 .5rem; border-radius: var(--st-button-radius); color: var(--st-text-color);
  background: var(--st-secondary-background-color); font-size: .875rem; white-space: nowrap; opacity: 0; pointer-events: none }
div:focus { opacity: 1; outline: 2px solid var(--st-link-color) }
""",
    js="""
const steps = {ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1]};
export default function({parentElement, data, setTriggerValue}) {
  const control = parentElement.querySelector('div');
  let at = [data.rows.indexOf(data.chosen[0]), data.columns.indexOf(data.chosen[1])];
  control.setAttribute('aria-label', `Cells of the map: arrow keys choose one. Now ${data.told}`);
  control.onkeydown = event => {
    const step = steps[event.key];
    if (!step) return;
    event.preventDefault();
    const inside = (place, all) => Math.min(Math.max(place, 0), all.length - 1);
    const to = [inside(at[0] + step[0], data.rows), inside(at[1] + step[1], data.columns)];
    if (to.join() === at.join()) return;
    at = to;
    setTriggerValue('cell', [data.rows[at[0]], data.columns[at[1]]]);
  };
}
""",
)
"""Takes the arrow keys for a chart of cells, whose marks no key can reach. Seen only while it has the focus."""
_TIMER = st.components.v2.component(
    "timer",
    js="""
let pressed = -Infinity;  // what a press asks for may still be on its way to the server
for (const what of ['pointerdown', 'keydown', 'popstate'])
  window.addEventListener(what, () => { pressed = performance.now() }, true);
export default function({setTriggerValue}) {
  let ran = performance.now();
  const look = () => {
    const now = performance.now(), app = document.querySelector('[data-testid=stApp]');
    if (app?.dataset.testScriptState !== 'notRunning') { ran = now; pressed = -Infinity; return; }
    if (now - ran < 1000 || now - pressed < 3000) return;
    ran = now;
    setTriggerValue('tick', now);
  };
  const timer = setInterval(look, 250);
  return () => clearInterval(timer);
}
""",
)
"""Asks for the part of the page that it stands in again, a second after the page came to rest. Streamlit's own timers ask at any
moment: a question that is on its way while the reader opens another page brings the page back that was left, and leaves nothing
on the screen; one that is on its way while the reader chooses carries the address before the choice."""
PAGES = (
    ("start", "Start", ":material/home:"),
    ("transfer", "Transfer map", ":material/grid_on:"),
    ("pair", "Pair", ":material/compare_arrows:"),
    ("prompts", "Prompts", ":material/scatter_plot:"),
    ("neurons", "Neurons", ":material/hub:"),
    ("models", "Cross-model", ":material/swap_horiz:"),
    ("lab", "Lab", ":material/science:"),
    ("runs", "Runs", ":material/stacked_line_chart:"),
    ("about", "About", ":material/info:"),
)
"""(script and address, title, icon). The first one is the home page."""
SIDEBAR = 256
"""Width of the sidebar in pixels; on a telephone it starts closed."""


def script(name: str) -> str:
    """Path of a page's script, as `st.switch_page` and `st.page_link` want it."""
    place = next(place for place, (known, _, _) in enumerate(PAGES, 1) if known == name)
    return f"pages/{place}_{name}.py"


def go(name: str, **parameters: str) -> NoReturn:
    """Open a page; the sidebar's parameters stay in the address, page-local ones are dropped."""
    st.switch_page(script(name), query_params=parameters)


def settings() -> None:
    """Settings of the browser tab; the picture is drawn here, because a named icon would be fetched from the internet."""
    st.set_page_config("Prompt transfer", theme.icon(), layout="wide", initial_sidebar_state=SIDEBAR)


def measure() -> None:
    """Ask the browser how large its window is; called once a run, by app.py, after the page.

    A new size draws the page again, and so does a link with ids, which the address then holds as shown.
    """
    inks = {"chosen": _both(theme.LIGHT.accent, theme.DARK.accent), "muted": _both(theme.LIGHT.muted, theme.DARK.muted)}
    told = {"known": screen(), "named": address.named(), "inks": inks}
    _MEASURE(key=_SCREEN, data=told, default={"size": "laptop"}, on_size_change=lambda: None, on_again_change=lambda: None)


def picture_buttons(chart: str) -> None:
    """Two buttons that save a chart, which is known by its key, as it is drawn; the browser does it alone."""
    _PICTURE(key=f"{chart}_picture", data={"chart": re.sub(r"[^a-zA-Z0-9_-]", "-", chart)})


def ticking(part: Callable[..., None], on: bool) -> Callable[..., None]:
    """A part of a page that is run again by itself; on: every second, too, while the page is at rest."""

    @wraps(part)
    def ticked(*more: object) -> None:
        part(*more)
        timer(part.__module__)

    return st.fragment(ticked if on else part)


def timer(name: str) -> None:
    """Have the fragment that this stands in run again in a second. name: unlike that of any other one on the page."""
    _TIMER(key=f"timer_{name.replace('.', '_')}", on_tick_change=lambda: None)


def arrow_keys(
    key: str, told: str, chosen: tuple[str, str], cells: tuple[Sequence[str], Sequence[str]], hear: Callable[[str, str], None]
) -> None:
    """A control before a map: arrow keys move the chosen cell. told: it in words; cells: rows and columns; hear: row, column."""

    def moved() -> None:
        cell = st.session_state[key].get("cell")
        if cell:
            hear(*cell)

    here = {"rows": list(cells[0]), "columns": list(cells[1]), "chosen": list(chosen), "told": told}
    _ARROWS(key=key, data=here, on_cell_change=moved)


def _both(light: str, dark: str) -> str:
    """A colour for either theme, as a style sheet has it."""
    return f"light-dark({light}, {dark})"


def screen() -> str:
    """phone (under 700 pixels wide), narrow (under 1,200), laptop, or large (from 1,800 x 1,000, as a projector has)."""
    return str((st.session_state.get(_SCREEN) or {}).get("size") or "laptop")


def navigation() -> Page:
    """Declare the menu; the only list of pages."""
    return st.navigation(
        [
            st.Page(script(name), title=title, icon=icon, url_path=None if index == 0 else name, default=index == 0)
            for index, (name, title, icon) in enumerate(PAGES)
        ]
    )


def run(page: Page) -> None:
    """Run the chosen page inside the frame; called once, by app.py."""
    st.session_state[_OPEN] = True
    try:
        page.run()
    except PtlibError as error:
        st.error(words.literal(str(error)), icon=":material/error:")
    except Exception as error:
        st.error(
            "This page met a defect of the app, not a mistake of yours. Your runs and results are not touched. "
            f"Please report it with the number {logged(error)}, under which the server's log tells more.",
            icon=":material/bug_report:",
        )
        if os.environ.get("PTLIB_DEBUG"):
            st.exception(error)
    finally:
        st.session_state[_OPEN] = False


def logged(error: Exception) -> str:
    """Write a defect to the server's log, under a number; visitors are told the number alone."""
    number = secrets.token_hex(4)
    print(f"Defect {number}:", *traceback.format_exception(error), sep="\n", file=sys.stderr, flush=True)
    return number


def visitor() -> str:
    """Who is looking: the address of the browser."""
    return st.context.ip_address or "this machine"


def ensure() -> None:
    """First line of every page script."""
    if not st.session_state.get(_OPEN):
        settings()
        navigation()
        st.rerun()
