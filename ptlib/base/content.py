"""Folders named by where they lie and what they hold: `/path@sha256:0123456789ab`.

Ids keep the content alone (`ptlib.base.identity`): a folder that moved gives the same ids, one that was edited others.
"""

from pathlib import Path

from ptlib.base.errors import BadInput
from ptlib.base.files import folder_sha256
from ptlib.base.identity import CONTENT


def named(folder: Path) -> str:
    """The name of a folder as it is now. Raises BadInput when it holds no file."""
    found = folder_sha256(folder)
    if found is None:
        raise BadInput(f"The folder {folder} holds no file that can be read. Name the folder that holds the files.")
    return f"{folder.resolve()}{CONTENT}{found[:12]}"


def path_of(name: str) -> str:
    """Where a named folder lies; a name without a checksum is that place."""
    return name.rpartition(CONTENT)[0] or name


def folder_of(name: str) -> Path:
    """The folder, which still holds what it held when it was named. Raises BadInput when it does not."""
    folder = Path(path_of(name))
    if CONTENT in name and named(folder) != f"{folder.resolve()}{CONTENT}{name.rpartition(CONTENT)[2]}":
        raise BadInput(
            f"The folder {folder} was changed since this run was planned. Start the command again to use it as it is now."
        )
    return folder
