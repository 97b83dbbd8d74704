"""Do two texts say the same? The latent is 0 no, 1 yes.

Both texts are worded independently from what they mean; for "no" one part of the meaning differs. No wording gives the class
away.
"""

import random

from ptlib.demo.world.families.base import chance, other, pick, split_of
from ptlib.demo.world.families.distract import distracted
from ptlib.demo.world.families.lexicon import DAYS, TOWNS, maybe_filler
from ptlib.demo.world.families.words import ACTIONS, ASK, EXTRAS, NEWS, SPEAKERS
from ptlib.demo.world.items import Item, Split

Meaning = tuple[int, ...]


def _question(rng: random.Random) -> Meaning:
    action = int(rng.random() * len(ACTIONS))
    return (int(rng.random() * len(ASK)), action, int(rng.random() * len(ACTIONS[action][1])), int(rng.random() * len(EXTRAS)))


def _word_question(rng: random.Random, meaning: Meaning) -> str:
    ask, action, thing, extra = meaning
    verbs, things = ACTIONS[action]
    text = f"{pick(rng, ASK[ask])} {pick(rng, verbs)} {pick(rng, things[thing])} {pick(rng, EXTRAS[extra])}".strip()
    if EXTRAS[extra] != ("",) and chance(rng, 0.25):
        phrase = next(one for one in EXTRAS[extra] if text.endswith(one))
        text = f"{phrase} , {text.removesuffix(phrase).strip()}"
    return f"{text} ?"


def _news(rng: random.Random) -> Meaning:
    return tuple(int(rng.random() * size) for size in (len(SPEAKERS), len(NEWS), 2, len(DAYS), len(TOWNS)))


def _word_news(rng: random.Random, meaning: Meaning) -> str:
    who, event, sense, day, town = meaning
    thing, *verbs = NEWS[event]
    verb, when = pick(rng, verbs[sense]), f"on {DAYS[day]}"
    where = pick(rng, (f"the {SPEAKERS[who]} of {TOWNS[town]}", f"{TOWNS[town]} 's {SPEAKERS[who]}"))
    clause = f"{thing} was {verb} by {where}" if chance(rng, 0.4) else f"{where} {verb} {thing}"
    return f"{when} , {clause} ." if chance(rng, 0.4) else f"{clause} {when} ."


def _changed(rng: random.Random, meaning: Meaning, news: bool) -> Meaning:
    """The meaning with one part replaced."""
    while True:
        part, fresh = int(rng.random() * len(meaning)), _news(rng) if news else _question(rng)
        if not news and part in (1, 2):
            fresh = _other_action(rng, meaning, fresh, part)
        elif news or part in (0, 3):
            fresh = tuple(fresh[at] if at == part else value for at, value in enumerate(meaning))
        if fresh != meaning:
            return fresh


def _other_action(rng: random.Random, meaning: Meaning, fresh: Meaning, part: int) -> Meaning:
    """Another thing for the same verb, or another verb for the same thing where there is one."""
    ask, action, thing, extra = meaning
    if part == 2:
        return (ask, action, int(rng.random() * len(ACTIONS[action][1])), extra)
    words = ACTIONS[action][1][thing]
    same = [(at, things.index(words)) for at, (_, things) in enumerate(ACTIONS) if words in things and at != action]
    return (ask, *(pick(rng, same) if same else fresh[1:3]), extra)


def _draw(rng: random.Random, split: Split, label: int, news: bool) -> tuple[str, str]:
    fresh, word = (_news, _word_news) if news else (_question, _word_question)
    while True:
        meaning = fresh(rng)
        first = word(rng, meaning)
        if split_of(first) != split:
            continue
        for _ in range(12):
            second = word(rng, meaning if label else _changed(rng, meaning, news))
            if second != first and split_of(second) == split:
                return first, second


def make(task: str, rng: random.Random, split: Split) -> Item:
    """Two texts; the first has a second latent in a quarter of the cases."""
    label = int(rng.random() < 0.5)
    first, second = _draw(rng, split, label, task == "demo/news_pairs")
    latents = {"paraphrase": label}
    text = distracted(rng, split, first, latents)
    if text == first:
        text = maybe_filler(rng, text, 0.1, plain=True)
    return Item(task, "paraphrase", text, second, label=label, latents=latents)


def facts(rng: random.Random) -> str:
    """A synonym or an opposite among the words of the pairs."""
    if chance(rng, 0.5):
        thing, verbs, opposites = pick(rng, NEWS)
        if chance(rng, 0.5):
            same = pick(rng, (verbs, opposites))
            return f"{same[0]} {thing} means {same[1]} {thing} ."
        return f"{pick(rng, verbs)} is the opposite of {pick(rng, opposites)} ."
    verbs, things = pick(rng, ACTIONS)
    pool = pick(rng, tuple(group for group in (verbs, *things, *EXTRAS, *ASK) if len(group) > 1))
    first = pick(rng, pool)
    return f"{first} means {other(rng, pool, first)} ."
