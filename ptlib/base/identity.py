"""Ids that are the same on every machine: canonical JSON and its digest."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

VERSION = 1
"""Raised when the meaning of a setting changes, so that old results are not mistaken for new ones."""


def canonical(value: Mapping[str, Any]) -> str:
    """Canonical JSON: sorted keys, no spaces, no NaN."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False, ensure_ascii=True)


def digest(value: Mapping[str, Any], length: int = 10) -> str:
    """First hex digits of the SHA-256 of the canonical JSON."""
    return hashlib.sha256(canonical(value).encode()).hexdigest()[:length]
