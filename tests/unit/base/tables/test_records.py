"""JSON lines and arrays: the content decides, and each fault is told with its line."""

import json

import pytest

from ptlib.base.tables import Unreadable
from ptlib.base.tables.records import read_records

ROWS = [{"text": "a\u2028b", "label": 1}, {"text": "c", "label": None}]


@pytest.mark.parametrize("suffix", [".json", ".jsonl"])
def test_lines_and_arrays_hold_the_same_rows_and_know_their_places(suffix: str) -> None:
    lines = "\n".join(json.dumps(row, ensure_ascii=False) for row in ROWS)
    assert read_records("x", suffix, f"\n{lines}\n") == (ROWS, (2, 3), "line")
    assert read_records("x", suffix, json.dumps(ROWS)) == (ROWS, (1, 2), "row")


@pytest.mark.parametrize(
    ("suffix", "text", "words"),
    [
        (".json", '{"text": "a"\n}', "holds one object"),
        (".jsonl", '{"text": "a"}\n{"text": ', "line 2 is no JSON"),
        (".jsonl", '{"text": "a"}\n{"text": "b", "text": "c"}', "line 2 names 'text' twice"),
        (".jsonl", "3\n4", "must hold objects"),
        (".json", "[1, 2]", "must hold objects"),
        (".json", "[" * 100_000, "is no JSON"),
    ],
)
def test_each_fault_is_told_with_its_line(suffix: str, text: str, words: str) -> None:
    with pytest.raises(Unreadable, match=words):
        read_records("x", suffix, text)
