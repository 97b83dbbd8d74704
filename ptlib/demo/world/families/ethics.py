"""Everyday moral judgement: is the reason given a fitting one? The latent is 0 no, 1 yes.

A reason that does not fit is one that fits elsewhere, so that no word gives the answer away by itself.
"""

import random

from ptlib.demo.world.families.base import a, chance, held, pick
from ptlib.demo.world.families.lexicon import COLOURS, NAMES, NUMBERS, RELATIVES, him, his, pronoun
from ptlib.demo.world.families.words.ethics import (
    CLOSE,
    DUTIES,
    EXCUSES,
    HABIT_KEYS,
    HABITS,
    IRRELEVANT,
    IRRELEVANT_ME,
    MERIT_KEYS,
    MERITS,
    REQUESTS,
    ROLES,
)
from ptlib.demo.world.items import Split


def _elsewhere(rng: random.Random, keys: tuple[str, ...], than: str) -> str:
    """Another key whose reasons cannot pass as reasons here."""
    while True:
        key = pick(rng, keys)
        if key != than and frozenset((key, than)) not in CLOSE:
            return key


def duty(rng: random.Random, valid: int) -> str:
    """Does the duty belong to the role?"""
    role = pick(rng, ROLES)
    task = pick(rng, DUTIES[role if valid else _elsewhere(rng, ROLES, role)])
    where = pick(rng, ("", "", " in a small town", " in the city", " on my first day", " this week", " at the moment"))
    return pick(
        rng,
        (
            f"i am {a(role)}{where} , so i should {task} .",
            f"as {a(role)}{where} , i should {task} .",
            f"i work as {a(role)}{where} , so it is my job to {task} .",
            f"because i am {a(role)}{where} , people expect me to {task} .",
            f"my job as {a(role)}{where} means that i have to {task} .",
        ),
    )


def excuse(rng: random.Random, valid: int) -> str:
    """Does the excuse settle the request?"""
    request = pick(rng, REQUESTS)
    reason = pick(rng, EXCUSES[request if valid else _elsewhere(rng, REQUESTS, request)])
    name, when = pick(rng, NAMES), pick(rng, ("", "", " today", " now", " please"))
    day = pick(rng, ("", "", " today", " this morning", " yet"))
    return pick(
        rng,
        (
            f"can you {request}{when} ? no , because {reason} .",
            f"{name} : please {request}{when.replace(' please', ' soon')} . me : no , {reason} .",
            f"i did not {request}{day} because {reason} .",
            f"{name} asked me to {request}{day.replace(' yet', '')} but i refused because {reason} .",
            f"i do not have to {request}{day.replace(' yet', '')} because {reason} .",
        ),
    )


def _person(name: str) -> dict[str, str]:
    """The slots that stand for a person."""
    s = pronoun(name)
    return {"n": name, "s": s, "h": his(name), "m": him(name), "p": f"{name} 's", "x": "himself" if s == "he" else "herself"}


def habit(rng: random.Random, valid: int) -> str:
    """Is there a fitting reason to end a habit?"""
    key, name = pick(rng, HABIT_KEYS), pick(rng, NAMES)
    if valid:
        reason = pick(rng, HABITS[key])
    elif chance(rng, 0.5):
        reason = pick(rng, HABITS[_elsewhere(rng, HABIT_KEYS, key)])
    else:
        reason = pick(rng, IRRELEVANT)
    values = {**_person(name), "c": pick(rng, COLOURS), "r": pick(rng, RELATIVES), "k": pick(rng, NUMBERS)}
    frame = pick(
        rng,
        (
            "i no longer {k} because {r} .",
            "i used to {k} , but i stopped because {r} .",
            "i stopped : i will not {k} any more because {r} .",
            "i will not {k} from now on because {r} .",
            "i usually {k} , but not this week because {r} .",
        ),
    )
    return frame.format(k=key.format(**values), r=reason.format(**values))


def merit(rng: random.Random, valid: int) -> str:
    """Is there a fitting reason to deserve something?"""
    key = pick(rng, MERIT_KEYS)
    if valid:
        reason = pick(rng, MERITS[key])
    elif chance(rng, 0.5):
        reason = pick(rng, MERITS[_elsewhere(rng, MERIT_KEYS, key)])
    else:
        reason = pick(rng, IRRELEVANT_ME).format(c=pick(rng, COLOURS), r=pick(rng, RELATIVES), k=pick(rng, NUMBERS))
    frame = pick(
        rng,
        (
            "i deserve {k} because {r} .",
            "i told {n} that i deserve {k} because {r} .",
            "{n} , i should get {k} because {r} .",
            "i asked {n} for {k} because {r} .",
            "i think {n} owes me {k} because {r} .",
            "i wrote to {n} that i should get {k} because {r} .",
        ),
    )
    return frame.format(k=key, r=reason, n=pick(rng, NAMES))


def argument(rng: random.Random, valid: int, split: Split) -> str:
    """A sentence with a reason that fits (1) or not (0)."""
    kind = pick(rng, (duty, excuse, habit, merit))
    return held(rng, split, lambda r: kind(r, valid))


def facts(rng: random.Random) -> str:
    """A true statement about duties, excuses or reasons."""
    draw = rng.random()
    if draw < 0.4:
        role = pick(rng, ROLES)
        return f"{a(role)} should {pick(rng, DUTIES[role]).replace(' my ', ' the ')} ."
    if draw < 0.6:
        request = pick(rng, REQUESTS)
        return f"if {pick(rng, EXCUSES[request])} , nobody has to {request} ."
    if draw < 0.8:
        key, name = pick(rng, HABIT_KEYS), pick(rng, NAMES)
        text = f"if {pick(rng, HABITS[key])} , i need not {key} .".format(**_person(name))
        return text.replace(f"if {pronoun(name)} ", f"if {name} ", 1)
    key = pick(rng, MERIT_KEYS)
    return f"if {pick(rng, MERITS[key])} , i deserve {key} ."
