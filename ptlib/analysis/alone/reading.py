"""A frozen model that reads a soft prompt and nothing else: what it predicts at the label position.

Input as for activated neurons (`ptlib.analysis.neurons`): masked LM `[p1 .. pP] <s> <mask> </s>`, read at the mask;
T5 `[p1 .. pP] </s>`, read at the decoder's first step; published masked-LM prompts `<mask> p2 .. pP <s>`, read at position 0.
The probabilities are those that scoring uses (`ptlib.models.forward`), here over the whole vocabulary.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from ptlib.analysis.alone import FEWEST_WORDS, MOST_WORDS, WORDS, Alone, Answer, Word
from ptlib.base.errors import BadInput
from ptlib.base.identity import path_of
from ptlib.models.forward import is_bert_like, mask_logits
from ptlib.models.load import FrozenModel
from ptlib.models.positions import OURS, Choices, Row, label_choices, prompt_only
from ptlib.models.published_layout import LAYOUT as PUBLISHED
from ptlib.models.published_layout import label_ids
from ptlib.models.spec import BackboneSpec
from ptlib.models.t5 import generate, sequence_log_probs, t5_encode
from ptlib.prompts.initial import initial_values
from ptlib.prompts.soft import SoftPrompt, check_fits
from ptlib.prompts.start import Start
from ptlib.tasks.registry import resolve_task
from ptlib.tasks.task import Task

GENERATED = 8
"""Tokens of the continuation where the task says nothing of its own."""


@dataclass(frozen=True, slots=True, eq=False)
class _Read:
    """One prompt, read alone."""

    vocabulary: torch.Tensor
    """Probabilities [V] float32."""
    labels: torch.Tensor
    """Log-probabilities [C] of the label words, as they are scored; [0] without label words."""
    continuation: str


def read_alone(frozen: FrozenModel, prompt: SoftPrompt, count: int = WORDS) -> Alone:
    """The most probable words at the label position with `prompt` [P, D] alone, and the shares of its task's label words.

    Beside each stands the same with the untrained prompt of the same task, seed and initialisation, where that is known.

    count: words to list, 1 to 50.

    Raises:
        BadInput: a prompt of another backbone, of another width or without room; a label word that is not one token.
    """
    check_count(count)
    check_tuned_on(prompt, frozen.spec)
    task = _task(prompt.info.task)
    choices = _choices(frozen, prompt, task) if task else ()
    layout = PUBLISHED if prompt.info.layout == PUBLISHED and _reads_published(frozen) else OURS
    found = _read(frozen, prompt.values, layout, choices, task)
    if found.vocabulary.isnan().any():
        raise BadInput(
            f"The prompt '{prompt.info.id}' makes what the model predicts no numbers (NaN): its values are too large or broken. "
            "Choose another prompt."
        )
    start, why = _untrained(frozen, prompt, task)
    other = _read(frozen, start, layout, choices, task) if start is not None else None
    return Alone(
        prompt.info.id,
        frozen.spec.id,
        prompt.info.task,
        prompt.info.seed,
        "mask" if frozen.is_masked_lm else "first decoder step",
        _words(frozen, found, other, found, count),
        _words(frozen, found, other, other, count) if other else (),
        _answers(frozen, task, choices, found, other) if task else (),
        found.continuation,
        other.continuation if other else "",
        why,
    )


def check_count(count: int) -> None:
    """Refuse a number of words that cannot be listed. Raises BadInput."""
    if not FEWEST_WORDS <= count <= MOST_WORDS:
        raise BadInput(f"{count} words cannot be listed. Ask for {FEWEST_WORDS} to {MOST_WORDS}.")


def check_tuned_on(prompt: SoftPrompt, spec: BackboneSpec) -> None:
    """Refuse a prompt that was tuned on another model, also one of the same width. Raises BadInput."""
    on = prompt.info.backbone
    same_folder = bool(on) and Path(path_of(on)).resolve() == Path(spec.location).resolve()
    same_name = spec.source == "hub" and on.split("/")[-1] == spec.id.split("/")[-1]
    if on and on != spec.id and not (same_folder or same_name):
        raise BadInput(
            f"The prompt '{prompt.info.id}' was tuned on {on}, so {spec.id} cannot read it. Choose that backbone, or a prompt "
            f"of {spec.id}."
        )
    check_fits(prompt, spec)


def _reads_published(frozen: FrozenModel) -> bool:
    return frozen.is_masked_lm and is_bert_like(frozen.model.base_model)


def _task(name: str) -> Task | None:
    """What the prompt was tuned on; None where that is no task known here (a reference row, somebody's own task)."""
    try:
        return resolve_task(name)
    except BadInput:
        return None


def _choices(frozen: FrozenModel, prompt: SoftPrompt, task: Task) -> Choices:
    """The label words as an evaluation of this prompt on its own task scores them."""
    if not task.is_classification:
        return ()
    ids: Sequence[int] = ()
    if prompt.info.layout == PUBLISHED:
        own = prompt.info.extra.get("label_ids") or ()
        kind, labels = frozen.model.config.model_type, len(task.labels)
        ids = own if len(own) == labels else label_ids(kind, task.id, labels) or ()
    return label_choices(frozen, task, ids) if ids or task.supports(frozen.spec.family) else ()


def _untrained(frozen: FrozenModel, prompt: SoftPrompt, task: Task | None) -> tuple[np.ndarray | None, str]:
    """Values [P, D] that the tuning of this prompt started from, or why they are not known."""
    start = Start.of(prompt.info.init)
    if start.is_warm:
        return None, "It was not tuned from an untrained prompt but from another tuned one."
    if task is None or not start.is_untrained:
        return None, "What its tuning started from is not known here."
    return initial_values(frozen, start, task, prompt.info.seed, len(prompt.values)), ""


@torch.no_grad()
def _read(frozen: FrozenModel, values: np.ndarray, layout: str, choices: Choices, task: Task | None) -> _Read:
    """One pass over a prompt [P, D] alone (a stack may round differently, and nobody's answer should depend on company)."""
    soft = torch.tensor(values, dtype=torch.float32, device=frozen.device)[None]
    row = Row(prompt_only(frozen, layout), choices, None)
    if frozen.is_masked_lm:
        scores = torch.log_softmax(mask_logits(frozen, soft, [row], layout)[0].float(), dim=-1)
        return _Read(scores.exp().cpu(), scores[[sequence[0] for sequence in choices]].cpu(), "")
    hidden, mask = t5_encode(frozen, soft, [row])
    first = torch.full((1, 1), frozen.model.config.decoder_start_token_id, device=frozen.device)
    logits = frozen.model(encoder_outputs=(hidden,), attention_mask=mask, decoder_input_ids=first).logits[0, 0].float()
    places = [0] * len(choices)
    labels = sequence_log_probs(frozen, hidden[places], mask[places], choices)[0] if places else logits[:0]
    said = generate(frozen, soft, [row], task.max_target_tokens if task else GENERATED)[0]
    return _Read(torch.softmax(logits, dim=-1).cpu(), labels.cpu(), said)


def _words(frozen: FrozenModel, found: _Read, other: _Read | None, by: _Read, count: int) -> tuple[Word, ...]:
    """The `count` most probable words by one of the two readings, with the probabilities in both."""
    tokens = by.vocabulary.sort(descending=True, stable=True).indices[:count].tolist()
    texts = [_spelled(frozen, token) for token in tokens]
    raw = frozen.tokenizer.convert_ids_to_tokens(tokens)
    return tuple(
        Word(
            token,
            text if texts.count(text) == 1 else spelled or text,  # a word and the same letters inside one look alike
            float(found.vocabulary[token]),
            float(other.vocabulary[token]) if other else None,
        )
        for token, text, spelled in zip(tokens, texts, raw, strict=True)
    )


def _spelled(frozen: FrozenModel, token: int) -> str:
    """A token as text; pieces of characters and spaces as the vocabulary writes them."""
    raw = frozen.tokenizer.convert_ids_to_tokens([token])[0]
    if raw is None:  # the model has more rows than its tokenizer has tokens
        return f"[{token}]"
    text = _decoded(frozen, [token], skip=False)
    return text if text and "\ufffd" not in text else raw


def _decoded(frozen: FrozenModel, tokens: Sequence[int], *, skip: bool) -> str:
    """Tokens as text, special ones skipped or not."""
    return str(frozen.tokenizer.decode(list(tokens), skip_special_tokens=skip)).strip()


def _answers(frozen: FrozenModel, task: Task, choices: Choices, found: _Read, other: _Read | None) -> tuple[Answer, ...]:
    if not choices:
        return ()
    columns = [found.labels.softmax(0), found.labels.exp()]
    columns += [other.labels.softmax(0), other.labels.exp()] if other else []
    rows = torch.stack(columns, dim=1).tolist()
    texts = [_decoded(frozen, sequence, skip=True) for sequence in choices]
    return tuple(Answer(label, text, *row) for label, text, row in zip(task.labels, texts, rows, strict=True))
