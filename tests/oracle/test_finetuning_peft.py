"""LoRA against stock PEFT: the same seed and batches in a loop of PEFT's, transformers' and torch's own give the same curve."""

from pathlib import Path

import pytest
import torch
from peft import PeftModel, get_peft_model
from torch.nn.functional import cross_entropy
from transformers import AutoModelForMaskedLM

from ptlib.finetuning.learners import lora_config, lora_seed
from ptlib.finetuning.run import as_bytes
from ptlib.finetuning.spec import LORA
from ptlib.models.load import load_model
from ptlib.models.positions import pad
from ptlib.models.registry import get_backbone
from ptlib.prompts.initial import batch_places
from ptlib.prompts.tuning import learning_rate
from tests.fixtures import tiny_models
from tests.unit.finetuning.conftest import DATA, TASK, fit_of, spec_of

pytestmark = pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing`:FutureWarning")  # peft's own call


def test_the_curve_of_lora_is_that_of_stock_peft(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tiny_models.make(tmp_path / "model")
    frozen = load_model(get_backbone(folder))
    fit = fit_of(frozen, LORA, steps=8, eval_every=1)
    fit.run()
    spec, settings = spec_of(frozen, steps=8, eval_every=1), fit.settings
    base = AutoModelForMaskedLM.from_pretrained(folder).eval()
    torch.manual_seed(lora_seed(TASK, 0))
    peft = get_peft_model(base, lora_config(spec, frozen)).eval()
    peft.print_trainable_parameters()
    assert f"trainable params: {fit.learner.count:,} || all params: {fit.learner.total:,}" in capsys.readouterr().out
    optimiser = torch.optim.AdamW([w for w in peft.parameters() if w.requires_grad], lr=settings.lr, weight_decay=0.0)
    losses, tokenizer = [], frozen.tokenizer
    for step in range(8):
        examples = [DATA.train[place] for place in batch_places(TASK, 0, len(DATA.train), settings.batch_size, step)]
        ids = [tokenizer(item.text_a, item.text_b or None)["input_ids"] for item in examples]
        padded, mask = pad([[row[0], tokenizer.mask_token_id, *row[1:]] for row in ids], tokenizer.pad_token_id, frozen.device)
        words = [tokenizer(f" {word}", add_special_tokens=False)["input_ids"][0] for word in TASK.labels]
        logits = peft(input_ids=padded, attention_mask=mask).logits[:, 1, words]
        loss = cross_entropy(logits, torch.tensor([item.label for item in examples]))
        optimiser.param_groups[0]["lr"] = learning_rate(settings, step)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    assert [point.loss for point in fit.curve[1:]] == pytest.approx(losses, abs=1e-5)
    assert losses[-1] < losses[0] - 0.01  # it moved, so the check can fail


def test_what_is_kept_loads_as_a_stock_adapter(tmp_path: Path) -> None:
    import json

    folder = tiny_models.make(tmp_path / "model")
    frozen = load_model(get_backbone(folder))
    fit = fit_of(frozen, LORA)
    fit.run()
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "adapter_config.json").write_text(json.dumps(dict(fit.learner.config)))
    (tmp_path / "out" / "adapter_model.safetensors").write_bytes(as_bytes(fit.learner, fit.spec, LORA))
    stock = PeftModel.from_pretrained(AutoModelForMaskedLM.from_pretrained(folder), tmp_path / "out").eval()
    ids = torch.tensor([fit._validation[0].ids])
    with torch.no_grad():
        assert torch.equal(stock(input_ids=ids).logits, fit.learner.peft(input_ids=ids).logits)
        assert not torch.allclose(stock(input_ids=ids).logits, frozen.model(input_ids=ids).logits, atol=1e-4)
