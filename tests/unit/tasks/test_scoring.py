"""Scores of answers against numbers worked out by hand, and against the `rouge_score` library."""

import pytest
from rouge_score.rouge_scorer import RougeScorer

from ptlib.tasks.scoring import SCORERS, exact_match, normalise, token_f1


def test_the_normal_form_is_that_of_squad() -> None:
    assert normalise("  The  Cat, a dog -- an Owl! ") == "cat dog owl"
    assert normalise("Theatre anagram") == "theatre anagram"  # articles are words, not letters


@pytest.mark.parametrize(
    ("predicted", "targets", "exact", "f1"),
    [
        ("The red boat", ["red boat"], 1, 1),
        ("red", ["red boat"], 0, 2 / 3),  # precision 1, recall 1/2
        ("red red boat", ["red boat"], 0, 4 / 5),  # a repeated word counts as often as it is wanted
        ("green", ["red boat", "green!"], 1, 1),  # the best of the accepted answers
        ("boat", ["red"], 0, 0),
        ("", ["red"], 0, 0),
        ("the", ["a"], 1, 1),  # nothing is left of either
        ("red", [], 0, 0),
    ],
)
def test_exact_match_and_f1_by_hand(predicted: str, targets: list[str], exact: float, f1: float) -> None:
    assert exact_match(predicted, targets) == exact
    assert token_f1(predicted, targets) == pytest.approx(f1)


def test_rouge_by_hand_and_by_the_library() -> None:
    predicted, target = "anna and ben meet on monday", "ben and anna meet on friday"
    assert SCORERS["rouge_1"](predicted, [target]) == pytest.approx(5 / 6)  # all but the day
    assert SCORERS["rouge_2"](predicted, [target]) == pytest.approx(1 / 5)  # "meet on"
    assert SCORERS["rouge_l"](predicted, [target]) == pytest.approx(3 / 6)  # "and meet on" or "anna meet on"
    library = RougeScorer(["rouge1", "rouge2", "rougeL"]).score(target, predicted)
    for name, key in (("rouge_1", "rouge1"), ("rouge_2", "rouge2"), ("rouge_l", "rougeL")):
        assert SCORERS[name](predicted, ["nothing alike", target]) == pytest.approx(library[key].fmeasure)
        assert SCORERS[name](predicted, []) == SCORERS[name]("", [target]) == 0


@pytest.mark.parametrize(
    ("predicted", "target", "score"),
    [
        ("фильм был хорош", "фильм был плох", 2 / 3),
        ("这部电影很好", "这部电影很差", 5 / 6),
        ("فيلم جيد جدا", "فيلم جيد جدا", 1),
        ("यह फ़िल्म अच्छी है", "यह फ़िल्म बुरी है", 3 / 4),
        ("😀 😢", "😀", 2 / 3),
        ("Ünïcode", "ünïcode", 1),
        ("ก ข", "ก ค", 1 / 2),
        ("映画です", "映画だ", 4 / 7),
    ],
)
def test_rouge_reads_every_alphabet(predicted: str, target: str, score: float) -> None:
    assert SCORERS["rouge_1"](predicted, [target]) == pytest.approx(score)
    assert SCORERS["rouge_l"](target, [target]) == 1


def test_rouge_of_plain_english_is_the_librarys() -> None:
    library = RougeScorer(["rougeL"])
    for predicted, target in [("It's a well-known fact, no. 3!", "its a well known_fact (no 3)"), ("x", ""), ("A b", "a\tB\nc")]:
        assert SCORERS["rouge_l"](predicted, [target]) == library.score(target, predicted)["rougeL"].fmeasure
