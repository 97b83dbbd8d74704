"""Entry point: page settings, navigation, the page, and the what-if context in the sidebar."""

from pages.common import context, frame

frame.settings()
page = frame.navigation()
context.read()
frame.run(page)
context.sidebar(page)
frame.measure()
