"""Against stock PEFT: the folders it writes are read by our importer, for masked LM and T5, random and vocabulary starts."""

from pathlib import Path

import numpy as np
import pytest
from peft import PromptTuningConfig, get_peft_model
from transformers import RobertaConfig, RobertaForMaskedLM, T5Config, T5ForConditionalGeneration

from ptlib.prompts.importing import find_prompts

pytestmark = pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing`:FutureWarning")


def roberta() -> RobertaForMaskedLM:
    return RobertaForMaskedLM(
        RobertaConfig(vocab_size=40, hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=32)
    )


def t5() -> T5ForConditionalGeneration:
    return T5ForConditionalGeneration(T5Config(vocab_size=40, d_model=16, d_ff=32, d_kv=8, num_layers=1, num_heads=2))


@pytest.mark.parametrize(
    ("make", "kind", "more"),
    [
        (roberta, "FEATURE_EXTRACTION", {"num_transformer_submodules": 1}),
        (t5, "SEQ_2_SEQ_LM", {"num_transformer_submodules": 1}),
        (t5, "SEQ_2_SEQ_LM", {}),
    ],
)
def test_a_folder_written_by_peft_is_imported(tmp_path: Path, make, kind: str, more: dict) -> None:
    model = get_peft_model(make(), PromptTuningConfig(task_type=kind, num_virtual_tokens=7, **more))
    folder = tmp_path / "sst2"
    model.save_pretrained(folder)
    (prompt,) = find_prompts(folder).prompts
    expected = model.prompt_encoder["default"].embedding.weight.detach().numpy()[:7]
    assert np.array_equal(prompt.values, expected)
    assert (prompt.task, prompt.layout, prompt.values.shape) == ("sst2", "peft", (7, 16))
