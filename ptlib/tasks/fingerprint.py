"""Texts that two tasks share: counted on the examples themselves, to be shown beside their transfer."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from ptlib.tasks.task import Example

_NOISE = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True)
class Overlap:
    """How many of the target's evaluation examples the source's training examples contain."""

    shared: int
    total: int

    @property
    def share(self) -> float:
        """Fraction 0-1 of the target's examples."""
        return self.shared / self.total if self.total else 0.0


def fingerprint(example: Example) -> str:
    """Letters and digits of an example's texts, so that spacing, case and punctuation do not hide a copy."""
    return " ".join(_NOISE.sub(" ", text.lower()).strip() for text in (example.text_a, example.text_b))


def shared_texts(source: Iterable[Example], target: Iterable[Example]) -> Overlap:
    """Count the target's examples whose texts occur in the source."""
    known = {fingerprint(example) for example in source}
    prints = [fingerprint(example) for example in target]
    return Overlap(sum(item in known for item in prints), len(prints))
