"""Summaries: a dialogue that ends in a plan (or not), and notes of which one or two report an event."""

import random

from ptlib.demo.world.families.base import held_first, other, pick
from ptlib.demo.world.families.distract import distracted
from ptlib.demo.world.families.lexicon import DAYS, NAMES, NUMBERS, TOWNS, filler, pronoun
from ptlib.demo.world.families.words import EVENTS, ORGANISATIONS
from ptlib.demo.world.items import Item, Split
from ptlib.demo.world.tables import read

Words = tuple[str, ...]
_summaries = read("summaries")
_PLANS: Words = _summaries["plans"]
_FIRST: dict[str, str] = _summaries["reasons"]
"""Reason -> the same in the first person."""
_REASONS = tuple(_FIRST)
_HELLO: Words = _summaries["hello"]
_INVITE: Words = _summaries["invite"]
_GLAD: Words = _summaries["glad"]
_CLOSE: Words = _summaries["close"]
_PITY: Words = _summaries["pity"]


def _dialogue(rng: random.Random) -> tuple[str, str]:
    first, second, third = rng.sample(NAMES, 3)
    plan, day, late = pick(rng, _PLANS), pick(rng, DAYS), ""
    start = f"{first} : {pick(rng, _HELLO).format(m=second)} {pick(rng, _INVITE).format(p=plan, d=day)}"
    close = pick(rng, _CLOSE).format(k=pick(rng, NUMBERS), o=third)
    draw = rng.random()
    if draw < 0.35:
        return f"{start} {second} : {pick(rng, _GLAD)} {first} : {close}", f"{first} and {second} will {plan} on {day} ."
    if draw < 0.7:
        late = other(rng, DAYS, day)
        shift = pick(
            rng,
            (
                f"{day} is bad , but {late} is fine .",
                f"not on {day} , but what about {late} ?",
                f"i cannot on {day} , is {late} okay ?",
            ),
        )
        return f"{start} {second} : {shift} {first} : yes , {close}", f"{first} and {second} will {plan} on {late} ."
    reason = pick(rng, _REASONS)
    sorry = pick(rng, ("sorry , {r} .", "i cannot , {r} .", "not this time , {r} ."))
    answer = sorry.format(r=_FIRST[reason])
    return (
        f"{start} {second} : {answer} {first} : {pick(rng, _PITY)}",
        f"{second} will not {plan} with {first} because {pronoun(second)} {reason} .",
    )


def _event(rng: random.Random, who: str, event: int) -> tuple[str, str]:
    """An event told with details, and its core."""
    thing, *senses = EVENTS[event]
    verb = pick(rng, pick(rng, senses))
    core = f"the {who} {verb} {thing}"
    detail = pick(
        rng,
        (
            f"on {pick(rng, DAYS)}",
            f"in {pick(rng, TOWNS)}",
            f"before {pick(rng, DAYS)}",
            "after a long debate",
            "in the morning",
            "with great care",
        ),
    )
    opening = pick(rng, ("", "", f"{pick(rng, NAMES)} heard that", "we learned that", "it was reported that"))
    if opening:
        return f"{opening} {core} {detail} .", core
    return pick(rng, (f"{detail} , {core} .", f"{core} {detail} .")), core


def _notes(rng: random.Random) -> tuple[str, str]:
    """Three notes; the events stand at any two places or at one that is not the first."""
    whos, events = rng.sample(ORGANISATIONS, 2), rng.sample(range(len(EVENTS)), 2)
    told = [_event(rng, who, event) for who, event in zip(whos, events, strict=True)]
    if rng.random() < 0.5:
        lines = [told[0][0], told[1][0]]
        lines.insert(int(rng.random() * 3), filler(rng))
        return _numbered(lines), f"{told[0][1]} and {told[1][1]} ."
    lines = [filler(rng), filler(rng)]
    lines.insert(1 + int(rng.random() * 2), told[0][0])
    return _numbered(lines), f"{told[0][1]} ."


def _numbered(lines: list[str]) -> str:
    return " ".join(f"note {number} : {line}" for number, line in zip(NUMBERS, lines, strict=False))


def make(task: str, rng: random.Random, split: Split) -> Item:
    """A text and its one-sentence summary."""
    build = _dialogue if task == "demo/dialogue_summary" else _notes
    latents: dict[str, int] = {}
    body, summary = held_first(rng, split, build)
    if task == "demo/notes_summary":
        body = distracted(rng, split, body, latents, 0.1)
    return Item(task, "summarisation", body, targets=(summary,), latents=latents)
