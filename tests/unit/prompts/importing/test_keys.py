"""Which tensor is the prompt: by name; in doubt all are listed and one is asked for."""

import numpy as np
import pytest

from ptlib.base.safe_load import Refused
from ptlib.prompts.importing.keys import choose, several

P = np.ones((5, 8), "float32")


@pytest.mark.parametrize(
    ("tensors", "key"),
    [
        ({"": P}, ""),
        ({"soft_prompt": P}, "soft_prompt"),
        ({"weight": P}, "weight"),
        ({"learned_embedding.weight": P}, "learned_embedding.weight"),
        (
            {"template.unshared_soft_embeds": P, "template.shared_soft_embeds": P[:0], "domain_disc.w": P},
            "template.unshared_soft_embeds",
        ),
        ({"soft_embeds": P, "raw_embedding.weight": P}, "soft_embeds"),
        ({"model.prompt_embeddings.weight": P, "optimizer.state.0.exp_avg": P}, "model.prompt_embeddings.weight"),
        ({"prompt_encoder.embedding.weight": P, "prompt_encoder.mlp_head.0.weight": P}, "prompt_encoder.embedding.weight"),
        ({"prompt": P[None], "prompt_bias": P[0]}, "prompt"),
        ({"prompt": P, "prompt.grad": P, "prompt_mask": P}, "prompt"),
    ],
)
def test_names_decide(tensors: dict[str, np.ndarray], key: str) -> None:
    assert choose(tensors, "x.pt", None)[0] == key


@pytest.mark.parametrize(
    "tensors",
    [
        {"a": P, "b": P},
        {"prompt_one": P, "prompt_two": P},
        {"classifier.weight": P},
        {"lora_A.weight": P, "lora_B.weight": P},
        {"encoder.layer.0.weight": P, "encoder.layer.1.weight": P},
    ],
)
def test_doubt_is_never_a_guess(tensors: dict[str, np.ndarray]) -> None:
    with pytest.raises(Refused, match=r"\[5, 8\].*--key NAME"):
        choose(tensors, "x.pt", None)
    first = next(iter(tensors))
    assert choose(tensors, "x.pt", first) == (first, ())
    with pytest.raises(Refused, match=r"no tensor 'nothing'\. It holds: "):
        choose(tensors, "x.pt", "nothing")


def test_a_set_of_prompts_is_told_from_a_model() -> None:
    assert several({"SST-2": P, "MNLI": P}) and several({"mood": P})
    for tensors in ({"a.weight": P}, {"prompt": P, "x": P}, {"a": P, "b": P[:, :4]}, {"a": P, "b": P[0]}, {}):
        assert not several(tensors)
