"""How far to trust a picture of prompts. Part of the Prompts page."""

import pandas as pd
import streamlit as st

from pages.common import frame, parts, words
from pages.space import trust_charts, view
from ptlib.analysis.stored import Clusters


def section(stored: Clusters) -> None:
    """What was found beside chance, or why there is no test."""
    st.header("How far to trust this picture", anchor=False)
    rows = view.trust_rows(stored.statistics, stored.stability)
    if not rows:
        st.markdown(str(stored.stability.get("reason") or "Too few prompts for a test."))
        return
    disparity = stored.stability.get("disparity")
    apart = f" Mean Procrustes disparity of other seeds' fits: {words.number(disparity)} (0 = same)." if disparity else ""
    if frame.screen() in ("phone", "narrow"):  # names and notes leave a chart no room there
        told = pd.DataFrame(rows)[["name", "value", "chance", "note"]]
        told[["value", "chance"]] = told[["value", "chance"]].map(words.number)
        text = st.column_config.TextColumn
        look = {"name": text("What", width=110), "value": text("Found", width=60), "chance": text("Chance", width=70)}
        look["note"] = text("Note", width=110)
        parts.table(told, view.trust_reading(rows), column_config=look, row_height=parts.WRAPPED, height="content")
        return
    parts.chart(
        trust_charts.trust_figure(rows, parts.colours()),
        "trust",
        view.trust_reading(rows),
        pd.DataFrame(rows),
        caption="Silhouette and purity are of the original space, not of the picture; families are shuffled over tasks. "
        f"Ticks: chance; silhouette: 1 = apart, 0 = mixed.{apart} {stored.stability.get('reason') or ''} {_made(stored)}",
    )


def _made(stored: Clusters) -> str:
    """How the picture was fitted."""
    spec, told = stored.spec, ", ".join(f"{name} {value}" for name, value in stored.parameters.items())
    fitted = f" of {len(stored.points)} points: prompts, and where they were on their ways" if spec.trails else ""
    meaning = "" if stored.method == "pca" else " Sizes of clusters and distances between them have no meaning."
    how = f"{view.METHODS[stored.method]}{fitted}, on {view.ON[spec.on].lower()}, {spec.metric}{', ' + told if told else ''}."
    return f"{how}{meaning}"
