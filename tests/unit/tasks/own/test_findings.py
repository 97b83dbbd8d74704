"""A finding says how many rows are concerned, names the first of them, and takes other braces for letters."""

from ptlib.tasks.own.findings import about_rows


def test_one_row_and_many_rows_are_said_in_their_number() -> None:
    one = about_rows("note", "empty", "{count}: {rows}", [7], "line")
    assert (one.message, one.rows, one.count, one.severity) == ("1 row: line 7", (7,), 1, "note")
    many = about_rows("warning", "empty", "{count} {x}: {rows}", range(1, 101), "row")
    assert many.message == "100 rows {x}: rows 1, 2, 3, 4, 5 ..." and many.rows == tuple(range(1, 21)) and many.count == 100
