"""When are two texts the same? Asked for repeated rows, for leaks between splits, and for texts that two tasks share.

Compared is Unicode text in NFKC, case folded, without blanks, invisible letters and the punctuation of sentences. What
carries meaning stays: symbols and emoji, %, #, @, question marks, a minus before a digit, operators and emoticons.
"""

import re
import unicodedata
from collections.abc import Sequence

from ptlib.tasks.task import Example

_MEANING = frozenset("%#@&*/\\?؟¿§†‰")
"""Punctuation that is kept wherever it stands; all symbols (Unicode S*) are kept, too."""
_EMOTICON = re.compile(r"(?<!\w)[:;=][\-'^o]?[()\[\]{}|/\\<>*DPpOo3](?!\w)")
_OPERATORS = ((re.compile(r"(?<!\w)[-\u2212\u2013](?=\d)"), "\u2212"), (re.compile("!="), "\u2260"))
"""A minus is told from a hyphen, "is not" from an exclamation."""


_SHORT = 24
"""Letters of a second text that is none of its own, like the name of an aspect."""


class _Letters(dict[int, str]):
    """What becomes of each letter, looked up once."""

    def __missing__(self, code: int) -> str:
        letter, kind = chr(code), unicodedata.category(chr(code))
        if kind == "Cf" or 0xFE00 <= code <= 0xFE0F:  # joiners, marks of direction, soft hyphens, variants of one sign
            self[code] = ""
        elif kind[0] == "S" or letter in _MEANING:
            self[code] = f" {letter} "
        else:
            self[code] = " " if kind[0] == "P" else letter
        return self[code]


_LETTERS = _Letters()


def fingerprint(example: Example) -> str:
    """Both texts of an example in the form in which copies are equal, one a line."""
    return f"{plain(example.text_a)}\n{plain(example.text_b)}"


def plain(text: str) -> str:
    """A text in the form in which copies are equal, whatever alphabet it is in."""
    text = unicodedata.normalize("NFKC", text)
    faces = _EMOTICON.findall(text)
    text = unicodedata.normalize("NFKC", text.casefold())
    for pattern, sign in _OPERATORS:
        text = pattern.sub(sign, text)
    return " ".join([*text.translate(_LETTERS).split(), *faces]) or text.strip()  # "..." is not "!!!"


def text_groups(examples: Sequence[Example]) -> list[int]:
    """A number for each example, equal where examples share a text, directly or through others.

    Second texts of at most 24 letters (the aspect of a sentence) are no texts in this sense.
    """
    parent = list(range(len(examples)))

    def root(place: int) -> int:
        while parent[place] != place:
            parent[place] = parent[parent[place]]
            place = parent[place]
        return place

    owners: dict[str, int] = {}
    for place, example in enumerate(examples):
        for text in (example.text_a, example.text_b if len(example.text_b) > _SHORT else ""):
            if key := _rough(text):
                parent[root(place)] = root(owners.setdefault(key, place))
    return [root(place) for place in range(len(examples))]


def _rough(text: str) -> str:
    """Letters and digits of a text; cheaper than `plain`, and equal wherever that is equal."""
    return re.sub(r"[\W_]+", " ", unicodedata.normalize("NFKC", text.casefold())).strip() or text.strip()
