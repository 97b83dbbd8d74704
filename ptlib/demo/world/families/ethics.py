"""Everyday moral judgement: is the reason given a fitting one? The latent is 0 no, 1 yes.

A reason that does not fit is one that fits elsewhere, so that no word gives the answer away by itself.
"""

import random

from ptlib.demo.world.families.base import a, chance, held, pick
from ptlib.demo.world.families.lexicon import COLOURS, NAMES, NUMBERS, RELATIVES, him, his, pronoun
from ptlib.demo.world.families.words import (
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
from ptlib.demo.world.tables import read

_frames = read("ethics")["frames"]


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
    return pick(rng, _frames["duty"]).format(role=f"{a(role)}{where}", task=task)


def excuse(rng: random.Random, valid: int) -> str:
    """Does the excuse settle the request?"""
    request = pick(rng, REQUESTS)
    reason = pick(rng, EXCUSES[request if valid else _elsewhere(rng, REQUESTS, request)])
    name, when = pick(rng, NAMES), pick(rng, ("", "", " today", " now", " please"))
    day = pick(rng, ("", "", " today", " this morning", " yet"))
    values = {"soon": when.replace(" please", " soon"), "then": day.replace(" yet", ""), "when": when, "day": day}
    return pick(rng, _frames["excuse"]).format(n=name, k=request, r=reason, **values)


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
    return pick(rng, _frames["habit"]).format(k=key.format(**values), r=reason.format(**values))


def merit(rng: random.Random, valid: int) -> str:
    """Is there a fitting reason to deserve something?"""
    key = pick(rng, MERIT_KEYS)
    if valid:
        reason = pick(rng, MERITS[key])
    elif chance(rng, 0.5):
        reason = pick(rng, MERITS[_elsewhere(rng, MERIT_KEYS, key)])
    else:
        reason = pick(rng, IRRELEVANT_ME).format(c=pick(rng, COLOURS), r=pick(rng, RELATIVES), k=pick(rng, NUMBERS))
    return pick(rng, _frames["merit"]).format(k=key, r=reason, n=pick(rng, NAMES))


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
