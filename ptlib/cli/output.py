"""What commands print: tables and JSON on stdout, progress on stderr."""

import json
import os
import re
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from ptlib.base.errors import BadInput
from ptlib.base.files import write_atomically
from ptlib.base.progress import Silent


def emit_json(document: object) -> None:
    """Print one JSON document; numbers that do not exist are null."""
    json.dump(document, sys.stdout, ensure_ascii=False, indent=1, allow_nan=False)
    sys.stdout.write("\n")


def text(value: object) -> str:
    """A value in a table; a dash where there is none."""
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.3f}" if isinstance(value, float) else plain(str(value))


_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""Letters that a terminal acts on: escape sequences, and marks that turn the direction of a line."""


def plain(text: str) -> str:
    """A text from outside as a terminal may show it: what it would act on is spelled out."""
    return _CONTROLS.sub(lambda found: ascii(found[0])[1:-1], text)


def emit_table(rows: Iterable[Mapping[str, object]], columns: Sequence[str]) -> None:
    """Print rows under aligned headings."""
    lines = [tuple(columns), *(tuple(text(row[name]) for name in columns) for row in rows)]
    widths = [max(len(line[place]) for line in lines) for place in range(len(columns))]
    for line in lines:
        print("  ".join(field.ljust(width) for field, width in zip(line, widths, strict=True)).rstrip())


def emit(rows: Sequence[Mapping[str, object]], columns: Sequence[str], as_json: bool) -> None:
    """Print rows as JSON (a list of objects with exactly these keys) or as a table."""
    if as_json:
        emit_json([{name: row[name] for name in columns} for row in rows])
    else:
        emit_table(rows, columns)


def new_file(path: str) -> str:
    """A file that a command is told to write, checked before any work. Raises BadInput where none can be."""
    place = _place(path)
    if place.exists() and not place.is_file():
        raise BadInput(f"'{path}' is {'a folder' if place.is_dir() else 'no ordinary file'}, so no file is written there.")
    return path


def new_folder(path: str) -> str:
    """The same for a folder that is filled."""
    place = _place(path)
    if place.exists() and not place.is_dir():
        raise BadInput(f"'{path}' is no folder. Name a new one.")
    return path


def _place(path: str) -> Path:
    """A path whose nearest folder that is there can be written."""
    if not path.strip():
        raise BadInput("The place to write to has no name. Name a file or a folder, or leave the option out.")
    place = Path(path)
    try:
        place.exists()
        near = next(folder for folder in (place.absolute().parent, *place.absolute().parents) if folder.exists())
    except OSError as error:
        raise BadInput(f"'{path[:100]}' cannot be used ({error.strerror}). Name another place.") from None
    if not near.is_dir() or not os.access(near, os.W_OK | os.X_OK):
        raise BadInput(f"Nothing can be written to '{path}': {near} is {'read-only' if near.is_dir() else 'no folder'}.")
    return place


def write_text(path: str, content: str, said: str = "") -> None:
    """Write a file that was asked for, and say so with what it holds."""
    write_atomically(Path(path), content.encode())
    note(f"Wrote {path}{said and f': {said}'}.")


_SAID: set[str] = set()
"""What the person was told by this command already."""


def begin() -> None:
    """Forget what an earlier command of this process said."""
    _SAID.clear()


def note(message: str) -> None:
    """A message for the person, not for the next program."""
    _SAID.add(message)
    print(plain(message), file=sys.stderr)


class Terminal(Silent):
    """Progress on stderr: a bar on a terminal, a line a phase elsewhere; Ctrl-C stops."""

    def __init__(self) -> None:
        self._live = sys.stderr.isatty()
        self._phase, self._since, self._shown = "", time.monotonic(), 0.0

    def phase(self, name: str, done: int, total: int) -> None:
        """Show how far a phase is."""
        now = time.monotonic()
        if name != self._phase:
            self._phase, self._since = name, now
            if not self._live:
                note(f"{name} ...")
        if self._live and (done >= total or now - self._shown > 0.2):
            self._shown = now
            self._bar(name, done, total, now - self._since)

    def _bar(self, name: str, done: int, total: int, elapsed_s: float) -> None:
        share = done / total if total else 0.0
        left = f"{elapsed_s / share * (1 - share):4.0f} s left" if share else ""
        end = "\n" if total and done >= total else ""
        sys.stderr.write(f"\r{name:<20} {'█' * int(30 * share):<30} {done}/{total} {left:<12}{end}")
        sys.stderr.flush()

    def note(self, message: str) -> None:
        """Say what was left out or cut, once a command."""
        if message not in _SAID:
            note(message)
