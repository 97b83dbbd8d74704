"""When two texts are the same: in every alphabet, with what carries meaning kept."""

import pytest

from ptlib.tasks.task import Example
from ptlib.tasks.text_identity import fingerprint, plain


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("It was good.", "it was  GOOD"),
        ("It’s “fine”…", "it's 'fine'"),
        ("Не понравилось!", "не  понравилось."),
        ("很好！", "很好"),
        ("Straße", "STRASSE"),
        ("ﬁne", "fine"),
        ("caf\u00e9", "cafe\u0301"),
        ("ＡＢＣ", "abc"),
        ("so\u00adft", "soft"),
        ("a\u200eb", "ab"),
        ("❤\ufe0f", "❤"),
        ("نمی\u200cدانم", "نمیدانم"),
    ],
)
def test_copies_are_found(one: str, other: str) -> None:
    assert plain(one) == plain(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("x > 3", "x < 3"),
        ("x = y", "x != y"),
        ("-3 degrees", "3 degrees"),
        ("good 😀", "good 😢"),
        ("fine :)", "fine :("),
        ("fine :D", "fine D"),
        ("C++", "C#"),
        ("5 %", "5 $"),
        ("he left?", "he left."),
        ("3.5", "35"),
        ("...", "!!!"),
        ("отзыв один", "отзыв два"),
        ("这部电影很好", "这部电影很差"),
        ("فيلم جيد", "فيلم سيئ"),
        ("हिंदी", "हदी"),
        ("café", "cafe"),
        ("@anna", "anna"),
    ],
)
def test_what_differs_in_meaning_is_no_copy(one: str, other: str) -> None:
    assert plain(one) != plain(other)


def test_the_border_between_two_texts_counts() -> None:
    assert fingerprint(Example("1", "a b", "c")) != fingerprint(Example("2", "a", "b c"))
