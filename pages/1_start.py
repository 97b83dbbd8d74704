"""Start: what this is for, the map in small, and three doors."""

import streamlit as st

from pages.common import context, frame

frame.ensure()

from pages.common import parts  # noqa: E402
from pages.start import parts as start_parts  # noqa: E402

now = context.current()
parts.header("Reuse a prompt instead of tuning a new one")
start_parts.promise(now)
if now is None:
    parts.no_results()
else:
    start_parts.miniature(now)
start_parts.status_line(now)
st.space("small")
start_parts.doors(now)
