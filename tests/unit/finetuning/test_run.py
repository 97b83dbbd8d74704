"""A reference run on the demo, a few steps long: stored method by method, resumed, read back, and never mixed with prompts."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import load_file

from ptlib.base import paths
from ptlib.base.errors import BadInput, Cancelled, Damaged
from ptlib.base.progress import Silent
from ptlib.finetuning import run, stored
from ptlib.finetuning.kind import FINETUNE
from ptlib.finetuning.spec import FULL, LORA, METHODS, PROMPT, FineTuneSpec, default_spec, fit_id
from ptlib.models.registry import get_backbone
from ptlib.results import artefacts
from ptlib.results.catalogue import Catalogue
from ptlib.results.store import Store
from ptlib.runs.execution import execute
from ptlib.tasks import data
from ptlib.tasks.registry import get_task

BACKBONE = "demo/roberta-small"
pytestmark = pytest.mark.skipif(not (paths.DEMO / "backbones").exists(), reason="the demo's backbones are not in this checkout")


@pytest.fixture
def spec(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FineTuneSpec:
    """Two steps of every method, on an empty store, measured on a few examples."""
    monkeypatch.setenv("PTLIB_DEMO", str(paths.DEMO))
    monkeypatch.setenv("PTLIB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(run, "load_evaluation", lambda task, limit, *more: data.load_evaluation(task, 8, *more))
    spec = default_spec(get_backbone(BACKBONE), get_task("demo/film_snippet"))
    settings = replace(spec.settings, steps=2, batch_size=4, eval_every=1, validation_size=4, train_size=20)
    return replace(spec, settings=settings)


class StopAtSecond(Silent):
    """Asks to stop as soon as the second method has taken a step."""

    stop = False

    def phase(self, name: str, done: int, total: int) -> None:
        self.stop |= name == "LoRA" and done > 2

    def check(self) -> None:
        if self.stop:
            raise Cancelled("stopped")


def test_it_is_stored_method_by_method_and_goes_on(spec: FineTuneSpec) -> None:
    before = {row.id for row in Catalogue().prompt_rows(BACKBONE)}
    with pytest.raises(Cancelled):
        execute(spec, StopAtSecond(), "cpu")
    assert FINETUNE.missing(spec, Catalogue()) == (LORA, FULL) and stored.listing(Catalogue(), BACKBONE, spec.task) != [spec]
    assert Store().checkpoint_path(fit_id(spec, LORA)).exists()
    execute(spec, Silent(), "cpu")
    catalogue = Catalogue()
    assert FINETUNE.missing(spec, catalogue) == () and stored.listing(catalogue, BACKBONE, spec.task)[0] == spec
    assert not list(Store().checkpoint_path("x").parent.glob("*.ckpt"))
    found = stored.load(spec, catalogue)
    assert list(found) == list(METHODS) and all(list(one.curve["step"]) == [0, 1, 2] for one in found.values())
    for method, one in found.items():
        assert one.told["evaluation"]["n"] == 8 and one.told["threads"] >= 1 and one.told["seconds"] > 0, method
        assert one.told["trained"] * 4 <= one.told["bytes"] and one.origin == "own"
    assert {row.id for row in catalogue.prompt_rows(BACKBONE)} == before  # no soft prompt, so in no map, cluster or neuron set
    assert not any(entry.origin == "own" for entry in catalogue.entries(BACKBONE, warm=True)) and not catalogue.damaged()


def test_what_was_trained_is_delivered_in_the_libraries_formats(spec: FineTuneSpec, tmp_path: Path) -> None:
    spec = replace(spec, methods=(LORA, FULL))
    execute(spec, Silent(), "cpu")
    catalogue = Catalogue()
    for method in spec.methods:
        stored.deliver(spec, method, tmp_path / method, catalogue)
    config = json.loads((tmp_path / LORA / "adapter_config.json").read_text())
    assert (config["peft_type"], config["r"], config["base_model_name_or_path"]) == ("LORA", 8, BACKBONE)
    weights = load_file(tmp_path / LORA / "adapter_model.safetensors")
    assert sum(value.size for value in weights.values()) == stored.load(spec, catalogue)[LORA].told["trained"]
    with safe_open(tmp_path / FULL / "model.safetensors", framework="numpy") as file:
        assert json.loads(file.metadata()["spec"])["task"] == spec.task
    assert get_backbone(str(tmp_path / FULL)).width == 128  # a model like any other
    with pytest.raises(BadInput, match="exists already"):
        stored.deliver(spec, LORA, tmp_path / LORA, catalogue)
    with pytest.raises(BadInput, match="--method prompt"):
        stored.deliver(spec, PROMPT, tmp_path / "p", catalogue)
    stored.fits(spec, catalogue, artefacts.ADAPTER)[LORA].path.write_bytes(b"changed")
    with pytest.raises((BadInput, Damaged)):
        stored.deliver(spec, LORA, tmp_path / "again", Catalogue())


def test_large_weights_are_not_kept_and_that_is_said(spec: FineTuneSpec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "MOST_KEPT", 100_000)
    notes: list[str] = []

    class Notes(Silent):
        def note(self, message: str) -> None:
            notes.append(message)

    spec = replace(spec, methods=(FULL,))
    execute(spec, Notes(), "cpu")
    assert any("are not kept" in note for note in notes)
    assert FULL in stored.load(spec, Catalogue()) and not stored.fits(spec, Catalogue(), artefacts.ADAPTER)
    with pytest.raises(BadInput, match="were not kept"):
        stored.deliver(spec, FULL, tmp_path / "out", Catalogue())


def test_a_prompt_counts_its_own_numbers(spec: FineTuneSpec) -> None:
    execute(replace(spec, methods=(PROMPT,)), Silent(), "cpu")
    told = stored.load(replace(spec, methods=(PROMPT,)), Catalogue())[PROMPT].told
    assert told["trained"] == np.prod((spec.settings.prompt_length, 128))
