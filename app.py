"""Entry point: page settings, the what-if context in the sidebar, navigation."""

from pages.common import context, frame

frame.settings()
page = frame.navigation()
context.spell_out(page)
context.sidebar(page)
frame.measure()
frame.run(page)
