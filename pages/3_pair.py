"""Pair: why a prompt works, or does not, on another task."""

import streamlit as st

from pages.common import context, frame

frame.ensure()

from pages.common import parts  # noqa: E402
from pages.pair import own_sentence as whatif  # noqa: E402
from pages.pair import parts as pairparts  # noqa: E402

now = context.current()
if now is None:
    parts.header("Pair")
    parts.no_results()
else:
    pairparts.head(now)
    pairparts.scores_and_curves(now)
    st.divider()
    pairparts.flip_browser(now)
    st.divider()
    whatif.box(now)
    st.divider()
    pairparts.input_structure(now)
    pairparts.share(now)
