"""Ids that are the same on every machine: canonical JSON and its digest; records that carry a digest of themselves; folders
named by where they lie and what they hold (`/path@sha256:0123456789ab`), of which ids keep the content alone."""

import hashlib
import json
import math
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ptlib.base.errors import BadInput
from ptlib.base.files import folder_sha256

VERSION = 1
"""Raised when the meaning of a setting changes, so that old results are not mistaken for new ones."""


MOST_FILES = 10_000
"""Files and folders below a folder that is named by its content."""
CONTENT = "@sha256:"
"""Between the path and the checksum of a folder's name (`named`)."""
_PLACE = re.compile(rf'(?<=["|:])/(?:[^"\\]|\\.)*{CONTENT}(?=[0-9a-f]{{12}}")')
"""In canonical JSON: the path of a named folder, at the start of a text or after `prompt:`."""


def canonical(value: Mapping[str, Any]) -> str:
    """Canonical JSON: sorted keys, no spaces, no NaN."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False, ensure_ascii=True)


LATER: Mapping[str, Any] = {"fitted": None, "within": None}
"""Settings that came after results were stored, and what they were until then: ids leave that out, and so stay as they are."""


def digest(value: Mapping[str, Any], length: int = 10) -> str:
    """First hex digits of the SHA-256 of the canonical JSON, in which named folders are their content, wherever they lie."""
    return hashlib.sha256(_PLACE.sub(CONTENT, canonical(_as_ever(value))).encode()).hexdigest()[:length]


def _as_ever(value: Mapping[str, Any]) -> dict[str, Any]:
    """Without `LATER` settings that are as they were before there was a choice."""
    kept = {name: part for name, part in value.items() if name not in LATER or part != LATER[name]}
    return {name: _as_ever(part) if isinstance(part, Mapping) else part for name, part in kept.items()}


SEAL = "seal"
"""Key under which a record holds its own digest."""


def sealed(values: Mapping[str, Any]) -> dict[str, Any]:
    """A record with its digest, so that a change of it is noticed."""
    return {**values, SEAL: _seal(values)}


def is_intact(values: Mapping[str, Any]) -> bool:
    """Whether a record is as it was sealed; one without a seal, of an earlier version, counts as intact."""
    return values.get(SEAL) in (None, _seal(values))


def _seal(values: Mapping[str, Any]) -> str:
    told = canonical({name: _plain(value) for name, value in values.items() if name != SEAL})
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def _plain(value: Any) -> Any:
    """A value as it is after a way through JSON or a database: numbers are floats, what is no number is none."""
    if isinstance(value, str):  # most are
        return value
    if isinstance(value, bytes):
        return hashlib.sha256(value).hexdigest()
    if isinstance(value, (int, float)):
        return float(value) if math.isfinite(value) else None
    return value


def named(folder: Path) -> str:
    """The name of a folder as it is now. Raises BadInput when it holds no file, or far more than one would."""
    _check_size(folder)
    found = folder_sha256(folder)
    if found is None:
        raise BadInput(f"The folder {folder} holds no file that can be read. Name the folder that holds the files.")
    return f"{folder.resolve()}{CONTENT}{found[:12]}"


def _check_size(folder: Path) -> None:
    """Refuse to read a whole disk: `--data /` is a slip."""
    found = 0
    for _, folders, files in os.walk(folder):
        found += len(folders) + len(files)
        if found > MOST_FILES:
            raise BadInput(
                f"The folder {folder} holds more than {MOST_FILES:,} files. Name the folder that holds the data alone."
            )


def content_of(name: str) -> str:
    """What a named folder holds, wherever it lies; a name without a checksum is itself."""
    return name.rpartition(CONTENT)[2]


def path_of(name: str) -> str:
    """Where a named folder lies; a name without a checksum is that place."""
    return name.rpartition(CONTENT)[0] or name


def folder_of(name: str) -> Path:
    """The folder, which still holds what it held when it was named. Raises BadInput when it does not."""
    folder = Path(path_of(name))
    if CONTENT in name and not folder.is_dir():
        raise BadInput(
            f"The folder {folder} is not there any more. Put it back and resume the run, or start the command again with the "
            "place where it lies now."
        )
    if CONTENT in name and named(folder) != f"{folder.resolve()}{CONTENT}{name.rpartition(CONTENT)[2]}":
        raise BadInput(
            f"The folder {folder} was changed since this run was planned. Start the command again to use it as it is now."
        )
    return folder
