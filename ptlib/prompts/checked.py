"""The types of what stands in a prompt's own record, which anybody may have written."""

from collections.abc import Mapping
from typing import Any

from ptlib.base.errors import BadInput

_TEXTS = ("id", "backbone", "task", "recipe", "init", "layout", "template", "created")
_NUMBERS = ("seed", "prompt_length", "width", "step")


def check_record(values: Mapping[str, Any], where: object) -> None:
    """Refuse a record with a value of the wrong kind, before anything is done with it. Raises BadInput."""
    wrong = [name for name in _TEXTS if name in values and not isinstance(values[name], str)]
    wrong += [name for name in _NUMBERS if name in values and not _is_number(values[name])]
    words = values.get("label_words", ())
    wrong += [] if isinstance(words, (list, tuple)) and all(isinstance(word, str) for word in words) else ["label_words"]
    wrong += [] if isinstance(values.get("extra", {}), Mapping) else ["extra"]
    if wrong:
        shown = str(values[wrong[0]])[:40]
        raise BadInput(f"{where} says {wrong[0]}: {shown}, which is of the wrong kind. Correct it, or make the prompt again.")


def _is_number(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**63
