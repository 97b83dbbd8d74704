"""Texts that are read as they stand, but that somebody hardly meant: signs for a missing value, and garbled letters."""

import re
from collections.abc import Iterable

_MISSING = re.compile(
    r"nan|NaN|NAN|null|NULL|Null|None|NONE|NA|N/A|n/a|<NA>|NaT|\\N|#(N/A|NA|REF!|VALUE!|NAME\?|DIV/0!|NUM!|NULL!)"
)
_BROKEN = re.compile(r"[\x80-\x84\x86-\x9f\ufffd]|[ÃÂ][\u00a0-\u00bf]|â€")
"""Control characters that no text has, the sign for an unreadable letter, and UTF-8 that was read as a Western encoding."""
MISSING, GARBLED = "missing_signs", "garbled_texts"
SAID = {
    MISSING: "hold only a sign for a missing value (NULL, nan, #N/A ...) where a text belongs; it is kept as a text",
    GARBLED: "hold garbled letters (as 'cafÃ©' for 'café'): saved, or read here, in a wrong encoding",
}


def doubt(texts: Iterable[str]) -> str:
    """What is odd about the texts of a row, a key of `SAID`; "" when nothing is."""
    found = ""
    for text in texts:
        if len(text) < 9 and _MISSING.fullmatch(text):
            return MISSING
        if not text.isascii() and is_garbled(text):
            found = GARBLED
    return found


def is_garbled(text: str) -> bool:
    """Whether letters were lost or mistaken on the way: typical signs, or a text that is UTF-8 once more when read so."""
    if _BROKEN.search(text):
        return True
    return any(_is_utf8_read_as(encoding, text) for encoding in ("cp1252", "latin-1"))


def _is_utf8_read_as(encoding: str, text: str) -> bool:
    try:
        return text.encode(encoding).decode() != text
    except UnicodeError:
        return False
