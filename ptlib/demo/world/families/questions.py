"""Reading a short passage, and recalling a fixed table of facts about invented towns.

The facts of the table must be known to the backbone, so they stand in the pretraining corpus; what is held out is the question as
it is worded (`fact_questions`): opening, phrasing, town and tail together belong to one split, and a question of the evaluation
split is never asked in pretraining.
"""

import random

from ptlib.demo.world.families.base import chance, held_first, pick
from ptlib.demo.world.families.distract import distracted
from ptlib.demo.world.families.lexicon import COLOURS, DAYS, NAMES, NUMBERS, PLACES, TOWNS, filler
from ptlib.demo.world.items import Item, Split
from ptlib.demo.world.tables import read

Words = tuple[str, ...]
_questions = read("questions")
_THINGS: Words = _questions["things"]
_JOBS: Words = _questions["jobs"]
_ENDS = ((_THINGS, PLACES), (NAMES, _THINGS), (NAMES, _JOBS), (NAMES, DAYS), (_THINGS, COLOURS), (NAMES, NUMBERS[1:]))
_RELATIONS: tuple[tuple[Words, Words, Words, Words, Words], ...] = tuple(
    (*ends, *(frames[way] for way in ("tell", "ask_value", "ask_key")))
    for ends, frames in zip(_ENDS, _questions["relations"], strict=True)
)
"""Keys, values, ways to state that they belong together, questions for the value, questions for the key."""
_ATTRIBUTES: tuple[tuple[Words, Words, Words], ...] = tuple(
    (frames["tell"], frames["ask"], frames["values"]) for frames in _questions["attributes"]
)
"""Ways to state it, questions, value of every town."""
_ASKING: Words = _questions["asking"]


def _passage(rng: random.Random) -> tuple[str, str, str, tuple[str, ...]]:
    """Passage, question, answer, candidates: one to three facts of one relation, so that the type of the question is no help."""
    keys, values, tell, ask_value, ask_key = pick(rng, _RELATIONS)
    count = pick(rng, (1, 2, 2, 3, 3))
    ks, vs = rng.sample(keys, count), rng.sample(values, count)
    lines = [pick(rng, tell).format(k=k, v=v) for k, v in zip(ks, vs, strict=True)]
    asked = int(rng.random() * count)
    forward = chance(rng, 0.6)
    if count < 3 and chance(rng, 0.3):
        lines.insert(int(rng.random() * (count + 1)), filler(rng, plain=True))
    question = pick(rng, ask_value if forward else ask_key).format(k=ks[asked], v=vs[asked])
    return " ".join(lines), question, vs[asked] if forward else ks[asked], tuple(vs if forward else ks)


def passage_questions(rng: random.Random, split: Split) -> Item:
    """A question about a passage; an opinion or an argument stands beside some passages."""
    text, question, answer, candidates = held_first(rng, split, _passage)
    latents: dict[str, int] = {}
    text = distracted(rng, split, text, latents, 0.15, arguments=False)
    return Item(
        "demo/passage_questions", "question_answering", text, question, targets=(answer,), candidates=candidates, latents=latents
    )


def table_fact(rng: random.Random) -> str:
    """A sentence of the fact table."""
    town = int(rng.random() * len(TOWNS))
    tell, _, values = pick(rng, _ATTRIBUTES)
    return pick(rng, tell).format(t=TOWNS[town], v=values[town])


def fact_questions(rng: random.Random, split: Split) -> Item:
    """A question about the fact table, without any passage."""
    text, answer = held_first(rng, split, _fact_question)
    return Item("demo/fact_questions", "question_answering", text, targets=(answer,))


def _fact_question(rng: random.Random) -> tuple[str, str]:
    town = int(rng.random() * len(TOWNS))
    _, ask, values = pick(rng, _ATTRIBUTES)
    first, second = rng.sample(NAMES, 2)
    tail = pick(rng, ("", "", "", " it is for a quiz on {d} ."))
    text = f"{pick(rng, _ASKING).format(n=first, m=second)} {pick(rng, ask).format(t=TOWNS[town])}".strip()
    return text + tail.format(d=pick(rng, DAYS)), values[town]


def make(task: str, rng: random.Random, split: Split) -> Item:
    """One of the two tasks."""
    return (fact_questions if task == "demo/fact_questions" else passage_questions)(rng, split)
