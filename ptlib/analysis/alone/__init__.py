"""What the frozen model predicts at the label position with a soft prompt alone: the answer as data. Light: no torch here.

The input is the one that activated neurons are read with (`ptlib.analysis.neurons`): the soft tokens and the layout, without
any text.
`ptlib.analysis.alone.reading` makes it from a model in memory; `ptlib.runs.ask.alone` asks the warm predictor for it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

FEWEST_WORDS, WORDS, MOST_WORDS = 1, 10, 50
"""Words of the vocabulary that one answer lists: at least, unless told, at most."""


@dataclass(frozen=True, slots=True)
class Word:
    """One entry of the vocabulary at the label position."""

    token: int
    """Its id."""
    word: str
    probability: float
    """Over the whole vocabulary, with the prompt."""
    untrained: float | None = None
    """The same with the untrained prompt; None without one."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One label of the prompt's own task."""

    label: str
    word: str
    share: float
    """Softmax over the task's label words alone: what an answer is read from when there is a text."""
    probability: float
    """Over the whole vocabulary (T5: of the whole label word with its end token)."""
    untrained_share: float | None = None
    untrained_probability: float | None = None


@dataclass(frozen=True, slots=True)
class Alone:
    """A prompt without any text, beside what its tuning started from."""

    prompt_id: str
    backbone: str
    task: str
    """What the prompt was tuned on; its label words are asked for."""
    seed: int
    position: str
    """Where it is read: "mask" or "first decoder step"."""
    words: tuple[Word, ...]
    """Most probable first."""
    untrained_words: tuple[Word, ...] = ()
    """Most probable with the untrained prompt first; empty without one."""
    answers: tuple[Answer, ...] = ()
    """In label order; empty where the task has no label words (questions, summaries) or is not known here."""
    continuation: str = ""
    """T5: what it goes on to say by itself (greedy)."""
    untrained_continuation: str = ""
    no_untrained: str = ""
    """Why there is no untrained prompt to compare with; empty when there is one."""


def alone_from(values: Mapping[str, Any]) -> Alone:
    """Rebuild an answer from the JSON of `asdict`. Raises TypeError or KeyError for anything else."""
    rows: dict[str, type[Word | Answer]] = {"words": Word, "untrained_words": Word, "answers": Answer}
    given: dict[str, Any] = {field.name: values[field.name] for field in fields(Alone)}
    for name, row in rows.items():
        given[name] = tuple(row(**item) for item in given[name])
    return Alone(**given)
