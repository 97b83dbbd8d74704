"""Navigation and the frame around every page.

Page scripts lie one folder down (`pages/NAME/page.py`): a script directly in `pages/` would be run by Streamlit itself,
without app.py, when its address is the first one asked for on a fresh server.
"""

import traceback
from typing import NoReturn

import streamlit as st
from streamlit.navigation.page import Page

from pages.common import theme
from ptlib.base.errors import PtlibError

PAGES = (
    ("start", "Start", ":material/home:"),
    ("transfer", "Transfer map", ":material/grid_on:"),
    ("pair", "Pair", ":material/compare_arrows:"),
    ("prompts", "Prompts", ":material/scatter_plot:"),
    ("neurons", "Neurons", ":material/hub:"),
    ("lab", "Lab", ":material/science:"),
    ("runs", "Runs", ":material/stacked_line_chart:"),
    ("about", "About", ":material/info:"),
)
"""(script and address, title, icon). The first one is the home page."""
SIDEBAR = 256
"""Width of the sidebar in pixels; on a telephone it starts closed."""


def script(name: str) -> str:
    """Path of a page's script, as `st.switch_page` and `st.page_link` want it."""
    return f"pages/{name}/page.py"


def go(name: str, **parameters: str) -> NoReturn:
    """Open a page; the sidebar's parameters stay in the address, page-local ones are dropped."""
    st.switch_page(script(name), query_params=parameters)


def settings() -> None:
    """Settings of the browser tab; the picture is drawn here, because a named icon would be fetched from the internet."""
    st.set_page_config("Prompt transfer", theme.icon(), layout="wide", initial_sidebar_state=SIDEBAR)


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
    try:
        page.run()
    except PtlibError as error:
        st.error(str(error), icon=":material/error:")
    except Exception as error:
        st.error(
            "This page met a defect of the app, not a mistake of yours. Your runs and results are not touched. "
            "Please report the text below.",
            icon=":material/bug_report:",
        )
        st.exception(error)
        traceback.print_exc()
