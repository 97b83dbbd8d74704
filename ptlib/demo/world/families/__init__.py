"""The generator: readable English texts with known latents.

`make(task_id, rng, split)` is all that the tasks need; the corpus also uses `opinion`, `argument`, `filler` and `fact_sentences`.
"""

import random

from ptlib.demo.world.families import ethics, events, inference, paraphrase, questions, summaries
from ptlib.demo.world.families.base import pick
from ptlib.demo.world.families.distract import make_ethics, make_sentiment
from ptlib.demo.world.families.ethics import argument
from ptlib.demo.world.families.lexicon import filler
from ptlib.demo.world.families.questions import table_fact
from ptlib.demo.world.families.sentiment import opinion
from ptlib.demo.world.families.vocabulary import words
from ptlib.demo.world.items import Item, Split
from ptlib.tasks.demo import DEMO_TASKS

__all__ = ["WORDS", "argument", "fact_sentences", "filler", "make", "opinion"]

_MAKERS = {
    "sentiment": make_sentiment,
    "inference": inference.make,
    "ethics": make_ethics,
    "paraphrase": paraphrase.make,
    "question_answering": questions.make,
    "summarisation": summaries.make,
}
_FAMILY = {task.id: task.family for task in DEMO_TASKS}
_FACTS = (ethics.facts, ethics.facts, inference.facts, events.facts, paraphrase.facts, table_fact, table_fact)


def make(task_id: str, rng: random.Random, split: Split) -> Item:
    """One example of a task; the same generator state gives the same example. Its sentences belong to `split` alone."""
    return _MAKERS[_FAMILY[task_id]](task_id, rng, split)


def fact_sentences(rng: random.Random) -> str:
    """One true statement that the tasks rely on: duties, excuses, synonyms, opposites, broader words, the fact table."""
    return pick(rng, _FACTS)(rng)


def _any_text(rng: random.Random) -> str:
    item = make(pick(rng, DEMO_TASKS).id, rng, "corpus")
    return " ".join((item.text_a, item.text_b, *item.targets))


WORDS: tuple[str, ...] = words(_any_text, 4000)
"""All content words of the world, sorted."""
