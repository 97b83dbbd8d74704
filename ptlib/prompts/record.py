"""What is known of a soft prompt besides its values: one record for those tuned here, imported ones, and reference rows."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ptlib.base.bounds import MOST
from ptlib.base.errors import BadInput
from ptlib.models.published_layout import LAYOUT
from ptlib.prompts.start import Start
from ptlib.tasks.task import MASKED_LM, T5


@dataclass(frozen=True, slots=True)
class Tuning:
    """How the tuning of a prompt went."""

    steps: int
    untrained_score: float
    """On the validation examples, a fraction, before the first step."""
    validation_score: float
    seconds: float
    finished: float
    """Seconds since the epoch."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """Where a prompt came from."""

    id: str
    """Of a tuned or imported prompt; of one that a spec names by its folder: `/folder#digest`."""
    backbone: str
    task: str
    seed: int
    recipe: str = ""
    init: str = ""
    """What it was before the first step, as `Start` spells it."""
    prompt_length: int = 0
    width: int = 0
    layout: str = "prepend"
    step: int = 0
    """Optimiser step the values were taken at."""
    template: str = ""
    label_words: tuple[str, ...] = ()
    created: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict)
    """max_tokens, source, label_ids, ... : whatever an evaluation needs or a reader may ask."""
    tuning: Tuning | None = None
    """Of a prompt in the catalogue; this and what follows is not part of the prompt's own file."""
    origin: str = ""
    """demo or own; empty for one that lies elsewhere."""
    run_id: str | None = None

    @property
    def start(self) -> Start:
        """What it was before the first step."""
        return Start.of(self.init)

    @property
    def folder(self) -> Path | None:
        """Where it lies, when a spec names it by its folder."""
        return Path(self.id.rpartition("#")[0]) if "#" in self.id else None

    @property
    def name(self) -> str:
        """For people: the id, or the folder's name."""
        return self.folder.name if self.folder else self.id

    @property
    def row0_unused(self) -> bool:
        """Published masked-LM layout: row 0 is a by-product and left out of every picture."""
        return bool(self.extra.get("row0_unused"))

    def as_json(self) -> dict[str, Any]:
        """The part that lies beside the values."""
        return {name: getattr(self, name) for name in STORED}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "Prompt":
        """The record that a prompt's file holds; names of later versions are ignored. Raises TypeError for no record of ours."""
        known: dict[str, Any] = {name: values[name] for name in STORED if name in values}
        known |= {name: tuple(value) for name, value in known.items() if isinstance(value, list)}
        return cls(**known)


STORED = tuple(name for name in Prompt.__dataclass_fields__ if name not in ("tuning", "origin", "run_id"))
_TEXTS = ("id", "backbone", "task", "recipe", "init", "layout", "template", "created")
_NUMBERS = ("seed", "prompt_length", "width", "step")


def check_record(values: Mapping[str, Any], where: object) -> None:
    """Refuse a record with a value of the wrong kind, before anything is done with it. Raises BadInput."""
    wrong = [name for name in _TEXTS if name in values and not isinstance(values[name], str)]
    wrong += [name for name in _NUMBERS if name in values and not _is_number(values[name])]
    words = values.get("label_words", ())
    wrong += [] if isinstance(words, (list, tuple)) and all(isinstance(word, str) for word in words) else ["label_words"]
    wrong += [] if values.get("layout", "prepend") in _LAYOUTS or "layout" in wrong else ["layout"]
    extra = values.get("extra", {})
    wrong += [] if isinstance(extra, Mapping) else ["extra"]
    wrong += [name for name, sound in _EXTRA.items() if isinstance(extra, Mapping) and name in extra and not sound(extra[name])]
    if wrong:
        shown = str({**values, **(extra if wrong[0] in _EXTRA else {})}[wrong[0]])[:40]
        raise BadInput(f"{where} says {wrong[0]}: {shown}, which is of the wrong kind. Correct it, or make the prompt again.")


def _is_number(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**63


_LAYOUTS = ("prepend", "peft", LAYOUT)
_EXTRA: dict[str, Callable[[Any], bool]] = {
    "max_tokens": lambda value: _is_number(value) and 0 < value <= MOST["max_tokens"],
    "label_ids": lambda value: isinstance(value, (list, tuple)) and all(map(_is_number, value)),
    "family": lambda value: value in (MASKED_LM, T5),
}
"""Entry of `extra` that an evaluation reads -> whether a value can be one."""
