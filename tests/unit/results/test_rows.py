"""An index is the union of its places; entries are read as they were written."""

from pathlib import Path

import numpy as np

from ptlib.base.files import Kept
from ptlib.prompts.record import Prompt
from ptlib.prompts.spec import TuneSettings
from ptlib.results.rows import STORED_ENTRY, Index, TensorFile, entry_of, examples_digest, recipes_of


def test_of_two_places_the_second_wins_a_prompt_and_both_give_entries_and_recipes() -> None:
    settings = TuneSettings()
    place = {name: TensorFile(Path(name), "x", Kept(Path(name), "")) for name in ("demo", "own")}
    demo = Index({"a": Prompt("a", "x", "t", 0, origin="demo")}, values={"a": place["demo"]}, recipes={("x", "r"): settings})
    own = Index({"a": Prompt("a", "x", "t", 0, origin="own")}, values={"a": place["own"]}, recipes={("x", "s"): settings})
    both = demo | own
    assert both.prompts["a"].origin == "own" and both.values["a"] is place["own"]
    assert set(both.recipes) == {("x", "r"), ("x", "s")}


def test_an_entry_holds_the_scores_of_its_row_and_cannot_be_written() -> None:
    scores = np.array([0, 1, 0.5], "<f4")
    row = dict.fromkeys(STORED_ENTRY, "x") | {"init": "prompt:p1", "vector": scores.tobytes()}
    entry = entry_of(row, "demo", Kept(Path("file"), ""))
    assert np.array_equal(entry.scores, scores) and not entry.scores.flags.writeable and entry.is_warm


def test_warm_starts_are_no_recipe_of_a_map_and_the_order_of_examples_counts() -> None:
    rows = [
        {"backbone": "x", "recipe": recipe, "settings": {"init": init}} for recipe, init in (("r", "vocab"), ("w", "prompt:p"))
    ]
    assert recipes_of(rows) == {("x", "r"): TuneSettings(init="vocab")}
    assert examples_digest(["a", "b"]) != examples_digest(["b", "a"])
