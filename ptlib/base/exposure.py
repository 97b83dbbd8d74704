"""What a visitor of the app may do: the read-only switch, the folders that may be named from a browser, how much may wait.

PTLIB_READ_ONLY=1     nothing is launched, changed, deleted, downloaded or probed, whoever asks
PTLIB_FOLDERS=A:B     folders below which a path typed into the app may lie; none when unset
PTLIB_MOST_WAITING=N  runs that one visitor may have waiting (default 20)

The doors that write, start processes or ask the network call these functions, so that a hand-made request meets them too.
"""

import os
from pathlib import Path

from ptlib.base import paths
from ptlib.base.errors import BadInput, NotAvailable

READ_ONLY, FOLDERS, MOST_WAITING = "PTLIB_READ_ONLY", "PTLIB_FOLDERS", "PTLIB_MOST_WAITING"
_OFF = ("", "0", "false", "no", "off")
WHY_READ_ONLY = (
    "Read-only: results can be looked at, but nothing is launched, changed, deleted, downloaded or probed here "
    f"({READ_ONLY} is set)."
)


def read_only() -> bool:
    """Whether the owner switched everything off but looking."""
    return os.environ.get(READ_ONLY, "").strip().lower() not in _OFF


def check_changes() -> None:
    """Called before a process is started, a question sent or a file removed. Raises NotAvailable in read-only mode."""
    if read_only():
        raise NotAvailable(f"{WHY_READ_ONLY} Ask whoever runs this app.")


def check_write(path: Path) -> None:
    """Called before a file is written: in read-only mode the cache stays as it is. Raises NotAvailable."""
    if read_only() and path.absolute().is_relative_to(paths.cache_dir().absolute()):
        check_changes()


def looks_like_path(text: str) -> bool:
    """Whether a name could mean a place on this machine rather than an id; the file system is not asked."""
    return text.startswith((".", "~")) or os.path.isabs(text) or "\\" in text or "\0" in text or text.count("/") > 1


def check_place(text: str) -> Path:
    """A path that a visitor typed, resolved; links cannot lead out of the owner's folders.

    Raises:
        BadInput: not below a folder of PTLIB_FOLDERS. The answer is the same whether the path exists or not.
    """
    if is_allowed(text):
        return Path(text).resolve()
    raise BadInput(
        f"A folder can be named in the app only below the folders that its owner named in {FOLDERS}"
        f"{'; none is named' if not _folders() else ''}. Set {FOLDERS} where the app is started, or use the command line."
    )


def is_allowed(text: str) -> bool:
    """Whether a path lies below one of the owner's folders."""
    try:
        real = Path(text).resolve()
    except (OSError, ValueError, RuntimeError):
        return False
    return any(real.is_relative_to(folder) for folder in _folders())


def _folders() -> tuple[Path, ...]:
    parts = map(str.strip, os.environ.get(FOLDERS, "").split(os.pathsep))
    return tuple(Path(os.path.expanduser(part)).resolve() for part in parts if part)


def most_waiting() -> int:
    """Runs that one visitor may have waiting."""
    given = os.environ.get(MOST_WAITING, "").strip()
    return int(given) if given.isdecimal() else 20
