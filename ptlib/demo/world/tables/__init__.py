"""The world's words and sentence frames: one TOML file a subject, in this folder."""

import tomllib
from pathlib import Path
from typing import Any


def read(name: str) -> dict[str, Any]:
    """A table file by its key; lists are tuples, so that nobody changes the world by accident."""
    return _frozen(tomllib.loads(Path(__file__).with_name(f"{name}.toml").read_text(encoding="utf-8")))


def _frozen(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _frozen(inner) for key, inner in value.items()}
    return tuple(map(_frozen, value)) if isinstance(value, list) else value
