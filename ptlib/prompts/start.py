"""What a prompt is before its first step. Specs, records and the command line spell it as one word of text (so that ids stay)."""

from dataclasses import dataclass

from ptlib.base.errors import BadInput

RANDOM, VOCAB, LABELS, TEXT, PROMPT = "random", "vocab", "labels", "text", "prompt"
UNTRAINED = (RANDOM, VOCAB, LABELS, TEXT)
"""Starts that (task, seed) alone give again."""


@dataclass(frozen=True, slots=True)
class Start:
    """A start, taken apart."""

    kind: str
    """random = N(0, 0.02); vocab = sampled vocabulary rows; labels = the label words' rows; text = the rows of words;
    prompt = another tuned prompt. A record may name another one, of which nothing is known ("published")."""
    value: str = ""
    """The words of text; the id or the folder of a prompt."""

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
    def is_untrained(self) -> bool:
        """Whether it can be made again from the task and the seed."""
        return self.kind in UNTRAINED and (self.kind == TEXT or not self.value)

    def __str__(self) -> str:
        return f"{self.kind}:{self.value}" if self.kind in (TEXT, PROMPT) else self.kind
