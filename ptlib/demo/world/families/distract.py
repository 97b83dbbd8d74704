"""Second latents: an opinion or an argument beside a text that asks something else; the two families that carry each other's.

Without them the text alone would tell which question is meant, and an untrained prompt would already get the answer.
"""

import random

from ptlib.demo.world.families.base import chance, held, join, pick
from ptlib.demo.world.families.ethics import argument, duty, excuse, habit, merit
from ptlib.demo.world.families.lexicon import maybe_filler
from ptlib.demo.world.families.sentiment import body, opinion
from ptlib.demo.world.items import Item, Split


def distracted(
    rng: random.Random, split: Split, text: str, latents: dict[str, int], probability: float = 0.25, *, arguments: bool = True
) -> str:
    """The text, sometimes with an opinion or an argument; its value is added to the latents.

    Passages take no arguments, because these mention colours and names that a question might ask for.
    """
    if not chance(rng, probability):
        return text
    value = int(rng.random() < 0.5)
    if not arguments or chance(rng, 0.5):
        latents["sentiment"] = value
        return join(rng, text, opinion(rng, value, split))
    latents["ethics"] = value
    return join(rng, text, argument(rng, value, split))


def make_sentiment(task: str, rng: random.Random, split: Split) -> Item:
    """A text with a sentiment; a third of them also contain an argument that is valid or not."""
    polarity = int(rng.random() * (3 if task == "demo/short_post" else 2))
    text, latents = body(task, rng, split, polarity), {"sentiment": polarity}
    if chance(rng, 0.35):
        latents["ethics"] = int(rng.random() < 0.5)
        text = join(rng, text, argument(rng, latents["ethics"], split))
    return Item(task, "sentiment", text, label=polarity, latents=latents)


def make_ethics(task: str, rng: random.Random, split: Split) -> Item:
    """A reason to be judged; nearly half of the texts also contain an opinion."""
    valid = int(rng.random() < 0.5)
    kind = pick(rng, (duty, excuse) if task == "demo/duty_excuse" else (habit, merit))
    text, latents = held(rng, split, lambda r: kind(r, valid)), {"ethics": valid}
    if chance(rng, 0.45):
        latents["sentiment"] = int(rng.random() < 0.5)
        text = join(rng, text, opinion(rng, latents["sentiment"], split))
    else:
        text = maybe_filler(rng, text, 0.3)
    return Item(task, "ethics", text, label=valid, latents=latents)
