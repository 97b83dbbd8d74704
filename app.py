"""Entry point: page settings, the what-if context in the sidebar, navigation."""

import streamlit as st

from pages.common import context, frame, theme

st.set_page_config(page_title="Prompt transfer", page_icon=theme.icon(), layout="wide", initial_sidebar_state="expanded")
page = frame.navigation()
context.spell_out(page)
context.sidebar()
frame.run(page)
