"""Specs of projections: ids by content, the ladder of recipes, bad input with its message."""

from dataclasses import asdict, replace

import pytest

from ptlib.base.errors import BadInput
from ptlib.projection.spec import RECIPES, ProjectSpec, fold_id, recipe, title
from ptlib.results.kind import spec_from

ONE = recipe("a", "b", ("demo/film_snippet",))


def test_an_id_is_a_matter_of_content_alone() -> None:
    assert ONE.id == recipe("a", "b", ("demo/film_snippet",)).id and ONE.id.startswith("x")
    others: dict[str, object] = {"seed": 1, "noise": 0.1, "form": "flattened", "seeds": (0, 1), "limit": None}
    assert len({ONE.id, *(replace(ONE, **{name: value}).id for name, value in others.items())}) == 6
    assert spec_from(ProjectSpec, asdict(ONE)) == ONE
    assert fold_id(ONE, 2) == f"{ONE.id}-2"


def test_the_ladder_ends_with_the_default() -> None:
    ladder = [recipe("a", "b", ("demo/film_snippet",), name) for name in RECIPES]
    assert [spec.form for spec in ladder] == ["flattened"] * 4 + ["per_token"]
    assert [(spec.untrained, spec.others) for spec in ladder] == [
        (False, False),
        (False, False),
        (True, False),
        (True, True),
        (True, True),
    ]
    assert ladder[-1] == ONE and recipe("a", "b", ("x", "y")).steps > ONE.steps
    assert "film_snippet" in title(ONE)


def test_what_is_learned_from_prompts_is_held_out() -> None:
    assert ONE.fitted_seeds(1) == (0, 2)
    assert not ProjectSpec("a", "b", "vocabulary").learns_from_prompts
    assert not ProjectSpec("a", "b", "vocabulary").trains and ONE.trains


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"target": "a"}, "nothing has to be carried over"),
        ({"method": "magic"}, "Unknown method 'magic'"),
        ({"form": "round"}, "Unknown form"),
        ({"tasks": ()}, "Name at least one training task"),
        ({"seeds": (0,)}, "at least two seeds"),
        ({"seeds": (0, 0)}, "given once"),
        ({"steps": 0}, "steps is 0"),
        ({"lr": -1.0}, "lr is -1.0"),
        ({"noise": -0.5}, "neither may be negative"),
    ],
)
def test_bad_input_has_its_message(wrong: dict[str, object], message: str) -> None:
    with pytest.raises(BadInput, match=message):
        replace(ONE, **wrong)


def test_an_unknown_recipe_or_setting_is_refused() -> None:
    with pytest.raises(BadInput, match="Unknown recipe"):
        recipe("a", "b", ("t",), "best")
    with pytest.raises(BadInput, match="does not fit this version"):
        spec_from(ProjectSpec, {"source": "a", "target": "b", "magic": 1})
