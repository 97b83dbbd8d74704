"""The errors a person may see. Each message says what happened, why, and what to do next.

Anything else that escapes is a defect of ours and is reported as one.
"""

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


def unknown(what: str, name: str, known: Iterable[str]) -> BadInput:
    """Build the error for an unknown name, with the closest known one."""
    names, name = sorted(set(known)), name if len(name) <= 100 else f"{name[:100]} ..."
    close = get_close_matches(name, names, n=1, cutoff=0.4)
    listed = f"Known: {', '.join(names[:8])}{' ...' if len(names) > 8 else ''}." if names else "There is none here yet."
    hint = f"Did you mean '{close[0]}'?" if close else listed
    return BadInput(f"Unknown {what} '{name}'. {hint}")
