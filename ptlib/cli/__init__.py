"""The command line: every verb a page has. Results to stdout (a table, or one JSON document), messages to stderr.

Exit status: 0 done, 2 bad input or a damaged file (one line), 1 the run failed.
A module below this package adds its verbs with `register(verbs)`; only the module of the verb that is asked for is loaded.
"""

import argparse
import errno
import os
import sys
import traceback
from collections.abc import Sequence
from importlib import import_module
from typing import NoReturn

from ptlib.base.errors import OUT_OF_MEMORY, BadInput, Damaged, PtlibError, is_out_of_memory, unknown
from ptlib.cli.output import begin, plain

MODULES = {
    "show": ("doctor", "tasks", "backbones"),
    "tuning": ("tune", "evaluate", "warm"),
    "mapping": ("transfer", "export"),
    "hub": ("import", "push"),
    "queue": ("runs", "cancel", "resume", "delete", "leave-out", "bring-back", "worker", "predictor", "plan"),
    "similarity": ("similarity", "compare"),
    "analyses": ("neurons", "mask", "cluster", "alone"),
    "project": ("project",),
    "demo": ("demo",),
}
"""Module -> its verbs."""
OK, FAILED, BAD_INPUT = 0, 1, 2
_FULL = (errno.ENOSPC, errno.EDQUOT)
_PLACES = (
    *(errno.EACCES, errno.EPERM, errno.EROFS, errno.EISDIR, errno.ENOTDIR, errno.EEXIST, errno.ENOENT),
    *(errno.ENAMETOOLONG, errno.ELOOP, errno.EINVAL, errno.EIO, errno.ENXIO, errno.ENODEV, errno.EBUSY),
)
"""What the file system says of a place that cannot be what a command needs."""
LONGEST = 4096
"""Characters of one argument."""


class Parser(argparse.ArgumentParser):
    """A parser whose complaints are one line and go the way of all other bad input."""

    def error(self, message: str) -> NoReturn:
        """Raise instead of printing the usage and ending the process."""
        raise BadInput(f"{message[:1].upper()}{message[1:]}. See `{self.prog} --help`.")


def build_parser(verb: str | None = None) -> Parser:
    """The command line with the verbs of one verb's module, or with all."""
    parser = Parser(prog="python -m ptlib", description="Explore prompt transfer on frozen language models.", allow_abbrev=False)
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True, parser_class=Parser)
    for name, brought in MODULES.items():
        if verb is None or verb in brought:
            import_module(f"ptlib.cli.{name}").register(verbs)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    begin()
    try:
        for argument in arguments:
            _check_argument(argument)
        options = build_parser(_verb_of(arguments)).parse_args(arguments)
        options.act(options)
        sys.stdout.flush()
    except (BadInput, Damaged) as error:
        return _say(error, BAD_INPUT)
    except PtlibError as error:
        return _say(error, FAILED)
    except BrokenPipeError:  # the reader of our output has left, e.g. `head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
    except KeyboardInterrupt:
        return _say("Interrupted. Start the same command again to resume.", FAILED)
    except Exception as error:
        if is_out_of_memory(error):
            return _say(OUT_OF_MEMORY, FAILED)
        if isinstance(error, OSError) and error.errno in _FULL:
            return _say("The disk is full: nothing half-written is left. Free some space and start the command again.", FAILED)
        if isinstance(error, OSError) and error.errno in _PLACES:
            return _say(_unusable(error), BAD_INPUT)
        if os.environ.get("PTLIB_DEBUG"):
            traceback.print_exc()
        return _say(f"A defect in ptlib: {type(error).__name__}: {error}. Set PTLIB_DEBUG=1 for the trace and report it.", FAILED)
    return OK


def _verb_of(arguments: Sequence[str]) -> str | None:
    """The verb that is asked for; None where the whole command line is. Raises BadInput for an unknown one."""
    if not arguments or arguments[0].startswith("-"):
        return None
    known = [verb for verbs in MODULES.values() for verb in verbs]
    if arguments[0] not in known:
        raise unknown("command", arguments[0], known)
    return arguments[0]


def _unusable(error: OSError) -> str:
    """The file system refuses a place that was named."""
    place = f"'{str(error.filename)[:100]}'" if error.filename else "What was named"
    return f"{place} cannot be used ({error.strerror}). Name another place, or change who may use it."


def _check_argument(argument: str) -> None:
    """Refuse what no name, path or number can be. Raises BadInput."""
    if len(argument) > LONGEST:
        raise BadInput(f"An argument has {len(argument):,} characters: '{argument[:40]} ...'. At most {LONGEST:,} are read.")
    if "\0" in argument or (not argument.isascii() and argument != argument.encode(errors="ignore").decode()):
        raise BadInput(f"The argument {ascii(argument)[:80]} holds a character that no name can hold. Correct it.")


def _say(message: object, status: int) -> int:
    text = plain(" ".join(str(message).split()).encode(errors="backslashreplace").decode())
    print(text if len(text) <= 2 * LONGEST else f"{text[:LONGEST]} ...", file=sys.stderr)
    return status
