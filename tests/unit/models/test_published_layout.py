"""What the published prompts were trained on: label ids, texts, and the backbone that a folder names."""

import pytest

from ptlib.models import published_layout
from ptlib.models.published import HUB_BACKBONES
from ptlib.tasks.published.registry import HUB_TASKS, HUB_VARIANTS
from ptlib.tasks.task import Example
from tests.fixtures.hub_fixtures import HubImitation, hub  # noqa: F401

TASKS = {task.id: task for task in (*HUB_TASKS, *HUB_VARIANTS)}


def test_label_order_is_the_published_one() -> None:
    assert TASKS["mnli"].labels == TASKS["snli"].labels == ("contradiction", "neutral", "entailment")
    assert TASKS["laptop_conflict"].labels == ("negative", "neutral", "positive", "conflict")
    assert TASKS["qnli"].labels == ("not_entailment", "entailment")
    assert published_layout.label_ids("roberta", "ethics_justice", 2) == (897, 32047)
    assert published_layout.label_ids("roberta", "laptop", 3) == (33407, 19397, 22173)
    assert published_layout.label_ids("roberta", "laptop_conflict", 4) == (33407, 19397, 22173, 17075)
    assert published_layout.label_ids("t5", "snli", 3) == (27252, 7163, 3)
    assert (
        published_layout.label_ids("bert", "ethics_justice", 2) is None
        and published_layout.label_ids("roberta", "squad", 0) is None
    )


def test_published_texts_swap_inference_and_join_aspects() -> None:
    example = Example(id="1", text_a="a", text_b="b")
    assert published_layout.published_texts("snli", example) == ("b", "a")
    assert published_layout.published_texts("laptop", example) == ("a b", "")
    assert published_layout.published_texts("qqp", example) == ("a", "b")


@pytest.mark.parametrize(
    ("width", "name", "id_"),
    [
        (768, "MNLIPromptRoberta", "FacebookAI/roberta-base"),
        (1024, "IMDBPromptRobertaLarge", "FacebookAI/roberta-large"),
        (768, "snliPromptBert", "google-bert/bert-base-uncased"),
        (4096, "nq_openPromptT5XXL", "google/t5-xxl-lm-adapt"),
        (999, "MNLIPromptRoberta", ""),
        (768, "my_prompt", ""),
    ],
)
def test_name_and_width_tell_the_backbone(width: int, name: str, id_: str) -> None:
    assert published_layout.model_of(width, name) == id_
    assert not id_ or width == next(spec.width for spec in HUB_BACKBONES if spec.id == id_)


def test_t5_texts_keep_their_field_names_and_only_some_are_ended() -> None:
    template, ended = published_layout.published_t5_template("squad")
    assert template.format(a="who", b="text") == "context: text SEP question:who" and not ended
    assert published_layout.published_t5_template("qqp") == ("{a} <extra_id_0> {b}", True)
    assert published_layout.published_t5_template("nothing of theirs") == ("{a}", True)
