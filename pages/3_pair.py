"""Pair: why a prompt works, or does not, on another task."""

import streamlit as st

from pages.common import context, frame

frame.ensure()

from pages.common import parts  # noqa: E402
from pages.pair import parts as pair_parts  # noqa: E402
from pages.pair import reference_parts, start_parts  # noqa: E402

now = context.current()
if now is None:
    parts.header("Pair")
    parts.no_results()
else:
    pair_parts.head(now)
    pair_parts.scores_and_curves(now)
    st.divider()
    pair_parts.flip_browser(now)
    st.divider()
    pair_parts.own_sentence(now)
    st.divider()
    start_parts.section(now)
    reference_parts.section(now)
    pair_parts.input_structure(now)
    parts.share("pair")
