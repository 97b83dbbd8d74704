"""A prompt without any text, against stock PEFT: the same probabilities over the whole vocabulary and the same continuation."""

from pathlib import Path

import numpy as np
import pytest
import torch
from peft import PeftModel
from transformers import AutoModelForMaskedLM, T5ForConditionalGeneration

from ptlib.analysis.alone.reading import read_alone
from ptlib.models.load import FrozenModel, load_model
from ptlib.models.registry import get_backbone
from ptlib.prompts.initial import initial_values
from ptlib.prompts.record import Prompt
from ptlib.prompts.soft import SoftPrompt
from ptlib.prompts.start import Start
from ptlib.tasks.registry import get_task
from tests.fixtures import tiny_models

MASKED, SEQUENCES = ("roberta", "distilroberta", "bert", "modernbert"), ("t5", "t5v11")
P, COUNT, SNIPPET = 5, 12, "demo/film_snippet"
pytestmark = pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing`:FutureWarning")  # peft's own call


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, FrozenModel]:
    root = tmp_path_factory.mktemp("models")
    return {kind: load_model(get_backbone(tiny_models.make(root / kind, kind))) for kind in (*MASKED, *SEQUENCES)}


def info(frozen: FrozenModel, init: str = "vocab") -> Prompt:
    return Prompt("x", frozen.spec.id, SNIPPET, 3, init=init, extra={"family": frozen.spec.family})


def prompts(frozen: FrozenModel) -> tuple[SoftPrompt, SoftPrompt]:
    """A tuned prompt, and what its tuning started from."""
    values = np.random.default_rng(0).normal(0, 0.5, (P, frozen.spec.width)).astype(np.float32)
    start = initial_values(frozen, Start.of("vocab"), get_task(SNIPPET), 3, P)
    return SoftPrompt(values, info(frozen)), SoftPrompt(start, info(frozen))


def through_peft(frozen: FrozenModel, folder: Path, prompt: SoftPrompt) -> PeftModel:
    prompt.save(folder)
    kind = AutoModelForMaskedLM if frozen.is_masked_lm else T5ForConditionalGeneration
    return PeftModel.from_pretrained(kind.from_pretrained(frozen.spec.location).eval(), folder).eval()


def logits(frozen: FrozenModel, peft: PeftModel) -> torch.Tensor:
    """[V] at the label position, the input spelled out by hand."""
    with torch.no_grad():
        if frozen.is_masked_lm:
            text = torch.tensor([[0, frozen.tokenizer.mask_token_id, 2]])
            return peft(input_ids=text, attention_mask=torch.ones_like(text)).logits[0, P + 1]
        end = torch.tensor([[1]])
        return peft(input_ids=end, attention_mask=torch.ones_like(end), labels=torch.tensor([[5]])).logits[0, 0]


@pytest.mark.parametrize("kind", [*MASKED, *SEQUENCES])
def test_probabilities_over_the_vocabulary_equal_those_of_peft(models: dict[str, FrozenModel], kind: str, tmp_path: Path) -> None:
    frozen = models[kind]
    prompt, start = prompts(frozen)
    found = read_alone(frozen, prompt, COUNT)
    wanted, before = (torch.softmax(logits(frozen, through_peft(frozen, tmp_path / name, one)), -1)
                      for name, one in (("prompt", prompt), ("start", start)))  # fmt: skip
    assert len(found.words) == len(found.untrained_words) == COUNT
    for word in (*found.words, *found.untrained_words):
        assert abs(word.probability - wanted[word.token]) < 1e-5 and abs(word.untrained - before[word.token]) < 1e-5
    assert np.allclose([word.probability for word in found.words], wanted.sort(descending=True).values[:COUNT], atol=1e-5)
    assert np.allclose([word.untrained for word in found.untrained_words], before.sort(descending=True).values[:COUNT], atol=1e-5)
    assert (wanted - before).abs().max() > 1e-3  # the two prompts differ, so the check can fail


@pytest.mark.parametrize("kind", MASKED)
def test_label_shares_are_a_softmax_over_the_label_words(models: dict[str, FrozenModel], kind: str, tmp_path: Path) -> None:
    frozen = models[kind]
    prompt, _ = prompts(frozen)
    every = logits(frozen, through_peft(frozen, tmp_path / "prompt", prompt))
    ids = [frozen.tokenizer(f" {word}", add_special_tokens=False)["input_ids"][0] for word in ("negative", "positive")]
    found = read_alone(frozen, prompt).answers
    assert [(answer.label, answer.word) for answer in found] == [("negative", "negative"), ("positive", "positive")]
    assert np.allclose([answer.share for answer in found], torch.softmax(every[ids], -1), atol=1e-5)
    assert np.allclose([answer.probability for answer in found], torch.softmax(every, -1)[ids], atol=1e-5)


@pytest.mark.parametrize("kind", SEQUENCES)
def test_a_t5_scores_whole_words_and_goes_on_as_peft_does(models: dict[str, FrozenModel], kind: str, tmp_path: Path) -> None:
    frozen = models[kind]
    prompt, _ = prompts(frozen)
    peft, end, totals = through_peft(frozen, tmp_path / "prompt", prompt), torch.tensor([[1]]), []
    for word in ("negative", "positive"):
        ids = frozen.tokenizer(word)["input_ids"]
        assert ids[-1] == 1 and len(ids) > 1
        with torch.no_grad():
            steps = torch.log_softmax(
                peft(input_ids=end, attention_mask=torch.ones_like(end), labels=torch.tensor([ids])).logits[0], -1)  # fmt: skip
        totals.append(steps[range(len(ids)), ids].sum())
    found = read_alone(frozen, prompt)
    assert np.allclose([answer.share for answer in found.answers], torch.softmax(torch.stack(totals), -1), atol=1e-5)
    assert np.allclose([answer.probability for answer in found.answers], torch.stack(totals).exp(), atol=1e-5)
    said = peft.generate(input_ids=end, attention_mask=torch.ones_like(end), max_new_tokens=8, num_beams=1, do_sample=False)
    assert found.continuation == frozen.tokenizer.batch_decode(said, skip_special_tokens=True)[0].strip()
