"""Which examples flip: the four quadrants, and what they say."""

import pandas as pd

from ptlib.transfer import flips
from ptlib.transfer.matrix import Cell, TransferMatrix


def test_flips_are_counted_by_quadrant_and_sorted_by_change() -> None:
    ids = ["1", "2", "3", "4"]
    own = pd.DataFrame(
        {"example_id": ids, "gold": "x", "predicted": "x", "score": [1, 1, 0, 0], "margin": [2.0, 1.0, -1.0, -2.0]}
    )
    reused = own.assign(score=[1, 0, 1, 0], margin=[2.5, -3.0, 1.0, -2.1])
    table = flips.join(own, reused, pd.DataFrame({"id": ids, "text_a": list("abcd"), "text_b": ""}))
    assert flips.counts(table) == {"lost": 1, "gained": 1, "both": 1, "neither": 1}
    assert list(table.id) == ["2", "3", "1", "4"] and list(table.quadrant[:2]) == ["lost", "gained"]


def test_the_sentence_says_what_is_lost_and_gained() -> None:
    assert "loses more than it gains" in flips.reading({"lost": 2, "gained": 1, "both": 3, "neither": 0})
    assert "exactly the same of the 3" in flips.reading({"lost": 0, "gained": 0, "both": 3, "neither": 0})
    assert "No example" in flips.reading(dict.fromkeys(flips.WORDS, 0))


def test_the_most_damaged_and_the_flipped_examples_come_first() -> None:
    table = pd.DataFrame({"id": list("abcd"), "quadrant": ["gained", "lost", "lost", "both"], "change": [3.0, -1.0, -2.0, -5.0]})
    assert list(flips.damaged(table).id) == ["c", "b"] and list(flips.flipped(table, 2).id) == ["a", "b"]


def test_prompts_are_paired_by_seed_and_a_reference_with_every_seed() -> None:
    def cell(source: str, seeds: tuple[int, ...]) -> Cell:
        names = tuple(f"{source}{seed}" for seed in seeds)
        return Cell(source=source, target="b", n_seeds=len(seeds), n_examples=1, score=0.5, seeds=seeds, run_ids=names)

    cells = (cell("b", (0, 1)), cell("a", (1, 2)), cell("hand_written", (0,)))
    matrix = TransferMatrix("m", "r", ("a", "b", "hand_written"), ("b",), cells)
    assert flips.prompt_pairs(matrix, "a", "b") == {1: ("b1", "a1")}
    assert flips.prompt_pairs(matrix, "hand_written", "b") == {0: ("b0", "hand_written0"), 1: ("b1", "hand_written0")}
    assert flips.prompt_pairs(matrix, "c", "b") == {}
