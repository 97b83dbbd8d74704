"""Start: what this is for, the map in small, and three doors."""

import streamlit as st

from pages.common import context, parts
from pages.start import parts as startparts

now = context.current()
parts.header("Reuse a prompt instead of tuning a new one")
startparts.promise(now)
if now is None:
    parts.no_results()
else:
    startparts.miniature(now)
startparts.status_line(now)
st.space("small")
startparts.doors(now)
