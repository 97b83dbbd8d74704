"""The errors a person may see. Each message says what happened, why, and what to do next.

Anything else that escapes is a defect of ours and is reported as one.
"""

import re
from collections.abc import Iterable
from difflib import get_close_matches


class PtlibError(Exception):
    """Base of all errors whose text is written for the user: shown word for word in the app and on the command line."""


class BadInput(PtlibError):
    """The request cannot be right: the message names the value, the reason and the way out (command line: exit status 2)."""


class NotAvailable(BadInput):
    """Right in itself, but not to be had here and now: offline, gated, a missing package."""


class Damaged(PtlibError):
    """A stored artefact does not match its checksum or its description; it is never used silently (exit status 2)."""


class RunFailed(PtlibError):
    """A run stopped before its end; what was saved stays saved (exit status 1)."""


class Cancelled(PtlibError):
    """A run was stopped on request."""


OUT_OF_MEMORY = (
    "Out of memory. Use a smaller batch, a shorter prompt or fewer seeds at once, close other programs, then start it again."
)
_NO_MEMORY = re.compile(
    r"out of memory|can(no|')t allocate memory|not enough memory|unable to allocate|ALLOC_FAILED|bad_alloc", re.IGNORECASE
)


def is_out_of_memory(error: BaseException) -> bool:
    """Whether memory ran out, on the CPU or a GPU, however the library that noticed says it."""
    named = isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError"
    return named or (isinstance(error, (RuntimeError, OSError)) and bool(_NO_MEMORY.search(str(error))))


def unknown(what: str, name: str, known: Iterable[str]) -> BadInput:
    """Build the error for an unknown name, with the closest known one."""
    names, name = sorted(set(known)), name if len(name) <= 100 else f"{name[:100]} ..."
    close = get_close_matches(name, names, n=1, cutoff=0.4)
    listed = f"Known: {', '.join(names[:8])}{' ...' if len(names) > 8 else ''}." if names else "There is none here yet."
    hint = f"Did you mean '{close[0]}'?" if close else listed
    return BadInput(f"Unknown {what} '{name}'. {hint}")
