"""A start is spelled as one word of text and taken apart in one place."""

import pytest

from ptlib.base.errors import BadInput
from ptlib.prompts.spec import TuneSettings, TuneSpec
from ptlib.prompts.start import Start


@pytest.mark.parametrize(
    ("spelled", "kind", "value"),
    [
        ("random", "random", ""),
        ("vocab", "vocab", ""),
        ("labels", "labels", ""),
        ("text:good: or bad", "text", "good: or bad"),
        ("text:", "text", ""),
        ("prompt:p0123", "prompt", "p0123"),
        ("prompt:/folder/with:colon", "prompt", "/folder/with:colon"),
        ("published", "published", ""),
        ("vocab:2", "vocab:2", ""),
    ],
)
def test_every_spelling_is_taken_apart_and_spelled_the_same_again(spelled: str, kind: str, value: str) -> None:
    start = Start.of(spelled)
    assert (start.kind, start.value, str(start)) == (kind, value, spelled)


def test_only_tuned_prompts_are_warm_and_only_what_can_be_made_again_is_untrained() -> None:
    told = {name: (Start.of(name).is_untrained, Start.of(name).is_warm) for name in ("vocab", "text:a", "prompt:p", "published")}
    assert told == {"vocab": (True, False), "text:a": (True, False), "prompt:p": (False, True), "published": (False, False)}


@pytest.mark.parametrize("spelled", ["", "published", "prompt:", "vocab:2", "untrained", "Text:a"])
def test_a_run_starts_from_nothing_else(spelled: str) -> None:
    with pytest.raises(BadInput, match="Unknown initialisation"):
        TuneSettings(init=spelled)


def test_ids_are_what_they_were_before_starts_had_a_type() -> None:
    spec = TuneSpec("demo/roberta-small", "demo/film_snippet", 0, TuneSettings())
    assert (spec.id, spec.settings.recipe, spec.started_from("p1").id) == ("pf502f4cc51", "9a04d56c", "padf106243a")
