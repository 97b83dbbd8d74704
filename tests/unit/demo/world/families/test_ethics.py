"""A reason fits exactly when it belongs to the role, request, habit or merit, by the tables."""

import random

import pytest

from ptlib.demo.world.families import ethics
from ptlib.demo.world.families.base import a
from ptlib.demo.world.families.words import CLOSE, DUTIES, EXCUSES, MERITS


def fits(text: str, table: dict[str, tuple[str, ...]], shown=lambda key: key) -> bool:
    """Whether a text names a key of the table and one of its reasons."""
    return any(shown(key) in text and any(reason in text for reason in reasons) for key, reasons in table.items())


@pytest.mark.parametrize(
    ("kind", "table", "shown"),
    [(ethics.duty, DUTIES, a), (ethics.excuse, EXCUSES, str), (ethics.merit, MERITS, str)],
    ids=["duty", "excuse", "merit"],
)
def test_the_label_says_whether_the_reason_fits(kind, table, shown) -> None:
    rng = random.Random(1)
    for number in range(300):
        text = kind(rng, number % 2)
        assert fits(text, table, shown) == bool(number % 2), text
        assert "{" not in text and text.islower() and text.endswith(" .")


def test_what_might_pass_as_a_reason_is_never_a_wrong_one() -> None:
    rng = random.Random(2)
    for than in DUTIES:
        drawn = {ethics._elsewhere(rng, tuple(DUTIES), than) for _ in range(200)}
        assert than not in drawn and not any(frozenset((than, key)) in CLOSE for key in drawn) and len(drawn) >= 8


def test_facts_are_true_by_the_tables() -> None:
    rng = random.Random(3)
    facts = [ethics.facts(rng) for _ in range(200)]
    assert all("{" not in fact for fact in facts)
    duties = [fact for fact in facts if " should " in fact]
    assert duties and all(fits(fact.replace(" the ", " my "), DUTIES) or fits(fact, DUTIES) for fact in duties)
