"""The Prompts page: four views of the prompts of one backbone, chosen in the address."""

import streamlit as st

from pages.common import analyses, context, frame, parts
from pages.prompts import space_parts

VIEWS = {"space": "The space", "pick": "Which source?", "tokens": "Single tokens", "beside": "Soft beside hand-written"}


def page() -> None:
    """The chosen view, or what to do when there is nothing to look at."""
    fingerprint, backbone, recipe = analyses.here()
    sets = analyses.prompt_sets(fingerprint, backbone, recipe)
    if not sets:
        parts.no_results()
        return
    parts.damage_note(fingerprint)
    view = parts.choice("View", list(VIEWS), "space", "view", VIEWS, label_visibility="collapsed")
    if view == "space":
        space_parts.section(fingerprint, sets, recipe)
        _share(view)
        return
    now = context.current()
    if now is None:
        with st.container(border=True):
            st.markdown(
                "No transfer was measured with these prompts yet, so there is nothing to judge a choice by. The space of prompts "
                "can be seen; for the rest, run a piece of the map."
            )
            st.page_link(frame.script("lab"), label="Open the Lab", icon=":material/science:")
        return
    if view == "pick":
        from pages.prompts import pick_parts

        pick_parts.section(now)
    elif view == "tokens":
        from pages.prompts import token_parts

        token_parts.section(now)
    else:
        from pages.prompts import beside_parts

        beside_parts.section(now)
    _share(view)


def _share(view: str) -> None:
    st.caption("Link to this view")
    now = context.current()
    apart = ("view", "source", "target", "backbone")
    kept = {key: value for key, value in st.query_params.to_dict().items() if key not in apart}
    if now is not None:
        kept = {"backbone": now.backbone, "source": now.source, "target": now.target, **kept}
    st.code(parts.permalink("prompts", **kept, view=VIEWS[view]), language=None, wrap_lines=True)
