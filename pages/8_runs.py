"""Runs: the queue, what is running, and what became of the rest."""

from pages.common import frame

frame.ensure()

from pages.common import parts  # noqa: E402
from pages.runs import parts as run_parts  # noqa: E402

parts.header("Runs", "Follow what is running, and come back to what has ended. A reload or a restart loses nothing.")
run_parts.page()
