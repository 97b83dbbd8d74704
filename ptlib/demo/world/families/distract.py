"""Second latents: an opinion or an argument beside a text that asks something else.

Without them the text alone would tell which question is meant, and an untrained prompt would already get the answer.
"""

import random

from ptlib.demo.world.families.base import chance, join
from ptlib.demo.world.families.ethics import argument
from ptlib.demo.world.families.sentiment import opinion
from ptlib.demo.world.items import Split


def distracted(
    rng: random.Random, split: Split, text: str, latents: dict[str, int], probability: float = 0.25, arguments: bool = True
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
