"""What a reference run is: its id holds everything, and what cannot be is refused at once."""

from dataclasses import replace

import pytest

from ptlib.base.errors import BadInput
from ptlib.finetuning.spec import FULL, LORA, METHODS, PROMPT, RATES, FineTuneSpec, default_spec, fit_id, title
from ptlib.models.registry import get_backbone
from ptlib.prompts.spec import TuneSettings
from ptlib.tasks.registry import get_task

SPEC = FineTuneSpec("demo/roberta-small", "demo/film_snippet", 0, TuneSettings())


def test_whatever_changes_a_number_changes_the_id() -> None:
    others = [
        replace(SPEC, **{name: value})
        for name, value in {"seed": 1, "task": "demo/fairness", "methods": (LORA,), "rank": 4, "alpha": 8, "lora_lr": 1e-3,
                            "full_lr": 1e-3, "data": "x", "settings": TuneSettings(steps=3)}.items()
    ]  # fmt: skip
    assert len({SPEC.id, *(spec.id for spec in others)}) == 10
    assert SPEC.id == "fc5d4af692c"  # the same on every machine, for good
    assert len({fit_id(SPEC, method) for method in METHODS}) == 3 and "LoRA" in title(SPEC)


def test_each_method_has_its_own_rate_and_shares_the_rest() -> None:
    rated = {method: SPEC.rated(method) for method in METHODS}
    assert {method: one.lr for method, one in rated.items()} == {PROMPT: 0.05, LORA: 5e-3, FULL: 5e-4}
    assert len({replace(one, lr=1.0) for one in rated.values()}) == 1


def test_defaults_depend_on_the_backbone() -> None:
    small = default_spec(get_backbone("demo/roberta-small"), get_task("demo/film_snippet"))
    real = default_spec(get_backbone("FacebookAI/roberta-base"), get_task("sst2"))
    assert (small.lora_lr, small.full_lr) == RATES[True] and (real.lora_lr, real.full_lr) == RATES[False]


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"methods": ()}, "each must be given once"),
        ({"methods": (LORA, LORA)}, "each must be given once"),
        ({"methods": ("adapter",)}, "Unknown method 'adapter'"),
        ({"seed": -1}, "seed"),
        ({"rank": 0}, "rank"),
        ({"alpha": -1}, "alpha"),
        ({"lora_lr": 0.0}, "lora lr"),
        ({"full_lr": float("nan")}, "full lr"),
        ({"settings": TuneSettings(init="prompt:p1")}, "untrained prompt"),
        ({"settings": TuneSettings(dtype="bf16")}, "fp32"),
    ],
)
def test_what_cannot_be_is_refused(more: dict, message: str) -> None:
    with pytest.raises(BadInput, match=message):
        replace(SPEC, **more)
