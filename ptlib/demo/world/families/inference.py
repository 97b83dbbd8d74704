"""Does the second text follow from the first? The latent is 0 no, 1 yes, 2 maybe.

A premise states some attributes of a scene, the hypothesis is about one attribute: stated alike (yes), otherwise (no),
not stated (maybe). Attribute, value and negation of the hypothesis are drawn alike for all classes, so that neither text gives
the class away.
"""

import random

from ptlib.demo.world.families.answers import answer_pair
from ptlib.demo.world.families.base import a, chance, held_first, other, pick
from ptlib.demo.world.families.distract import distracted
from ptlib.demo.world.families.events import event_pair
from ptlib.demo.world.families.lexicon import COLOURS, INDOORS, NAMES, PLACES, maybe_filler
from ptlib.demo.world.families.words import ACTIVITIES, AGENTS, FEELINGS, GROUPS
from ptlib.demo.world.items import Item, Split

_SCENE = ("activity", "place", "clothes", "feeling", "company")
_GARMENTS = ("coat", "hat", "shirt", "scarf")
_COMPANY = ("alone", "with a friend", "with a child", "with a dog")
_KINDS = ("activity", "activity", "place", "place", "clothes", "feeling", "company")


def _value(rng: random.Random, attribute: str) -> str:
    if attribute == "activity":
        return pick(rng, ACTIVITIES)
    if attribute == "place":
        return pick(rng, PLACES)
    if attribute == "clothes":
        return f"{pick(rng, COLOURS)} {pick(rng, _GARMENTS)}"
    return pick(rng, tuple(FEELINGS) if attribute == "feeling" else _COMPANY)


def _premise(rng: random.Random, agent: str, said: dict[str, str]) -> str:
    """A sentence with the said attributes only."""
    person = agent in AGENTS
    feeling = pick(rng, FEELINGS[said["feeling"]]) if "feeling" in said else ""
    subject = a(f"{feeling} {agent}".strip()) if person else agent
    if "clothes" in said:
        subject += f" in {a(said['clothes'])}"
    place = f"in the {said['place']}" if "place" in said else ""
    parts = [said.get("activity", ""), said.get("company", "")]
    front = bool(place) and chance(rng, 0.25)
    if place and not front:
        parts.insert(1, place)
    rest = " ".join(part for part in parts if part)
    text = f"{subject} is {rest}" if rest else f"{subject} is {pick(rng, ('nearby', 'here'))}"
    if feeling and not person:
        text += f" and feels {feeling}"
    return f"{place} , {text} ." if front else f"{text} ."


def _claim(rng: random.Random, agent: str, attribute: str, value: str, broad: bool, *, negated: bool) -> str:
    """A hypothesis about one attribute, in the exact or in a broader word."""
    who = f"the {agent}" if agent in AGENTS else agent
    if chance(rng, 0.3):
        who = "the person" if agent in AGENTS else "someone"
    if negated and who == "someone":
        who = agent
    be = f"{who} is not" if negated else f"{who} is"
    if attribute == "activity":
        return f"{be} {GROUPS[value] if broad else value} ."
    if attribute == "place":
        return f"{be} {_side(value) if broad else f'in the {value}'} ."
    if attribute == "clothes":
        return f"{be} wearing {a(value)} ."
    return f"{be} {pick(rng, FEELINGS[value]) if attribute == 'feeling' else value} ."


def _side(place: str) -> str:
    return "indoors" if place in INDOORS else "outdoors"


def _contrary(rng: random.Random, attribute: str, value: str, broad: bool) -> str:
    """A value that excludes the given one, also in the broader word."""
    if attribute == "clothes":
        colour, garment = value.split()
        return f"{other(rng, COLOURS, colour)} {garment}"
    while True:
        found = _value(rng, attribute)
        same = found == value or (broad and attribute == "activity" and GROUPS[found] == GROUPS[value])
        if not same and not (broad and attribute == "place" and _side(found) == _side(value)):
            return found


def _scene_pair(rng: random.Random, label: int) -> tuple[str, str]:
    attribute = pick(rng, _KINDS)
    rest = rng.sample([name for name in _SCENE if name != attribute], pick(rng, (2, 2, 3)))
    if label != 2:
        rest[0] = attribute
    said = {name: _value(rng, name) for name in rest}
    broad, negated = chance(rng, 0.5), chance(rng, 0.12)
    if label == 2:
        value = _value(rng, attribute)
    else:
        value = said[attribute] if (label == 1) != negated else _contrary(rng, attribute, said[attribute], broad)
    agent = pick(rng, AGENTS) if chance(rng, 0.6) else pick(rng, NAMES)
    return _premise(rng, agent, said), _claim(rng, agent, attribute, value, broad, negated=negated)


def make(task: str, rng: random.Random, split: Split) -> Item:
    """A premise and a hypothesis (or a sentence and a question), with a second latent in a quarter of the premises."""
    label = int(rng.random() * (2 if task == "demo/answer_inference" else 3))
    build = {"demo/scene_inference": _scene_pair, "demo/event_inference": event_pair}.get(task, answer_pair)
    first, second = held_first(rng, split, lambda r: build(r, label))
    latents = {"entailment": label}
    text = distracted(rng, split, first, latents)
    if text == first:
        text = maybe_filler(rng, text, 0.1, plain=True)
    return Item(task, "inference", text, second, label=label, latents=latents)


def facts(rng: random.Random) -> str:
    """A broader word, a synonym or a place's side."""
    draw = rng.random()
    if draw < 0.5:
        act = pick(rng, ACTIVITIES)
        return f"whoever is {act} is {GROUPS[act]} ."
    if draw < 0.8:
        place = pick(rng, PLACES)
        return f"whoever is in the {place} is {_side(place)} ."
    feeling = pick(rng, tuple(FEELINGS))
    return f"{FEELINGS[feeling][1]} means {FEELINGS[feeling][0]} ."
