"""Against stock PEFT: the same prompt and inputs give the same logits, folders load both ways, T5 generates the same."""

from pathlib import Path

import numpy as np
import pytest
import torch
from peft import PeftModel, PromptTuningConfig, get_peft_model
from transformers import AutoModelForMaskedLM, T5ForConditionalGeneration

from ptlib.models.forward import label_log_probs
from ptlib.models.load import FrozenModel, load_model
from ptlib.models.positions import lay_out, pad
from ptlib.models.registry import get_backbone
from ptlib.models.t5 import generate
from ptlib.prompts.importing import find_prompts
from ptlib.prompts.record import Prompt
from ptlib.prompts.soft import SoftPrompt
from tests.fixtures import tiny_models

MASKED = ("roberta", "distilroberta", "bert", "modernbert")
P = 5
pytestmark = pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing`:FutureWarning")  # peft's own call


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    root = tmp_path_factory.mktemp("models")
    return {kind: tiny_models.make(root / kind, kind) for kind in (*MASKED, "t5", "t5v11")}


def prompt_for(frozen: FrozenModel) -> SoftPrompt:
    values = np.random.default_rng(0).normal(0, 0.5, (P, frozen.spec.width)).astype(np.float32)
    return SoftPrompt(values, Prompt("x", frozen.spec.id, "toy/task0", 0, extra={"family": frozen.spec.family}))


def through_peft(frozen: FrozenModel, folder: Path, prompt: SoftPrompt) -> PeftModel:
    prompt.save(folder / "prompt")
    kind = AutoModelForMaskedLM if frozen.is_masked_lm else T5ForConditionalGeneration
    return PeftModel.from_pretrained(kind.from_pretrained(frozen.spec.location).eval(), folder / "prompt").eval()


@pytest.mark.parametrize("kind", MASKED)
def test_masked_lm_label_logits_equal_those_of_peft(folders: dict[str, str], kind: str, tmp_path: Path) -> None:
    frozen = load_model(get_backbone(folders[kind]))
    prompt, task = prompt_for(frozen), tiny_models.task(2)
    rows = lay_out(frozen, task, tiny_models.examples(6, labels=3), P, 40)
    ours = label_log_probs(frozen, torch.tensor(prompt.values).expand(6, -1, -1), rows)
    ids, mask = pad([row.ids for row in rows], frozen.tokenizer.pad_token_id, frozen.device)
    with torch.no_grad():
        logits = through_peft(frozen, tmp_path, prompt)(input_ids=ids, attention_mask=mask).logits
    words = [sequence[0] for sequence in rows[0].choices]
    theirs = torch.log_softmax(logits[:, P + 1][:, words], dim=-1)
    assert (ours - theirs).abs().max() < 1e-5
    assert theirs.std(dim=0).max() > 1e-3  # the inputs differ, so the check can fail


@pytest.mark.parametrize("kind", ["t5", "t5v11"])
def test_t5_scores_and_generates_as_peft_does(folders: dict[str, str], kind: str, tmp_path: Path) -> None:
    frozen = load_model(get_backbone(folders[kind]))
    prompt, task = prompt_for(frozen), tiny_models.task(2)
    rows = lay_out(frozen, task, tiny_models.examples(4, labels=3), P, 40)
    soft = torch.tensor(prompt.values).expand(4, -1, -1)
    ours = label_log_probs(frozen, soft, rows)
    peft = through_peft(frozen, tmp_path, prompt)
    theirs = torch.zeros(4, 3)
    for place, row in enumerate(rows):
        for label, sequence in enumerate(row.choices):  # one at a time: no padding, no stacking
            with torch.no_grad():
                logits = peft(
                    input_ids=torch.tensor([row.ids]), attention_mask=torch.ones(1, len(row.ids)), labels=torch.tensor([sequence])
                ).logits
            theirs[place, label] = torch.log_softmax(logits[0], -1)[range(len(sequence)), list(sequence)].sum()
    assert (ours - torch.log_softmax(theirs, -1)).abs().max() < 1e-5
    ids, mask = pad([row.ids for row in rows], 0, frozen.device)
    answers = peft.generate(input_ids=ids, attention_mask=mask, max_new_tokens=6, num_beams=1, do_sample=False)
    assert generate(frozen, soft, rows, 6) == [
        text.strip() for text in frozen.tokenizer.batch_decode(answers, skip_special_tokens=True)
    ]


@pytest.mark.parametrize("kind", [*MASKED, "t5"])
def test_an_adapter_of_peft_becomes_a_prompt_of_ours(folders: dict[str, str], kind: str, tmp_path: Path) -> None:
    frozen = load_model(get_backbone(folders[kind]))
    config = PromptTuningConfig(
        task_type="FEATURE_EXTRACTION" if frozen.is_masked_lm else "SEQ_2_SEQ_LM",
        num_virtual_tokens=P,
        num_transformer_submodules=1,
    )
    model = (AutoModelForMaskedLM if frozen.is_masked_lm else T5ForConditionalGeneration).from_pretrained(folders[kind])
    peft = get_peft_model(model, config)
    peft.save_pretrained(tmp_path / "sst2")
    found = find_prompts(tmp_path / "sst2").prompts[0]
    assert np.array_equal(found.values, peft.prompt_encoder["default"].embedding.weight.detach().numpy())


def test_the_gradient_of_a_stacked_prompt_equals_that_of_peft(folders: dict[str, str], tmp_path: Path) -> None:
    frozen = load_model(get_backbone(folders["roberta"]))
    prompt, task = prompt_for(frozen), tiny_models.task(0)
    rows = lay_out(frozen, task, tiny_models.examples(6), P, 40)
    soft = torch.tensor(prompt.values, requires_grad=True)
    gold = torch.tensor([row.gold for row in rows])
    torch.nn.functional.nll_loss(label_log_probs(frozen, soft.expand(6, -1, -1), rows), gold).backward()
    peft = through_peft(frozen, tmp_path, prompt)
    weight = peft.prompt_encoder["default"].embedding.weight.requires_grad_(True)
    ids, mask = pad([row.ids for row in rows], 1, frozen.device)
    words = [sequence[0] for sequence in rows[0].choices]
    logits = peft(input_ids=ids, attention_mask=mask).logits[:, P + 1][:, words]
    torch.nn.functional.cross_entropy(logits, gold).backward()
    assert (soft.grad - weight.grad).abs().max() < 1e-6 and soft.grad.abs().max() > 1e-4
