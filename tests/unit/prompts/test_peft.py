"""An export is delivered only when stock PEFT computes the same with it."""

from pathlib import Path

import numpy as np
import pytest

from ptlib.base.errors import BadInput, RunFailed
from ptlib.models.load import FrozenModel, load_model
from ptlib.models.registry import get_backbone
from ptlib.prompts import peft
from ptlib.prompts.peft import TOLERANCE, export_adapter
from ptlib.prompts.record import Prompt
from ptlib.prompts.soft import CONFIG, INFO, WEIGHTS, SoftPrompt
from tests.fixtures import tiny_models

pytestmark = pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing`:FutureWarning")  # peft's own call


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, FrozenModel]:
    root = tmp_path_factory.mktemp("models")
    return {kind: load_model(get_backbone(tiny_models.make(root / kind, kind))) for kind in ("roberta", "t5")}


def prompt(frozen: FrozenModel, seed: int = 0, width: int = 16) -> SoftPrompt:
    values = np.random.default_rng(seed).normal(0, 0.5, (4, width)).astype(np.float32)
    return SoftPrompt(values, Prompt(f"p{seed}", frozen.spec.id, "sst2", seed))


@pytest.mark.parametrize("kind", ["roberta", "t5"])
def test_the_adapter_lies_there_and_says_how_near_peft_came(models: dict[str, FrozenModel], tmp_path: Path, kind: str) -> None:
    done = export_adapter(prompt(models[kind]), models[kind], tmp_path / "out")
    assert sorted(path.name for path in tmp_path.rglob("*") if path.is_file()) == [CONFIG, WEIGHTS, INFO]
    assert done.difference <= TOLERANCE["fp32"] and done.generated == (3 if kind == "t5" else 0)
    assert "Read back by PEFT" in str(done) and ("generated texts" in str(done)) == (kind == "t5")
    assert SoftPrompt.load(tmp_path / "out").info.extra["family"] == models[kind].spec.family


def test_another_computation_and_another_prompt_are_refused(
    models: dict[str, FrozenModel], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    frozen = models["roberta"]
    export_adapter(prompt(frozen), frozen, tmp_path / "out")
    with pytest.raises(BadInput, match="another prompt already"):
        export_adapter(prompt(frozen, seed=1), frozen, tmp_path / "out")
    with pytest.raises(BadInput, match=r"\[4, 8\].*needs \[P, 16\]"):
        export_adapter(prompt(frozen, width=8), frozen, tmp_path / "narrow")
    ours = peft.label_log_probs
    monkeypatch.setattr(peft, "label_log_probs", lambda *arguments: ours(*arguments) + 1e-3)
    with pytest.raises(RunFailed, match="PEFT computes something else"):
        export_adapter(prompt(frozen), frozen, tmp_path / "wrong")
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
