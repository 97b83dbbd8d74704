"""What labels in tables mean: tasks, families, reference rows, however they are spelled."""

import pytest

from ptlib.tasks import names as labels


@pytest.mark.parametrize(
    ("label", "id_"),
    [
        ("IMDB", "imdb"),
        ("movierationales", "movie_rationales"),
        ("Movie", "movie_rationales"),
        ("SST2PromptRoberta", "sst2"),
        ("a/b/mnli/", "mnli"),
        ("demo/reviews", "demo/reviews"),
        ("nq_openPromptT5XXL", "nq_open"),
        ("anything", "anything"),
    ],
)
def test_labels_lead_to_tasks(label: str, id_: str) -> None:
    assert labels.task_id(label) == id_


def test_labels_that_stand_for_two_others_are_not_guessed() -> None:
    assert labels.common(["a/imdb", "b/imdb", "sst2", "mnli"], ["IMDB", "SST-2", "MNLI"]) == {"sst2": "SST-2", "mnli": "MNLI"}
    assert labels.common(["imdb", "untrained"], ["imdb", "untrained"]) == {"imdb": "imdb"}
