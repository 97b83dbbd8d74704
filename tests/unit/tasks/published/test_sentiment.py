"""Sentiment tasks as published: classes in order, one word a class, the fourth class as a variant."""

from ptlib.tasks.published.registry import HUB_TASKS
from ptlib.tasks.published.sentiment import SENTIMENT_TASKS, with_conflict
from ptlib.tasks.task import MASKED_LM

TASKS = {task.id: task for task in SENTIMENT_TASKS}


def test_there_are_seven_and_they_open_the_matrix() -> None:
    assert HUB_TASKS[:7] == SENTIMENT_TASKS and {task.family for task in SENTIMENT_TASKS} == {"sentiment"}
    assert [len(task.labels) for task in SENTIMENT_TASKS] == [2, 2, 2, 3, 3, 2, 3]


def test_all_but_the_tweets_are_answered_from_terrible_to_great() -> None:
    outer = {
        task.id for task in SENTIMENT_TASKS if (task.words[MASKED_LM][0], task.words[MASKED_LM][-1]) == ("terrible", "great")
    }
    assert set(TASKS) - outer == {"tweeteval_sentiment"}


def test_the_variant_has_the_fourth_class_and_says_whose_it_is() -> None:
    task, variant = TASKS["laptop"], with_conflict(TASKS["laptop"])
    assert variant.variant_of == task.id and variant.labels == (*task.labels, "conflict") and not variant.drop_labels
    assert variant.label_names["conflict"] == 3 and len(variant.words[MASKED_LM]) == 4 and variant.hub == task.hub
