"""Open a file that somebody brought: an ordinary one, of bearable size, in a known encoding; say what it seems to be instead."""

import re
import stat
from pathlib import Path

from ptlib.base.errors import BadInput

MAX_BYTES = 512 * 2**20
ENCODINGS = ("utf-8", "cp1252", "latin-1", "cp1251", "koi8-r", "gb18030", "shift_jis", "euc-kr")
_SIGNS = (
    (b"version https://git-lfs", "a git-lfs pointer, not the file itself. Run `git lfs pull` where it came from"),
    (b"PK\x05\x06", "an empty zip archive. Give the table itself"),
    (b"PK\x03\x04", 'a zip archive, as Excel workbooks (xlsx) are. Unpack it; in a spreadsheet save as "CSV UTF-8"'),
    (b"\xd0\xcf\x11\xe0", 'an old Excel workbook (xls). Save it in the spreadsheet as "CSV UTF-8"'),
    (b"\x1f\x8b", "compressed with gzip. Unpack it first"),
    (b"BZh", "compressed with bzip2. Unpack it first"),
    (b"\xfd7zXZ", "compressed with xz. Unpack it first"),
    (b"\x28\xb5\x2f\xfd", "compressed with zstd. Unpack it first"),
    (b"7z\xbc\xaf", "a 7z archive. Unpack it first"),
    (b"%PDF", "a PDF. Export its table as CSV"),
    (b"SQLite format 3", "an SQLite database. Export its table as CSV"),
    (b"ARROW1", "an Arrow file. Save it as Parquet"),
    (b"\x89HDF", "an HDF5 file. Save its table as CSV or Parquet"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"{\\rtf", "a text document (RTF). Save its table as CSV"),
    (b"\xff\xfe\x00\x00", "UTF-32. Save it as UTF-8"),
    (b"\xff\xfe", 'UTF-16. Save it as UTF-8 (in a spreadsheet: "CSV UTF-8")'),
    (b"\xfe\xff", 'UTF-16. Save it as UTF-8 (in a spreadsheet: "CSV UTF-8")'),
)
"""First bytes -> what the file is, and what to do."""
PARQUET = b"PAR1"
_PAGE = re.compile(rb"\s*(<!--.*?-->\s*)?<(!doctype html|html|head|body)\b", re.IGNORECASE | re.DOTALL)
_XML = re.compile(rb"\s*<(\?xml|(table|div|svg|rss|feed|error|!--)\b)", re.IGNORECASE)
_SNIFFED = 4096


class Unreadable(BadInput):
    """A file that is not what it claims to be; `code` says which check failed."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def file_bytes(path: Path, most: int = MAX_BYTES) -> bytes:
    """Content of an ordinary file of at most `most` bytes. Raises Unreadable; a pipe or device is never opened."""
    try:
        found = path.stat()
        if stat.S_ISDIR(found.st_mode):
            raise Unreadable("file", f"'{path.name}' is a folder, where a file belongs. Give the file itself.")
        if not stat.S_ISREG(found.st_mode):
            raise Unreadable("file", f"'{path.name}' is no ordinary file (a pipe or a device), so it is not opened. Give a file.")
        if found.st_size > most:
            raise Unreadable(
                "size",
                f"'{path.name}' has {found.st_size / 2**20:,.0f} MB; at most {most / 2**20:,.0f} MB are read. Use a part of it.",
            )
        return path.read_bytes()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise Unreadable("file", f"'{path.name}' cannot be opened ({reason}). Check the path.") from None


def file_text(path: Path, most: int = 4 * 2**20) -> str:
    """Text of a small UTF-8 file, with or without a byte-order mark. Raises Unreadable."""
    return decode(path.name, file_bytes(path, most))


def seems(data: bytes) -> str:
    """What a file is by its first bytes, with what to do; empty when nothing speaks against a text file."""
    start = data[:_SNIFFED].removeprefix(b"\xef\xbb\xbf")
    for sign, what in _SIGNS:
        if start.startswith(sign):
            return what
    if _PAGE.match(start):
        return "a web page (HTML): the address gave a page, not the file. Download the file itself"
    if _XML.match(start):
        return "XML or HTML. Save its table as CSV"
    return "UTF-16 without a mark. Save it as UTF-8" if _wide(start) else ""


def _wide(start: bytes) -> bool:
    """Whether every second byte is mostly zero, as in UTF-16 text of Western letters."""
    return any(len(part) >= 4 and part.count(0) > 0.6 * len(part) for part in (start[0::2], start[1::2])) and 0 in start


def decode(name: str, data: bytes, encoding: str = "utf-8") -> str:
    """Text of a file; a byte-order mark is dropped. Raises Unreadable naming what the file is, or the first bad line."""
    encoding = encoding.strip().lower()
    if encoding not in ENCODINGS:
        raise Unreadable("encoding", f"'{encoding}' is no encoding that is read here. Use one of: {', '.join(ENCODINGS)}.")
    if what := seems(data):
        raise Unreadable("encoding" if what.startswith("UTF") else "format", f"'{name}' is {what}.")
    if b"\0" in data:
        raise Unreadable("encoding", f"'{name}' holds zero bytes, so it is UTF-16 or no text file at all. Save it as UTF-8.")
    if encoding != "utf-8" and _is_utf8(data):
        raise Unreadable("encoding", f"'{name}' is UTF-8, not {encoding}: its texts would be garbled. Leave the encoding out.")
    try:
        return data.decode("utf-8-sig" if encoding == "utf-8" else encoding).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise Unreadable(
            "encoding",
            f"'{name}' is not {encoding}: line {line} holds the byte 0x{data[error.start]:02x}. "
            "Save it as UTF-8, or name its encoding in the form (often cp1252).",
        ) from None


def _is_utf8(data: bytes) -> bool:
    """Whether bytes beyond ASCII are there and all are UTF-8, which text of another encoding practically never is."""
    if data.isascii():
        return False
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True
