"""The warm predictor: keeps the last backbones and prompts in memory and answers single sentences.

Questions come from a socket (`ptlib.runs.service`), so each is checked whole; models are used by one thread at a time.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict
from typing import Any, TypeVar

import numpy as np

from ptlib.analysis.alone.reading import read_alone
from ptlib.analysis.neurons import capture_all, choose, masked
from ptlib.base import exposure
from ptlib.base.errors import BadInput
from ptlib.base.progress import Silent
from ptlib.base.tables import as_text
from ptlib.models.load import FrozenModel, load_model
from ptlib.models.registry import get_backbone
from ptlib.prompts.evaluation import evaluate
from ptlib.prompts.initial import reference_prompt
from ptlib.prompts.soft import SoftPrompt
from ptlib.results.catalogue import Catalogue
from ptlib.runs.ask import MOST_ASKED
from ptlib.runs.work import found
from ptlib.tasks.names import REFERENCE_ROWS
from ptlib.tasks.registry import resolve_task
from ptlib.tasks.scoring import SCORERS
from ptlib.tasks.task import Example, Task

MOST_MODELS, MOST_PROMPTS = 2, 64
LONGEST_TEXT = 20_000
"""Characters of both texts together; what a model cannot read of them is cut off by the layout."""


K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Predictor:
    """Backbones and prompts in memory, and how they answer."""

    def __init__(self) -> None:
        self.models: OrderedDict[str, FrozenModel] = OrderedDict()
        self._prompts: OrderedDict[tuple[str, str, str], SoftPrompt] = OrderedDict()
        self._turn = threading.Lock()

    def answer(self, request: Mapping[str, Any]) -> list[list[float] | str]:
        """Label probabilities or the generated text, one entry a prompt. Raises PtlibError."""
        backbone, names, task_id, text_a, text_b = _checked(request)
        with self._turn:
            task, frozen = resolve_task(task_id), self._model(backbone)
            frozen.spec.check_runs(task)
            _check_pair(task, text_a, text_b)
            prompts = [self._prompt(frozen, name) for name in names]
            example = Example("asked", text_a, text_b, 0 if task.is_classification else None, ("",))
            with _switched_off(frozen, prompts, _checked_share(request)):
                found = evaluate(frozen, prompts, task, [example], Silent())
        if task.is_classification:
            return [np.exp(item.log_prob[0].astype(float)).tolist() for item in found]
        return [item.predicted[0] for item in found]

    def alone(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """What the model says with a prompt and no text (see `ptlib.analysis.alone.Alone`). Raises PtlibError."""
        backbone, name, count = _checked_alone(request)
        with self._turn:
            frozen = self._model(backbone)
            return asdict(read_alone(frozen, self._prompt(frozen, name), count))

    def warm_up(self) -> None:
        """Load what only the first generated answer would load (about two seconds of imports), while nobody waits for it."""
        import transformers.generation.candidate_generator  # noqa: F401

        SCORERS["rouge_l"]("a", ["a"])

    def _model(self, name: str) -> FrozenModel:
        return _kept(self.models, name, MOST_MODELS, lambda: load_model(get_backbone(name)))

    def _prompt(self, frozen: FrozenModel, name: str) -> SoftPrompt:
        """A prompt, kept until any result changes (then its files may have been replaced)."""
        catalogue = Catalogue()
        key = (name, frozen.spec.id, catalogue.fingerprint())
        return _kept(self._prompts, key, MOST_PROMPTS, lambda: _found(frozen, name, catalogue))


def _switched_off(frozen: FrozenModel, prompts: list[SoftPrompt], share: float) -> AbstractContextManager[None]:
    """Zeroes a share of the neurons that two prompts both activate, the most active first, while it is open. Raises BadInput."""
    if not share:
        return nullcontext()
    if len(prompts) != 2:
        raise BadInput(f"Shared neurons are those of two prompts, but {len(prompts)} are asked. Ask two.")
    first, second = capture_all(frozen, prompts)
    return masked(frozen, choose("shared", first, second, share))


def _found(frozen: FrozenModel, name: str, catalogue: Catalogue) -> SoftPrompt:
    """A measured reference row's prompt, one that is carried over from another model, or a stored one."""
    return _reference(frozen, name, catalogue) or found(name, catalogue)


