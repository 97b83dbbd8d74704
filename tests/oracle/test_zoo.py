"""Every accepted model type, all sizes different, goes the whole way: tune, evaluate, alone, neurons, mask, export, PEFT."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from ptlib.analysis.alone.reading import read_alone
from ptlib.analysis.masking import dose_response
from ptlib.analysis.neurons import capture_all
from ptlib.base.errors import BadInput
from ptlib.base.progress import Silent
from ptlib.models.forward import mask_logits
from ptlib.models.load import FrozenModel, load_model
from ptlib.models.positions import lay_out
from ptlib.models.registry import get_backbone
from ptlib.models.spec import MASKED_LM_TYPES, T5_TYPES
from ptlib.prompts.evaluation import evaluate
from ptlib.prompts.peft import export_adapter
from ptlib.prompts.spec import TuneSettings, TuneSpec
from ptlib.prompts.tuning import TuneJob, tune
from ptlib.tasks.data import TrainingData
from tests.fixtures import tiny_models

KINDS = (
    "roberta",
    "bert",
    "modernbert",
    "distilbert",
    "electra",
    "albert",
    "xlm-roberta",
    "camembert",
    "mpnet",
    "deberta-v2",
    "t5",
    "t5v11",
    "byt5",
)
NARROW = {"electra": 12, "albert": 12, "deberta-v2": 12}
P = 4


def test_no_accepted_type_is_left_out() -> None:
    assert {kind for kind in KINDS if kind not in ("t5v11", "byt5")} == {*MASKED_LM_TYPES, *T5_TYPES}


def load(folder: Path, kind: str) -> FrozenModel:
    return load_model(get_backbone(tiny_models.make(folder / kind, kind)))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.filterwarnings("ignore:.*:FutureWarning", "ignore:.*:UserWarning", "ignore:.*:DeprecationWarning")
def test_every_accepted_type_goes_the_whole_way(tmp_path: Path, kind: str) -> None:
    frozen, task = load(tmp_path, kind), tiny_models.task()
    assert frozen.spec.width == NARROW.get(kind, 16)
    items = tiny_models.examples(24)
    settings = TuneSettings(prompt_length=P, steps=3, batch_size=4, eval_every=3, lr=0.1, max_tokens=40)
    spec = TuneSpec(frozen.spec.id, task.id, 0, settings)
    (result,) = tune(frozen, [TuneJob(spec, task, TrainingData(items[:16], items[16:]))], Silent())
    prompt = result.prompt
    assert prompt.values.shape == (P, frozen.spec.width) and np.isfinite(prompt.values).all()
    (found,) = evaluate(frozen, [prompt], task, items, Silent())
    assert np.isfinite(found.log_prob).all()
    assert read_alone(frozen, prompt, 3)
    if kind == "albert":  # one layer's weights serve all: its neurons cannot be told apart
        with pytest.raises(BadInput, match="cannot be told apart by layer"):
            capture_all(frozen, [prompt])
    else:
        (neurons,) = capture_all(frozen, [prompt])
        assert neurons.shape[1] == frozen.spec.ffn
        doses = dose_response(frozen, prompt, {}, task, items[:6], ratios=(1.0,), draws=1)
        assert len(doses) == 3 and np.isfinite(doses.score).all()
    report = export_adapter(prompt, frozen, tmp_path / "adapter")  # stock PEFT reads it and gives the same log-probabilities
    assert report.difference < 1e-5


@pytest.mark.parametrize("kind", [kind for kind in KINDS if "t5" not in kind])
def test_the_engine_computes_what_the_library_computes(tmp_path: Path, kind: str) -> None:
    frozen = load(tmp_path, kind)
    rows = lay_out(frozen, tiny_models.task(), tiny_models.examples(5), P, 40)
    soft = torch.randn(len(rows), P, frozen.spec.width)
    words = frozen.model.get_input_embeddings()
    with torch.no_grad():
        ours = mask_logits(frozen, soft, rows, "prepend")
        for number, row in enumerate(rows):
            embeds = torch.cat([soft[number], words(torch.tensor(row.ids))])[None]
            theirs = frozen.model(inputs_embeds=embeds, attention_mask=torch.ones(embeds.shape[:2])).logits[0, P + 1]
            assert torch.allclose(ours[number], theirs, atol=1e-4), kind


def change(folder: Path, **values: object) -> Path:
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, **values}))
    return folder


def _without_tokenizer(folder: Path) -> None:
    for path in folder.glob("tokenizer*"):
        path.unlink()


def _pointer(name: str):
    def write(folder: Path) -> None:
        (folder / name).write_text("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9\n")

    return write


def _cut(name: str, keep: float = 0.7):
    def write(folder: Path) -> None:
        data = (folder / name).read_bytes()
        (folder / name).write_bytes(data[: int(len(data) * keep)])

    return write


def _bomb(folder: Path) -> None:
    import os

    class Bomb:
        def __reduce__(self) -> tuple:
            return os.system, (f"touch {folder}/ran",)

    (folder / "model.safetensors").unlink()
    torch.save({"a": Bomb()}, folder / "pytorch_model.bin")


@pytest.mark.parametrize("kind", ["roberta", "t5"])
@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (_without_tokenizer, "no tokenizer files"),
        (_pointer("tokenizer.json"), "git lfs pull"),
        (_pointer("model.safetensors"), "git lfs pull"),
        (_cut("tokenizer.json"), "cut off"),
        (_cut("model.safetensors"), "cut off or damaged"),
        (_cut("model.safetensors", 0.001), "cut off or damaged"),
        (_bomb, "more than plain tensors"),
        (lambda folder: change(folder, quantization_config={"quant_method": "bitsandbytes", "load_in_8bit": True}), "quantised"),
        (lambda folder: change(folder, quantization_config={"quant_method": "gptq", "bits": 4}), "quantised"),
    ],
)
def test_a_damaged_or_unfit_model_is_refused_with_the_reason(tmp_path: Path, kind: str, damage, says: str) -> None:
    folder = Path(shutil.copytree(tiny_models.make(tmp_path / "whole", kind), tmp_path / "damaged"))
    damage(folder)
    with pytest.raises(BadInput, match=says) as error:
        load_model(get_backbone(str(folder)))
    assert "weights_only" not in str(error.value) and not (folder / "ran").exists()


@pytest.mark.parametrize("kind", ["roberta", "t5"])
def test_a_tokenizer_larger_than_the_embedding_is_refused(tmp_path: Path, kind: str) -> None:
    small, large = (
        Path(tiny_models.make(tmp_path / name, kind, words=words)) for name, words in (("s", ()), ("l", ("zebra", "quokka")))
    )
    for path in large.glob("tokenizer*"):
        shutil.copy(path, small)
    with pytest.raises(BadInput, match="do not belong together"):
        load_model(get_backbone(str(small)))
