"""What each method trains: as many numbers as PEFT counts, on a copy where weights change, the same for the same seed."""

import pytest
import torch

from ptlib.finetuning.learners import learner
from ptlib.finetuning.spec import FULL, LORA, PROMPT
from tests.unit.finetuning.conftest import TASK, spec_of


@pytest.mark.parametrize("kind", ["roberta", "distilbert", "albert", "t5"])
def test_lora_trains_what_peft_counts_and_nothing_of_the_backbone(tiny, kind: str) -> None:
    frozen = tiny(kind)
    before = {name: weight.clone() for name, weight in frozen.model.state_dict().items()}
    made = learner(frozen, spec_of(frozen), LORA, TASK)
    assert (made.count, made.total) == made.peft.get_nb_trainable_parameters() and 0 < made.count < made.total
    assert made.count == sum(weight.numel() for weight in made.weights().values())
    assert list(frozen.model.state_dict()) == list(before) and not any(w.requires_grad for w in frozen.model.parameters())
    assert made.config["peft_type"] == "LORA" and made.config["base_model_name_or_path"] == frozen.spec.id


def test_a_prompt_and_the_whole_model_are_counted_alike(tiny) -> None:
    frozen = tiny("roberta")
    size = sum(weight.numel() for weight in frozen.model.parameters())
    prompt, full = (learner(frozen, spec_of(frozen), method, TASK) for method in (PROMPT, FULL))
    assert (prompt.count, prompt.total) == (4 * 16, size + 4 * 16) and prompt.model is frozen
    assert (full.count, full.total) == (size, size) and full.model.model is not frozen.model
    assert full.soft.shape == (0, 16) and set(full.weights()) == set(frozen.model.state_dict())


def test_the_same_seed_begins_with_the_same_matrices_and_leaves_torchs_generator_alone(tiny) -> None:
    frozen = tiny("roberta")
    torch.manual_seed(5)
    first = learner(frozen, spec_of(frozen), LORA, TASK)
    drawn = torch.rand(1)
    torch.manual_seed(5)
    assert torch.equal(torch.rand(1), drawn)
    again = learner(frozen, spec_of(frozen), LORA, TASK)
    assert all(torch.equal(a, b) for a, b in zip(first.trained, again.trained, strict=True))
