"""Lab: what to run, how, and what it costs; one click launches it."""

from pages.common import frame

frame.ensure()

from pages.common import parts  # noqa: E402
from pages.lab import parts as lab_parts  # noqa: E402

parts.header("Lab", "Run a piece of the map yourself. Nothing needs to be typed: choose a start, look at the cost, launch.")
lab_parts.form()
