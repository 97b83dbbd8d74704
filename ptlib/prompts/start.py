"""What a prompt is before its first step. Specs, records and the command line spell it as one word of text (so that ids stay)."""

import re
from dataclasses import dataclass

from ptlib.base.errors import BadInput

RANDOM, VOCAB, LABELS, TEXT, PROMPT = "random", "vocab", "labels", "text", "prompt"
UNTRAINED = (RANDOM, VOCAB, LABELS, TEXT)
"""Starts that (task, seed) alone give again."""


_CARRIED = re.compile(r"^(?P<fit>x[0-9a-f]{10}-\d+):(?P<prompt>[^/\\]+)$")
"""A prompt of another model, carried over: id of the projector's fit, id of the prompt."""


@dataclass(frozen=True, slots=True)
class Start:
    """A start, taken apart."""

    kind: str
    """random = N(0, 0.02); vocab = sampled vocabulary rows; labels = the label words' rows; text = the rows of words;
    prompt = another tuned prompt. A record may name another one, of which nothing is known ("published")."""
    value: str = ""
    """The words of text; the id or the folder of a prompt, or `FIT:ID` of one that a projector carries over."""

    @classmethod
    def of(cls, spelled: str) -> "Start":
        """Take apart what a spec or a record says, whatever it says."""
        kind, colon, value = spelled.partition(":")
        return cls(kind, value) if colon and kind in (TEXT, PROMPT) else cls(spelled)

    @classmethod
    def parse(cls, spelled: str) -> "Start":
        """Take apart what a run is to start from.

        Raises:
            BadInput: nothing that a run can start from.
        """
        start = cls.of(spelled)
        if start.is_untrained or start.is_warm:
            return start
        raise BadInput(f"Unknown initialisation '{spelled}'. Use one of: random, vocab, labels, text:..., prompt:....")

    @property
    def is_warm(self) -> bool:
        """Whether it is another tuned prompt."""
        return self.kind == PROMPT and bool(self.value)

    @property
    def carried_by(self) -> str:
        """Id of the projector's fit that carries the prompt over from another model; "" where none does."""
        found = _CARRIED.match(self.value)
        return found["fit"] if found else ""

    @property
    def prompt_id(self) -> str:
        """Id or folder of the prompt, of whatever model."""
        found = _CARRIED.match(self.value)
        return found["prompt"] if found else self.value

    @property
    def is_untrained(self) -> bool:
        """Whether it can be made again from the task and the seed."""
        return self.kind in UNTRAINED and (self.kind == TEXT or not self.value)

    def __str__(self) -> str:
        return f"{self.kind}:{self.value}" if self.kind in (TEXT, PROMPT) else self.kind
