"""Cells as text and as answers, by one rule; what is neither is refused with its place."""

from datetime import date
from decimal import Decimal

import pytest

from ptlib.base.tables import Unreadable, as_answers, as_text, check_spelled, shown


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (float("nan"), ""),
        ("  a b ", "a b"),
        (True, "true"),
        (False, "false"),
        (1900, "1900"),
        (1900.0, "1900"),
        (0.1, "0.1"),
        (b"caf\xc3\xa9", "café"),
        (Decimal("1.50"), "1.5"),
        (date(2026, 1, 2), "2026-01-02"),
    ],
)
def test_a_cell_becomes_text_by_rule(value: object, text: str) -> None:
    assert as_text(value, "c", "line 1") == text == shown(value)


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (b"caf\xe9", "bytes that are no UTF-8"),
        (["a", "b"], "a list"),
        ({"a": 1}, "an object"),
        (float("inf"), "an infinite number"),
        (10**4000, "more than 40 digits"),
        (object(), "type object"),
        ("a" * 1_000_001, "1,000,001 characters"),
        ("a\ud800b", "surrogate"),
    ],
)
def test_what_is_no_text_is_refused_with_its_place(value: object, says: str) -> None:
    with pytest.raises(Unreadable) as error:
        as_text(value, "words", "line 7 of 'a.jsonl'")
    assert says in str(error.value) and "'words'" in str(error.value) and "line 7" in str(error.value)


@pytest.mark.parametrize("cell", ["\u200b", " \u2060\ufeff ", "\u00ad\u00a0", "\u200e"])
def test_a_cell_in_which_there_is_nothing_to_be_seen_is_empty(cell: str) -> None:
    assert as_text(cell, "c", "line 1") == "" and as_text(f"a{cell}b", "c", "line 1") == f"a{cell}b"


def test_answers_are_texts_lists_or_squads_object() -> None:
    assert as_answers(1900, "a", "line 1") == ("1900",) and as_answers(True, "a", "line 1") == ("true",)
    assert as_answers([1, "one", None, 1.0], "a", "line 1") == ("1", "one")
    assert as_answers({"text": ["x", "x"], "answer_start": [1, 2]}, "a", "line 1") == ("x",)
    assert as_answers(None, "a", "line 1") == as_answers([], "a", "line 1") == ()
    for value in ({"start": 1}, [["a"]], [{"text": "a"}]):
        with pytest.raises(Unreadable, match="line 1"):
            as_answers(value, "a", "line 1")


@pytest.mark.parametrize(
    "cell",
    [
        "b'good'",
        "['a', 'b']",
        '["a"]',
        "{'text': ['x'], 'answer_start': [0]}",
        "array(['a'], dtype=object)",
        "<x.Y object at 0x7f0a>",
    ],
)
def test_lists_and_bytes_that_were_written_out_as_text_are_refused(cell: str) -> None:
    with pytest.raises(Unreadable, match=r"Column 'c' holds lists, objects or bytes .* written out as text"):
        check_spelled("c", [None, cell, "", f" {cell} "])
    for plain in ("a", "[sic] a", "b 'quoted'", "it's {odd}", "[1] see", 7, None):
        check_spelled("c", [cell, plain if plain is not None else "a", cell])
    check_spelled("c", [])
