"""Where prompts begin, and what they are compared with: initialisers and reference rows, as values [P, D]."""

import re
import zlib

import numpy as np

from ptlib.base.errors import BadInput
from ptlib.models.load import FrozenModel
from ptlib.models.positions import label_choices
from ptlib.prompts.record import Prompt
from ptlib.prompts.soft import SoftPrompt
from ptlib.prompts.spec import TuneSettings
from ptlib.prompts.start import LABELS, RANDOM, VOCAB, Start
from ptlib.tasks.names import REFERENCE_ROWS
from ptlib.tasks.task import Task

RANDOM_STD = 0.02
"""Standard deviation of the random initialisation, as in the paper's code (spec 1.5)."""


def generator(task: Task, seed: int, *more: int) -> np.random.Generator:
    """Random numbers of one (task, seed): the same whether a prompt is tuned alone or in a stack."""
    return np.random.default_rng([seed, zlib.crc32(task.id.encode()), *more])


def batch_places(task: Task, seed: int, count: int, size: int, step: int) -> list[int]:
    """Which of `count` training examples a step takes: passes over all of them, in an order drawn anew for each pass."""
    order: list[int] = []
    while len(order) < size:
        epoch, place = divmod(step * size + len(order), count)
        drawn = generator(task, seed, 2, epoch).permutation(count).tolist()
        order += drawn[place : place + size - len(order)]
    return order


def initial_values(frozen: FrozenModel, start: Start, task: Task, seed: int, length: int) -> np.ndarray:
    """Values [P, D] float32 before the first step, of an untrained start; each (task, seed) has its own draw.

    Label words and words of a text are taken in turn.

    Raises:
        BadInput: an initialisation without any token, or words that do not fit into the prompt.
    """
    rng, width = generator(task, seed), frozen.spec.width
    if start.kind == RANDOM:
        return (rng.standard_normal((length, width)) * RANDOM_STD).astype(np.float32)
    if start.kind == VOCAB:
        special = set(frozen.tokenizer.all_special_ids)
        plain = [id_ for id_ in range(len(frozen.tokenizer)) if id_ not in special]
        return _rows(frozen, rng.choice(plain, size=length).tolist())
    if start.kind == LABELS:
        ids = [id_ for sequence in label_choices(frozen, task) for id_ in sequence]
    else:
        ids = frozen.tokenizer(start.value.strip(), add_special_tokens=False)["input_ids"]
        if len(ids) > length:
            raise BadInput(
                f"The words of the initialisation '{start}' are {len(ids)} tokens, but the prompt has {length}: the others would "
                f"be lost. Use fewer words, or a prompt length of {len(ids)} (--prompt-length)."
            )
    if not ids:
        raise BadInput(f"The initialisation '{start}' gives no token for '{task.id}'. Use random or vocab, or other words.")
    return _rows(frozen, [ids[place % len(ids)] for place in range(length)])


def _rows(frozen: FrozenModel, ids: list[int]) -> np.ndarray:
    """Word embeddings [len(ids), D] float32."""
    table = frozen.model.get_input_embeddings().weight
    return table[ids].detach().float().cpu().numpy().copy()


def reference_prompt(frozen: FrozenModel, kind: str, task: Task, settings: TuneSettings, seed: int) -> SoftPrompt:
    """One prompt of a reference row.

    `untrained`: exactly what tuning on `task` with this seed starts from. `untrained_uniform`: uniform [0, 1), as the
    published code drew its random prompts. `hand_written`: the task's prompt in words, as long as it is.

    Raises:
        BadInput: unknown kind, or no hand-written prompt for this model family.
    """
    if kind == "untrained":
        start = Start(VOCAB) if settings.start.is_warm else settings.start
        values = initial_values(frozen, start, task, seed, settings.prompt_length)
    elif kind == "untrained_uniform":
        values = generator(task, seed, 1).random((settings.prompt_length, frozen.spec.width)).astype(np.float32)
    elif kind == "hand_written":
        values = _hand_written(frozen, task)
    else:
        raise BadInput(f"Unknown reference row '{kind}'. Known: {', '.join(REFERENCE_ROWS)}.")
    info = Prompt(
        f"{kind}-{re.sub(r'[^a-z0-9]+', '-', task.id)}-{seed}",
        frozen.spec.id,
        kind,
        seed,
        init=kind,
        prompt_length=len(values),
        width=values.shape[1],
        extra={"max_tokens": settings.max_tokens, "family": frozen.spec.family},
    )
    return SoftPrompt(values, info)


def _hand_written(frozen: FrozenModel, task: Task) -> np.ndarray:
    words = task.hand_written.get(frozen.spec.family, "")
    ids = frozen.tokenizer(words, add_special_tokens=False)["input_ids"] if words else []
    if not ids:
        raise BadInput(f"'{task.id}' has no hand-written prompt for {frozen.spec.family} models. Leave that row out.")
    return _rows(frozen, ids)
