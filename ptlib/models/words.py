"""What a tokenizer's file alone tells, without any model library: is a label word one token, which texts will be cut?"""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from tokenizers import Tokenizer

from ptlib.models.fetch import model_on_disk
from ptlib.models.spec import BackboneSpec
from ptlib.tasks import data as task_data
from ptlib.tasks.cutting import Lost, answer_lost, cut_sentence
from ptlib.tasks.own.checks import SingleToken
from ptlib.tasks.registry import resolve_task
from ptlib.tasks.task import MASKED_LM, Example, Task

_AROUND = ".,;:!?\"'()[]{}…“”‘’«»<>*"
"""Marks around a word, which are tokens of their own."""
LOOKED_AT = 300
"""Examples of a task that are looked at; the run itself counts all."""


def single_token_of(spec: BackboneSpec) -> SingleToken | None:
    """A check for `own.check`; None where it cannot be made here.

    T5 scores whole word sequences, so nothing is asked of it. A masked LM whose tokenizer is not on disk, or is no
    `tokenizer.json`, is checked when the run starts.
    """
    folder = model_on_disk(spec, offline=True)
    if spec.family != MASKED_LM or folder is None or not (folder / "tokenizer.json").is_file():
        return None
    return _asking(folder / "tokenizer.json")


def _asking(path: Path) -> SingleToken:
    tokenizer = _tokenizer(str(path), path.stat().st_mtime_ns)
    unknown = {tokenizer.token_to_id(name) for name in ("<unk>", "[UNK]")} - {None}

    def single(family: str, word: str) -> bool:
        """As `ptlib.models.positions.single_token` decides, with and without a space in front."""
        for text in (f" {word.strip()}", word.strip()):
            ids = tokenizer.encode(text, add_special_tokens=False).ids
            if len(ids) == 1 and ids[0] not in unknown:
                return True
        return False

    return single


@dataclass(frozen=True, slots=True)
class Spelled:
    """Words of a text that a model does not have whole, each once, in order."""

    unknown: tuple[str, ...] = ()
    """Not even in pieces."""
    split: tuple[str, ...] = ()


def spelled(spec: BackboneSpec, text: str) -> Spelled:
    """Which words of a text the model does not know; none where its tokenizer is not on disk as a `tokenizer.json`."""
    folder = model_on_disk(spec, offline=True)
    path = folder / "tokenizer.json" if folder else None
    if path is None or not path.is_file():
        return Spelled()
    tokenizer = _tokenizer(str(path), path.stat().st_mtime_ns)
    nothing = {tokenizer.token_to_id(name) for name in ("<unk>", "[UNK]")} - {None}
    words = list(dict.fromkeys(word for part in text.split() if (word := part.strip(_AROUND))))
    ids = {word: tokenizer.encode(f" {word}", add_special_tokens=False).ids for word in words}
    unknown = tuple(word for word in words if nothing & set(ids[word]))
    return Spelled(unknown, tuple(word for word in words if len(ids[word]) > 1 and word not in unknown))


@lru_cache(maxsize=4)
def _tokenizer(path: str, changed: int) -> Tokenizer:
    """Reads texts as written, as `ptlib.tasks.cutting.AS_WRITTEN` asks of the libraries' own."""
    tokenizer = Tokenizer.from_file(path)
    tokenizer.encode_special_tokens = True
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


@lru_cache(maxsize=256)
def cut_note(spec: BackboneSpec, task_id: str, data: str | None, prompt_length: int, max_tokens: int) -> str:
    """A sentence on what will be cut of the first training examples; empty when nothing is, or when it cannot be told here."""
    folder = model_on_disk(spec, offline=True)
    path = folder / "tokenizer.json" if folder else None
    if path is None or not path.is_file():
        return ""
    task = resolve_task(task_id)
    try:
        examples = task_data.first_examples(task, LOOKED_AT, data)
        tokenizer = _tokenizer(str(path), path.stat().st_mtime_ns)
    except Exception:  # of the tokenizers library; what is wrong is said when the run loads it
        return ""
    room = max_tokens if spec.max_positions is None else min(max_tokens, spec.max_positions - prompt_length - 4)
    lost = [_lost(tokenizer, spec, task, item, room) for item in examples]
    return cut_sentence(lost, f"{task_id}, the first {len(examples)} training examples", room)


def _lost(tokenizer: Tokenizer, spec: BackboneSpec, task: Task, item: Example, room: int) -> Lost:
    """As `ptlib.models.positions` will cut, to within some tokens."""
    if spec.family == MASKED_LM:
        whole = f"{item.text_a} {item.text_b}".strip()
    else:
        whole = task.t5_template.format(text_a=item.text_a, text_b=item.text_b)
    excess = len(tokenizer.encode(whole, add_special_tokens=False).ids) - room
    answer = len(tokenizer.encode(item.targets[0]).ids) if item.targets and not task.is_classification else 0
    beyond = max(0, answer - task.max_target_tokens)
    if excess <= 0:
        return Lost(target=beyond)
    context = tokenizer.encode(item.text_b, add_special_tokens=False)
    kept = len(context.ids) - excess
    left = item.text_b[: context.offsets[kept - 1][1]] if kept > 0 else ""
    return Lost(excess, answer_lost(task, item, (item.text_a, left)), beyond)
