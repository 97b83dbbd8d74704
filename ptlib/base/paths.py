"""Where things lie on disk: the committed demo (read-only) and the user's store."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DEMO = ROOT / "cache" / "demo"


def cache_dir() -> Path:
    """Folder of the user's own runs: `PTLIB_CACHE`, else `cache/` beside the package."""
    return _named("PTLIB_CACHE") or ROOT / "cache"


def demo_dir() -> Path:
    """Folder of the committed demo: `PTLIB_DEMO` (tests), else `cache/demo`."""
    return _named("PTLIB_DEMO") or DEMO


def _named(variable: str) -> Path | None:
    """The folder that a variable names; a `~` that no shell has read is the home, and blanks alone name nothing."""
    text = os.environ.get(variable, "").strip()
    return Path(os.path.expanduser(text)) if text else None


def store_dir() -> Path:
    """Folder that holds the database, prompts, predictions, checkpoints and logs of own runs."""
    return cache_dir() / "store"
