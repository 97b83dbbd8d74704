"""What the demo measures: the map, and warm starts from a relative and a stranger."""

from ptlib.demo import pieces as demo_pieces
from ptlib.tasks.demo import DEMO_TASKS
from ptlib.transfer.spec import TransferSpec
from tests.fixtures import fakes


def test_every_task_starts_from_a_relative_and_a_stranger() -> None:
    tasks = tuple(task.id for task in DEMO_TASKS)
    pairs = list(demo_pieces.warm_pairs(TransferSpec("demo/roberta-small", tasks, tasks, (0,), fakes.SETTINGS)))
    family = {task.id: task.family for task in DEMO_TASKS}
    assert len(set(pairs)) == 26 and len({target for target, _ in pairs}) == 13
    assert sum(family[target] == family[source] for target, source in pairs) == 13
