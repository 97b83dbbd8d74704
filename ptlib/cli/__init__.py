"""The command line: every verb a page has. Results to stdout (a table, or one JSON document), messages to stderr.

Exit status: 0 done, 2 bad input (one line), 1 the run failed.
A module below this package adds verbs with `register(verbs)`; it imports what a verb needs inside the verb.
"""

import argparse
import os
import sys
import traceback
from collections.abc import Sequence
from importlib import import_module
from typing import NoReturn

from ptlib.base.errors import BadInput, PtlibError, unknown
from ptlib.cli.output import begin

MODULES = ("show", "tuning", "mapping", "hub", "queue", "similarity", "analyses", "project", "demo")
OK, FAILED, BAD_INPUT = 0, 1, 2


class Parser(argparse.ArgumentParser):
    """A parser whose complaints are one line and go the way of all other bad input."""

    def error(self, message: str) -> NoReturn:
        """Raise instead of printing the usage and ending the process."""
        raise BadInput(f"{message[:1].upper()}{message[1:]}. See `{self.prog} --help`.")


def build_parser() -> tuple[Parser, dict[str, Parser]]:
    """The whole command line, and its verbs by name."""
    parser = Parser(prog="python -m ptlib", description="Explore prompt transfer on frozen language models.", allow_abbrev=False)
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True, parser_class=Parser)
    for name in MODULES:
        import_module(f"ptlib.cli.{name}").register(verbs)
    return parser, verbs.choices


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    begin()
    try:
        parser, verbs = build_parser()
        if arguments and not arguments[0].startswith("-") and arguments[0] not in verbs:
            raise unknown("command", arguments[0], verbs)
        options = parser.parse_args(arguments)
        options.act(options)
        sys.stdout.flush()
    except BadInput as error:
        return _say(error, BAD_INPUT)
    except PtlibError as error:
        return _say(error, FAILED)
    except BrokenPipeError:  # the reader of our output has left, e.g. `head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
    except KeyboardInterrupt:
        return _say("Interrupted. Start the same command again to resume.", FAILED)
    except Exception as error:
        if os.environ.get("PTLIB_DEBUG"):
            traceback.print_exc()
        return _say(f"A defect in ptlib: {type(error).__name__}: {error}. Set PTLIB_DEBUG=1 for the trace and report it.", FAILED)
    return OK


def _say(message: object, status: int) -> int:
    print(" ".join(str(message).split()), file=sys.stderr)
    return status
