"""The kind of run: refused before anything is loaded, estimated, told as the command that gives the same run."""

from dataclasses import asdict, replace
from pathlib import Path

import pytest

from ptlib.base.errors import BadInput
from ptlib.cli import build_parser
from ptlib.cli.tuning import fine_tune_spec, methods_of
from ptlib.finetuning.kind import FINETUNE
from ptlib.finetuning.spec import LORA, METHODS, FineTuneSpec, default_spec
from ptlib.models.registry import get_backbone
from ptlib.results.catalogue import Catalogue
from ptlib.results.speeds import Speed
from ptlib.runs.kinds import KINDS, kind_of
from ptlib.tasks.registry import get_task

SPEC = default_spec(get_backbone("demo/roberta-small"), get_task("demo/film_snippet"))


def test_it_is_registered_and_its_spec_comes_back_from_json() -> None:
    assert kind_of(SPEC) is FINETUNE is KINDS["finetune"]
    assert FINETUNE.read({name: list(v) if isinstance(v, tuple) else v for name, v in asdict(SPEC).items()}) == SPEC


def test_every_method_is_missing_costs_its_steps_and_has_its_curve(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PTLIB_CACHE", str(tmp_path))
    todo = FINETUNE.missing(replace(SPEC, seed=77), Catalogue())
    assert todo == METHODS
    cost = FINETUNE.cost(SPEC, todo, lambda backbone, work: Speed(100.0, work))
    assert cost.seconds > 3 * SPEC.settings.steps * SPEC.settings.batch_size / 100 and cost.prompts_to_tune == 0
    assert list(FINETUNE.series(SPEC)) == [f"{SPEC.id}-{method}" for method in METHODS]
    assert FINETUNE.piece(SPEC) is None and FINETUNE.prompts(SPEC) == ()
    assert FINETUNE.needs(SPEC, todo).training == FINETUNE.needs(SPEC, todo).evaluation == (get_task(SPEC.task),)


@pytest.mark.parametrize(
    "spec",
    [
        SPEC,
        replace(SPEC, methods=(LORA,), rank=4, alpha=8, lora_lr=0.001, seed=3, settings=replace(SPEC.settings, steps=9)),
    ],
)
def test_the_command_gives_the_same_run(spec: FineTuneSpec) -> None:
    options = build_parser().parse_args(list(FINETUNE.command(spec)))
    assert fine_tune_spec(options, methods_of(options)).id == spec.id


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"backbone": "demo/nothing"}, "demo/nothing"),
        ({"task": "demo/nothing"}, "demo/nothing"),
        ({"task": "demo/fact_questions"}, "cannot run"),
        ({"settings": replace(SPEC.settings, prompt_length=255)}, "255"),
    ],
)
def test_what_cannot_run_is_refused_before_anything_is_loaded(more: dict, message: str) -> None:
    with pytest.raises(BadInput, match=message):
        FINETUNE.check(replace(SPEC, **more), Catalogue())


def test_on_several_devices_each_method_is_a_piece() -> None:
    parts = FINETUNE.parts(SPEC, METHODS, Catalogue())
    assert tuple(method for part in parts for method in part.todo) == METHODS
    assert parts[0].makes == {f"finetune {SPEC.id}-{METHODS[0]}", f"adapter {SPEC.id}-{METHODS[0]}"}
