"""What a tuning run is: refused when it cannot be, and the same id for the same thing for ever."""

from dataclasses import asdict, replace

import pytest

from ptlib.base.errors import BadInput
from ptlib.models.spec import BackboneSpec
from ptlib.prompts.spec import TuneSettings, TuneSpec, default_settings, quick, recipe_of, settings_from
from ptlib.tasks.task import MASKED_LM, T5

SPEC = TuneSpec("demo/roberta-small", "demo/film_review", 0, TuneSettings())


def test_ids_of_stored_results_never_change() -> None:
    """Written down from the demo that is in the repository."""
    demo = replace(SPEC, settings=TuneSettings(lr=0.05, eval_every=10))
    assert (SPEC.settings.recipe, SPEC.id) == ("9a04d56c", "p4a9a9d4242")
    assert (demo.settings.recipe, demo.id, demo.started_from("p1").id) == ("12f49c51", "p595f0d83d8", "p7646b1553c")


def test_whatever_changes_a_number_changes_the_id() -> None:
    others = [replace(SPEC, seed=1), replace(SPEC, task="sst2"), replace(SPEC, data="here"), SPEC.started_from("p1")]
    others += [
        replace(SPEC, settings=replace(SPEC.settings, **{name: value})) for name, value in {"steps": 3, "patience": 1}.items()
    ]
    assert len({SPEC.id, *(other.id for other in others)}) == 7
    assert settings_from(asdict(SPEC.settings)) == SPEC.settings


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"steps": 0}, "steps is 0"),
        ({"lr": -1.0}, "lr is -1"),
        ({"prompt_length": 0}, "prompt length is 0"),
        ({"train_size": 0}, "train size is 0"),
        ({"dtype": "fp16"}, "'fp16'. Use fp32 or bf16"),
        ({"warmup": 1.0}, "warmup is 1.0, but it must be below 1"),
        ({"patience": -1}, "patience is -1, but it must be at least 0"),
        ({"init": "nothing"}, "nothing"),
    ],
)
def test_settings_that_cannot_be_are_refused(more: dict, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        TuneSettings(**more)


def test_a_negative_seed_and_an_unknown_setting_are_refused() -> None:
    with pytest.raises(BadInput, match="seed is -1"):
        replace(SPEC, seed=-1)
    with pytest.raises(BadInput, match="do not fit this version"):
        settings_from({"temperature": 1})


def test_local_data_are_another_recipe() -> None:
    assert recipe_of(SPEC.settings, None) == SPEC.settings.recipe
    assert recipe_of(SPEC.settings, "here").startswith(f"{SPEC.settings.recipe}-")
    assert recipe_of(SPEC.settings, "here") != recipe_of(SPEC.settings, "there")


def test_defaults_are_short_on_the_demo_and_the_papers_elsewhere() -> None:
    demo, other = (
        BackboneSpec(id="m", name="m", family=MASKED_LM, location="m", source=source) for source in ("embedded", "hub")
    )
    assert (default_settings(demo).prompt_length, default_settings(other).prompt_length) == (20, 100)
    assert default_settings(replace(other, family=T5)).lr > default_settings(other).lr


def test_the_quick_recipe_is_the_full_one_stopped_early_and_another_recipe() -> None:
    short = quick(SPEC.settings)
    assert replace(short, patience=0, fitted=None) == SPEC.settings, "so that its prompts are the full ones' at an earlier step"
    earlier = replace(SPEC.settings, validation_size=50, patience=2)
    assert len({SPEC.settings.recipe, short.recipe, replace(short, fitted=None).recipe, earlier.recipe}) == 4


def test_patience_begins_once_something_was_learned() -> None:
    patient, endless = TuneSettings(patience=2), TuneSettings()
    assert patient.is_over(2, untrained=0.5, best=0.7) and patient.is_over(3, untrained=0.5, best=0.7)
    assert not patient.is_over(1, untrained=0.5, best=0.7)
    assert not patient.is_over(9, untrained=0.5, best=0.55), "a plateau at the untrained level"
    assert not endless.is_over(9, untrained=0.5, best=0.9)


def test_patience_can_wait_for_the_training_loss() -> None:
    fitting = TuneSettings(patience=2, fitted=0.3)
    assert fitting.is_over(2, untrained=0.5, best=0.7, fit=0.2) and not fitting.is_over(1, untrained=0.5, best=0.7, fit=0.2)
    assert not fitting.is_over(9, untrained=0.5, best=0.7, fit=0.4), "a plateau in between"
    with pytest.raises(BadInput, match="fitted is 0"):
        TuneSettings(fitted=0.0)