def _kept(kept: OrderedDict[K, V], key: K, most: int, make: Callable[[], V]) -> V:
    """What is kept under a key, made when it is not; what was not used for longest makes room first, as one more may not fit."""
    if key not in kept:
        while len(kept) >= most:
            kept.popitem(last=False)
        kept[key] = make()
    kept.move_to_end(key)
    return kept[key]


def _reference(frozen: FrozenModel, name: str, catalogue: Catalogue) -> SoftPrompt | None:
    """The prompt behind a measured reference row: it lies nowhere, but can be made again."""
    for entry in catalogue.entries(frozen.spec.id):
        if entry.prompt_id == name and entry.source in REFERENCE_ROWS:
            settings = catalogue.recipes(frozen.spec.id).get(entry.recipe)
            return reference_prompt(frozen, entry.source, resolve_task(entry.target), settings, entry.seed) if settings else None
    return None


def _checked(request: Mapping[str, Any]) -> tuple[str, list[str], str, str, str]:
    """Fields of a question. Raises BadInput."""
    words = [word for name in ("backbone", "task", "text_a", "text_b") if isinstance(word := request.get(name), str)]
    names = request.get("prompts")
    if len(words) < 4 or not isinstance(names, list):
        raise BadInput("This is no question: it needs backbone, prompts, task, text_a and text_b.")
    if not 0 < len(names) <= MOST_ASKED or not all(isinstance(name, str) and name for name in names):
        raise BadInput(f"One question may ask 1 to {MOST_ASKED} prompts.")
    _check_known(words[0], names)
    backbone, task_id, text_a, text_b = (word.encode(errors="ignore").decode() for word in words)  # half characters are dropped
    if not (_seen(text_a) or _seen(text_b)):
        raise BadInput("The text is empty. Type a sentence.")
    if len(text_a) + len(text_b) > LONGEST_TEXT:
        raise BadInput(f"The text has {len(text_a) + len(text_b):,} characters; at most {LONGEST_TEXT:,} are read. Shorten it.")
    return backbone, names, task_id, text_a, text_b


def _seen(text: str) -> bool:
    """Whether there is anything to be seen in a text."""
    return bool(as_text(text, "text", "the question"))


def _check_pair(task: Task, text_a: str, text_b: str) -> None:
    """A task of two texts was trained on both, and is asked with both. Raises BadInput."""
    if "{text_b}" in task.t5_template and not (_seen(text_a) and _seen(text_b)):
        which = "second" if _seen(text_a) else "first"
        raise BadInput(f"'{task.name}' reads two texts, but the {which} is empty. Type both.")


def _checked_share(request: Mapping[str, Any]) -> float:
    """The share of shared neurons to switch off, 0 when nothing is said of it. Raises BadInput."""
    share = request.get("zeroed", 0.0)
    if type(share) not in (int, float) or not 0 <= share <= 1:
        raise BadInput("The share of neurons to switch off must be a number from 0 to 1.")
    return float(share)


def _checked_alone(request: Mapping[str, Any]) -> tuple[str, str, int]:
    """Fields of a question without a text. Raises BadInput."""
    backbone, name, count = (request.get(field) for field in ("backbone", "alone", "count"))
    if not isinstance(backbone, str) or not isinstance(name, str) or not name or type(count) is not int:
        raise BadInput("This is no question: it needs backbone, a prompt and a number of words.")
    _check_known(backbone, [name])
    return backbone, name, count


def _check_known(backbone: Any, prompts: list[str]) -> None:
    """In read-only mode only what has results is used: no folder is looked into, nothing is fetched. Raises NotAvailable."""
    if not exposure.read_only():
        return

    if backbone not in Catalogue().backbones() or any(map(exposure.looks_like_path, prompts)):
        exposure.check_changes()
