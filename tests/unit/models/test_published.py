"""The backbones of the Hub, as declared."""

from ptlib.models.published import HUB_BACKBONES
from ptlib.models.registry import looks_like_hub_id
from ptlib.tasks.published.registry import HUB_TASKS
from ptlib.tasks.task import T5
from tests.fixtures.hub_fixtures import HubImitation, hub  # noqa: F401


def test_backbones_are_declared_with_their_sizes() -> None:
    by_id = {spec.id: spec for spec in HUB_BACKBONES}
    assert len(by_id) == len(HUB_BACKBONES) == 25
    for spec in HUB_BACKBONES:
        assert spec.width and spec.ffn and spec.layers and spec.parameters and spec.source == "hub" and looks_like_hub_id(spec.id)
        assert (spec.max_positions is None) == (spec.family == T5)
        assert set(spec.saw_tasks) <= {task.id for task in HUB_TASKS}
    assert by_id["google/t5-xxl-lm-adapt"].width == 4096 and not by_id["google/t5-xxl-lm-adapt"].saw_tasks
    assert "mnli" in by_id["google-t5/t5-base"].saw_tasks and "imdb" in by_id["google/flan-t5-xl"].saw_tasks
    assert by_id["FacebookAI/roberta-large"].max_positions == 512
