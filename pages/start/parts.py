"""Parts of the Start page."""

from pathlib import Path
from typing import Any

import streamlit as st

from pages.common import context, data, frame, parts, words
from pages.common.context import Context
from pages.transfer import charts as map_charts
from pages.transfer import parts as map_parts
from ptlib.base.errors import PtlibError
from ptlib.runs import queue
from ptlib.tasks.names import REFERENCE_ROWS
from ptlib.transfer import patterns

_EXPLORE = (
    "See which prompts travel to which tasks, click a cell, and read the examples that flip. Nothing to install or download."
)
_RUN = "Tune a prompt of your own on this machine and find it in the map. On the demo: about a minute, nothing to type."
_KNOW = "How every number is defined, what the generated tasks are, what is known to be limited, and how to cite."
_PUBLISHED = "Look at the transfer maps that others measured and published, side by side. They need no run and no download."
_RUN_WITHOUT_DEMO = "Tune a prompt of your own on this machine, with a model and tasks of the Hugging Face Hub."


def promise(now: Context | None) -> None:
    """One sentence, and what the map in small says."""
    st.markdown(
        "A soft prompt is a handful of vectors that teach a frozen language model one task. This app shows where a prompt "
        "still works when it is **reused on another task**, why, and lets you measure it yourself."
    )
    if now is not None:
        st.markdown(words.first_reading(*patterns.block_values(now.matrix, data.families_of(now.matrix))))


def miniature(now: Context) -> None:
    """The live map in small; a click opens it there."""
    told = patterns.telling_cells(now.matrix, data.families_of(now.matrix)) if frame.screen() != "phone" else []
    called = [(cell.source, cell.target) for cell in told]
    figure = map_charts.mini_figure(map_parts.view(now, "gain_kept", "family"), parts.colours(), now.names, called)
    parts.chart(
        figure,
        "mini",
        "Small transfer map: blue blocks along the diagonal are families in which prompts travel",
        on_click=_clicked,
    )
    st.caption(
        "Rows: source prompt, columns: target task. Blue: the reused prompt keeps the gain; grey: no better than an untrained "
        "prompt; orange: worse. Click a cell to open it."
    )


def _clicked(key: str) -> None:
    context.chart_click(key)
    frame.go("transfer")


def status_line(now: Context | None) -> None:
    """Results, worker, and what is off, in one line."""
    pieces = []
    if now is not None:
        tuned = [name for name in now.matrix.sources if name not in REFERENCE_ROWS]
        mine = sum(cell.origin == "own" for cell in now.matrix.cells)
        pieces.append(
            f"{data.backbone_name(now.backbone)}: {len(tuned)} prompts on {len(now.matrix.targets)} tasks"
            + (f", {words.counted(mine, 'cell')} with runs of yours" if mine else ", all from the demo")
        )
    has_gpu = Path("/dev/nvidia0").exists()
    pieces.append("a GPU is there" if has_gpu else "no GPU: everything works here except large runs")
    try:
        active, status = queue.active(), queue.worker_status()
        pieces.append(f"{words.counted(len(active), 'run')} active" if active else "no run active")
        pieces.append("results can be written" if status.writable else f"read-only: {status.problem}")
    except PtlibError as error:
        pieces.append(f"runs are off: {error}")
    st.caption("  ·  ".join(pieces))


def doors(now: Context | None) -> None:
    """Three ways in; without results the first one leads to the published maps, which need none."""
    demo, others = (
        ("Explore the demo", ":material/grid_on:", _EXPLORE),
        ("See published maps", ":material/menu_book:", _PUBLISHED),
    )
    shown = {
        "transfer": demo if now else others,
        "lab": ("Run it yourself", ":material/science:", _RUN if now else _RUN_WITHOUT_DEMO),
        "about": ("Know the numbers", ":material/function:", _KNOW),
    }
    first = "transfer" if now else "lab"
    for column, (page, (title, icon, text)) in zip(st.columns(3), shown.items(), strict=True):
        with column.container(border=True, height="stretch"):
            st.markdown(f"**{title}**")
            st.markdown(text)
            st.space("stretch")
            kind = "primary" if page == first else "secondary"
            look: dict[str, Any] = {"key": f"door_{page}", "icon": icon, "type": kind, "width": "stretch"}
            if page == "transfer" and now is None:
                st.button(title, on_click=parts.see_published, **look)
            elif st.button(title, **look):
                frame.go(page)
