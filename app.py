"""Entry point: page settings, the what-if context in the sidebar, navigation."""

from pages.common import context, frame

frame.settings()
page = frame.navigation()
context.sidebar(page)
frame.run(page)
frame.measure()
