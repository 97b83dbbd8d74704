"""Runs: the queue, what is running, and what became of the rest."""

from pages.common import parts
from pages.runs import parts as runparts

parts.header("Runs", "Follow what is running, and come back to what has ended. A reload or a restart loses nothing.")
runparts.page()
