"""JSON lines and JSON arrays -> objects. Lines end at a line feed alone: U+2028 and U+0085 are letters inside a text."""

import json
from typing import Any

from ptlib.base.tables.opening import Unreadable

_WANTED = 'like {"text": "...", "label": "..."}'


def read_records(name: str, suffix: str, text: str) -> tuple[list[dict[str, Any]], tuple[int, ...], str]:
    """(objects, place of each, "line" or "row"). The content decides between one array and one object a line.

    Raises:
        Unreadable: no JSON, no objects, or an object that names an entry twice; with its line.
    """
    if text.lstrip()[:1] == "[":
        values = _json(name, text, 0)
        return _objects(name, values), tuple(range(1, len(values) + 1)), "row"
    if suffix == ".json" and _is_one_object(text):
        raise Unreadable("rows", f"'{name}' holds one object. It must hold a list of objects {_WANTED}, one for each row.")
    lines = text.split("\n") if "\n" in text else text.split("\r")
    kept = [(number, line) for number, line in enumerate(lines, 1) if line.strip()]
    return _objects(name, [_json(name, line, number) for number, line in kept]), tuple(number for number, _ in kept), "line"


def is_json(text: str) -> bool:
    """Whether a text is JSON whatever it is called: its first line is an object, or it is a list of objects."""
    start = text.lstrip()
    try:
        return (start[:1] == "{" and isinstance(json.loads(start.split("\n", 1)[0]), dict)) or (
            start[:1] == "[" and start[1:].lstrip()[:1] == "{" and isinstance(json.loads(start), list)
        )
    except (ValueError, RecursionError):
        return False


def _is_one_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False


def _json(name: str, text: str, line: int) -> Any:
    place = f" line {line}" if line else ""
    try:
        return json.loads(text, object_pairs_hook=_once)
    except KeyError as error:
        raise Unreadable("rows", f"'{name}'{place} names {error} twice in one object. Give each entry its own name.") from None
    except (ValueError, RecursionError) as error:
        raise Unreadable("rows", f"'{name}'{place} is no JSON ({str(error)[:80]}). Write one object per line.") from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose names differ; the last of equal ones would silently win. Raises KeyError."""
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        raise KeyError(next(name for name in names if names.count(name) > 1))
    return found


def _objects(name: str, values: Any) -> list[dict[str, Any]]:
    if not isinstance(values, list) or not all(isinstance(value, dict) for value in values):
        raise Unreadable("rows", f"'{name}' must hold objects {_WANTED}, one for each row.")
    return values
