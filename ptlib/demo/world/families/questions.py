"""Reading a short passage, and recalling a fixed table of facts about invented towns.

The facts of the table must be known to the backbone, so they stand in the pretraining corpus; what is held out is the question as
it is worded (`fact_questions`): opening, phrasing, town and tail together belong to one split, and a question of the evaluation
split is never asked in pretraining.
"""

import random

from ptlib.demo.world.families.base import chance, held, pick
from ptlib.demo.world.families.distract import distracted
from ptlib.demo.world.families.lexicon import COLOURS, DAYS, NAMES, NUMBERS, PLACES, TOWNS, filler
from ptlib.demo.world.items import Item, Split

_THINGS = ("key", "lamp", "book", "drum", "kite", "map", "radio", "basket", "clock", "mirror", "cup", "violin")
_JOBS = ("baker", "teacher", "driver", "nurse", "painter", "farmer", "pilot", "singer", "lawyer", "plumber")
# Relation: keys, values, ways to state it, questions for the value, questions for the key.
_RELATIONS: tuple[tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...], tuple[str, ...], tuple[str, ...]], ...] = (
    (
        _THINGS,
        PLACES,
        (
            "the {k} is in the {v} .",
            "you will find the {k} in the {v} .",
            "somebody left the {k} in the {v} .",
            "in the {v} there is a {k} .",
        ),
        ("where is the {k} ?", "in which place is the {k} ?"),
        ("what is in the {v} ?", "what can you find in the {v} ?"),
    ),
    (
        NAMES,
        _THINGS,
        ("{k} has the {v} .", "the {v} belongs to {k} .", "{k} owns the {v} ."),
        ("what does {k} have ?", "what belongs to {k} ?"),
        ("who has the {v} ?", "who owns the {v} ?"),
    ),
    (
        NAMES,
        _JOBS,
        ("{k} is a {v} .", "{k} works as a {v} .", "{k} found a job as a {v} ."),
        ("what is the job of {k} ?", "what does {k} work as ?"),
        ("who is a {v} ?", "who works as a {v} ?"),
    ),
    (
        NAMES,
        DAYS,
        ("{k} arrives on {v} .", "on {v} {k} comes to visit .", "we expect {k} on {v} ."),
        ("when does {k} arrive ?", "on which day does {k} come ?"),
        ("who arrives on {v} ?", "who comes on {v} ?"),
    ),
    (
        _THINGS,
        COLOURS,
        ("the {k} is {v} .", "someone painted the {k} {v} .", "they made the {k} {v} ."),
        ("which colour is the {k} ?", "what colour does the {k} have ?"),
        ("what is {v} ?", "which thing is {v} ?"),
    ),
    (
        NAMES,
        NUMBERS[1:],
        ("{k} sits at table {v} .", "table {v} is for {k} .", "you meet {k} at table {v} ."),
        ("at which table is {k} ?", "which table is for {k} ?"),
        ("who sits at table {v} ?", "who is at table {v} ?"),
    ),
)


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
    found: list[tuple[str, str, str, tuple[str, ...]]] = []

    def passage(r: random.Random) -> str:
        found[:] = [_passage(r)]
        return found[0][0]

    text = held(rng, split, passage)
    latents: dict[str, int] = {}
    text = distracted(rng, split, text, latents, 0.15, arguments=False)
    _, question, answer, candidates = found[0]
    return Item(
        "demo/passage_questions", "question_answering", text, question, targets=(answer,), candidates=candidates, latents=latents
    )


_ATTRIBUTES: tuple[tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]], ...] = (
    (
        ("the river {v} flows through {t} .", "{t} lies on the river {v} .", "the river of {t} is the {v} ."),
        (
            "which river flows through {t} ?",
            "what is the river of {t} called ?",
            "on which river does {t} lie ?",
            "what river would i see in {t} ?",
        ),
        ("tarn", "wye", "esk", "dove", "swale", "ribble", "nidd", "calder", "irwell", "arun"),
    ),
    (
        ("the flag of {t} is {v} .", "{t} has a {v} flag .", "a {v} flag flies over {t} ."),
        (
            "which colour is the flag of {t} ?",
            "what colour of flag does {t} have ?",
            "which colour flies over {t} ?",
            "what is the colour of the flag of {t} ?",
        ),
        ("red", "blue", "green", "yellow", "black", "white", "brown", "grey", "red", "blue"),
    ),
    (
        ("{t} is famous for its {v} .", "people travel to {t} for the {v} .", "the pride of {t} is its {v} ."),
        (
            "what is {t} famous for ?",
            "what do people travel to {t} for ?",
            "what is the pride of {t} ?",
            "what is {t} known for ?",
        ),
        ("cheese", "honey", "bread", "cider", "pottery", "wool", "glass", "pies", "roses", "boats"),
    ),
    (
        ("the mayor of {t} is called {v} .", "{v} is the mayor of {t} .", "{t} elected {v} as mayor ."),
        (
            "who is the mayor of {t} ?",
            "what is the name of the mayor of {t} ?",
            "whom did {t} elect as mayor ?",
            "who runs the town of {t} ?",
        ),
        ("nina", "oscar", "grace", "paul", "vera", "jack", "ivy", "henry", "rosa", "leo"),
    ),
    (
        ("the animal of {t} is the {v} .", "{t} has a {v} on its coins .", "a stone {v} guards {t} ."),
        (
            "which animal is on the coins of {t} ?",
            "what is the animal of {t} ?",
            "which animal guards {t} ?",
            "what animal stands for {t} ?",
        ),
        ("fox", "bear", "swan", "deer", "wolf", "hare", "goat", "lion", "crow", "horse"),
    ),
)
_ASKING = (
    "",
    "",
    "tell me :",
    "{n} asks :",
    "{n} wants to know :",
    "quick question :",
    "please answer :",
    "for the quiz :",
    "do you know ?",
    "{n} and {m} wonder :",
    "in our lesson {n} asked :",
    "a guest asked {n} :",
    "just a question :",
)


def table_fact(rng: random.Random) -> str:
    """A sentence of the fact table."""
    town = int(rng.random() * len(TOWNS))
    tell, _, values = pick(rng, _ATTRIBUTES)
    return pick(rng, tell).format(t=TOWNS[town], v=values[town])


def fact_questions(rng: random.Random, split: Split) -> Item:
    """A question about the fact table, without any passage."""
    found: list[str] = []

    def question(r: random.Random) -> str:
        town = int(r.random() * len(TOWNS))
        _, ask, values = pick(r, _ATTRIBUTES)
        first, second = r.sample(NAMES, 2)
        found[:] = [values[town]]
        tail = pick(r, ("", "", "", " it is for a quiz on {d} ."))
        return f"{pick(r, _ASKING).format(n=first, m=second)} {pick(r, ask).format(t=TOWNS[town])}".strip() + tail.format(
            d=pick(r, DAYS)
        )

    text = held(rng, split, question)
    return Item("demo/fact_questions", "question_answering", text, targets=(found[0],))


def make(task: str, rng: random.Random, split: Split) -> Item:
    """One of the two tasks."""
    return (fact_questions if task == "demo/fact_questions" else passage_questions)(rng, split)
