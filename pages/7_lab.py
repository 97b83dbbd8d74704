"""Lab: what to run, how, and what it costs; one click launches it."""

from pages.common import frame

frame.ensure()

import streamlit as st  # noqa: E402

from pages.common import parts  # noqa: E402
from pages.lab import parts as lab_parts  # noqa: E402
from ptlib.base import exposure  # noqa: E402

parts.header("Lab", "Run a piece of the map yourself. Nothing needs to be typed: choose a start, look at the cost, launch.")
if exposure.read_only():
    st.info(exposure.WHY_READ_ONLY, icon=":material/lock:")
else:
    lab_parts.form()
