"""Where things lie on disk: the committed demo (read-only) and the user's store."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DEMO = ROOT / "cache" / "demo"


def cache_dir() -> Path:
    """Folder of the user's own runs: `PTLIB_CACHE`, else `cache/` beside the package."""
    return Path(os.environ.get("PTLIB_CACHE") or ROOT / "cache")


def demo_dir() -> Path:
    """Folder of the committed demo: `PTLIB_DEMO` (tests), else `cache/demo`."""
    return Path(os.environ.get("PTLIB_DEMO") or DEMO)


def store_dir() -> Path:
    """Folder that holds the database, prompts, predictions, checkpoints and logs of own runs."""
    return cache_dir() / "store"
