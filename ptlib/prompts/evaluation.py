"""Predictions of soft prompts on a task, many prompts at once, one row an example."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
import torch

from ptlib.base.errors import BadInput
from ptlib.base.progress import Progress
from ptlib.models.forward import label_log_probs, passes, shrinking, way_of
from ptlib.models.load import FrozenModel
from ptlib.models.parallel import side_by_side
from ptlib.models.positions import OURS, Row, lay_out, say_cuts, sent, text_room
from ptlib.models.published_layout import LAYOUT as PUBLISHED
from ptlib.models.published_layout import MODEL_TYPES, label_ids
from ptlib.models.t5 import generate
from ptlib.prompts.soft import SoftPrompt, check_fits
from ptlib.tasks.scoring import SCORERS
from ptlib.tasks.task import Example, Task

FIRST_SHARE = 5
"""A first look takes about one of so many examples."""
Answer = np.ndarray | str
"""Of one prompt to one example: log-probabilities [C], or a generated text."""


@dataclass(frozen=True, slots=True)
class Predictions:
    """What one prompt answered on one task."""

    prompt_id: str
    task: str
    metric: str
    example_id: tuple[str, ...]
    gold: tuple[str, ...]
    predicted: tuple[str, ...]
    score: np.ndarray
    """[N] float32 in [0, 1]: right or wrong, or the metric of a generated answer."""
    log_prob: np.ndarray
    """[N, C] float32: log-probabilities over the label words; [N, 0] for generation."""
    margin: np.ndarray
    """[N] float32: log-probability of the right label minus the best other one; NaN for generation."""
    more: Mapping[str, np.ndarray] = field(default_factory=dict)
    """Second metrics of generated answers, [N] each."""
    places: tuple[int, ...] | None = None
    """Of a first look: which of the examples these are; None = all of them."""

    def to_frame(self) -> pd.DataFrame:
        """One row an example: example_id, gold, predicted, score, margin, log_prob_0 .."""
        frame = pd.DataFrame({name: getattr(self, name) for name in ("example_id", "gold", "predicted", "score", "margin")})
        for label in range(self.log_prob.shape[1]):
            frame[f"log_prob_{label}"] = self.log_prob[:, label]
        return frame.assign(**self.more)


def evaluate(
    frozen: FrozenModel,
    prompts: Sequence[SoftPrompt],
    task: Task,
    examples: Sequence[Example],
    progress: Progress,
    *,
    first: bool = False,
    known: Sequence[Mapping[int, Answer]] = (),
) -> list[Predictions]:
    """Let every prompt answer every example with the TARGET task's template and label words.

    Prompts may differ in length; imported published ones keep their own layout and label ids.
    first: only a first look, about a fifth of the examples, in whole passes of the very partition that all of them have.
    known: by prompt, what a first look answered, by place; passes of which all is known are not computed again.

    Raises:
        BadInput: a prompt of another width, a label word that is not one token, no room for the text.
        Cancelled: somebody asked to stop.
    """
    for prompt in prompts:
        check_fits(prompt, frozen.spec)
    found: dict[int, Predictions] = {}
    groups: dict[tuple, list[int]] = {}
    for place, prompt in enumerate(prompts):
        groups.setdefault(_alike(frozen, prompt, task), []).append(place)
    share, done = len(prompts) * len(examples) // (FIRST_SHARE if first else 1), 0
    for (length, layout, ids, max_tokens), places in groups.items():
        rows = lay_out(frozen, task, examples, length, max_tokens, layout=layout, label_ids=ids)
        say_cuts(progress.note, task.id, text_room(frozen, task, max_tokens, layout), evaluation=rows)
        values = torch.as_tensor(np.stack([prompts[place].values for place in places]), device=frozen.device)
        kept = [[known[place].get(row) if known else None for row in range(len(rows))] for place in places]
        asked, among = _groups(frozen, rows, *values.shape[:2], first=first)
        done = _answer(
            frozen,
            values,
            task,
            rows,
            layout=layout,
            kept=kept,
            groups=asked,
            among=among,
            progress=progress,
            done=done,
            total=share,
        )
        for place, answers in zip(places, kept, strict=True):
            found[place] = _predictions(prompts[place].info.id, task, examples, answers, first)
    return [found[place] for place in range(len(prompts))]


def _alike(frozen: FrozenModel, prompt: SoftPrompt, task: Task) -> tuple:
    """Prompts with equal keys can share a pass: length, layout, label ids, longest text."""
    published = prompt.info.layout == PUBLISHED
    if published and frozen.model.config.model_type not in MODEL_TYPES:
        raise BadInput(
            f"The published prompt '{prompt.info.id}' has a layout that '{frozen.spec.id}' cannot read. Use RoBERTa, BERT or T5."
        )
    ids = _published_ids(frozen, prompt, task) if published else ()
    return len(prompt.values), PUBLISHED if published else OURS, ids, int(prompt.info.extra.get("max_tokens", 128))


def _published_ids(frozen: FrozenModel, prompt: SoftPrompt, task: Task) -> tuple[int, ...]:
    """Label ids for a published prompt: the TARGET's, as zero-shot transfer keeps its label words; () = our own words."""
    own = tuple(prompt.info.extra.get("label_ids") or ()) if prompt.info.task == task.id else ()
    if own and len(own) == len(task.labels):
        return own
    return label_ids(frozen.model.config.model_type, task.id, len(task.labels)) or ()


def _answer(
    frozen: FrozenModel,
    values: torch.Tensor,
    task: Task,
    rows: Sequence[Row],
    *,
    layout: str,
    kept: list[list[Answer | None]],
    groups: Sequence[list[int]],
    among: int,
    progress: Progress,
    done: int,
    total: int,
) -> int:
    """Fill into `kept`, by prompt and row, what passes that lack an answer bring; returns how much is done. values: [K, P, D]."""
    pairs = [(prompt, row) for row in range(len(rows)) for prompt in range(len(values))]
    lacking = [group for group in groups if any(kept[prompt][row] is None for prompt, row in map(pairs.__getitem__, group))]
    done += sum(map(len, groups)) - sum(map(len, lacking))

    def one(group: list[int]) -> torch.Tensor | list[str]:
        soft = values[sent(torch.tensor([pairs[place][0] for place in group]), values.device)]
        batch = [rows[pairs[place][1]] for place in group]
        if not task.is_classification:
            return generate(frozen, soft, batch, task.max_target_tokens)
        with torch.no_grad():
            return label_log_probs(frozen, soft, batch, layout)

    shrink = shrinking(frozen, [rows[row] for _, row in pairs], values.shape[1], gradients=False)
    for group, answers in side_by_side(one, lacking, frozen.device, shrink, task.is_classification, among=among):
        progress.check()
        for place, answer in zip(group, answers if isinstance(answers, list) else answers.cpu().numpy(), strict=True):
            prompt, row = pairs[place]
            kept[prompt][row] = answer
        done += len(group)
        progress.phase("evaluating", done, total)
    return done


def _groups(frozen: FrozenModel, rows: Sequence[Row], prompts: int, length: int, *, first: bool) -> tuple[list[list[int]], int]:
    """Passes over places of (row, prompt), rows first, and how many all of them are.

    On a CPU no pass mixes prompts: what one answers depends on no other.
    """
    budget, apart = frozen.tokens_a_pass(False), frozen.device.type == "cpu"
    repeated = 1 if apart else prompts
    groups = list(passes([len(row.ids) for row in rows for _ in range(repeated)], length, budget, *way_of(frozen)))
    among = len(groups) * (prompts if apart else 1)
    groups = first_look(groups) if first else groups
    if apart:
        groups = [[row * prompts + prompt for row in group] for group in groups for prompt in range(prompts)]
    return groups, among


def first_look(groups: Sequence[list[int]]) -> list[list[int]]:
    """Whole passes with about a fifth of all rows: a fixed draw, the same for all prompts; rows of a pass are alike in length."""
    wanted, total = sum(map(len, groups)) / FIRST_SHARE, 0
    chosen: list[int] = []
    for place in np.random.default_rng(2).permutation(len(groups)).tolist():
        size = len(groups[place])
        if not chosen or abs(total + size - wanted) < abs(total - wanted):
            chosen.append(place)
            total += size
    return [groups[place] for place in sorted(chosen)]


def _predictions(
    prompt_id: str, task: Task, examples: Sequence[Example], answers: Sequence[Answer | None], first: bool
) -> Predictions:
    measured = tuple(place for place, answer in enumerate(answers) if answer is not None)
    asked, told = [examples[place] for place in measured], [answer for answer in answers if answer is not None]
    found = (
        _classified(prompt_id, task, asked, np.stack(told))
        if task.is_classification
        else _generated(prompt_id, task, asked, told)
    )
    return replace(found, places=measured) if first and len(measured) < len(examples) else found


def _classified(prompt_id: str, task: Task, examples: Sequence[Example], answer: np.ndarray) -> Predictions:
    if np.isnan(answer).any():  # the first label would win
        raise BadInput(
            f"The prompt '{prompt_id}' makes the model's answers on '{task.id}' no numbers (NaN): its values are too large or "
            "broken. Leave it out, or tune it again with a lower learning rate."
        )
    gold = np.array([example.label for example in examples])
    best = answer.argmax(axis=1)
    right = answer[np.arange(len(gold)), gold]
    others = np.where(np.eye(answer.shape[1], dtype=bool)[gold], -np.inf, answer).max(axis=1)
    return Predictions(
        prompt_id,
        task.id,
        task.metric,
        tuple(example.id for example in examples),
        tuple(task.labels[i] for i in gold),
        tuple(task.labels[i] for i in best),
        (best == gold).astype(np.float32),
        answer.astype(np.float32),
        (right - others).astype(np.float32),
    )


def _generated(prompt_id: str, task: Task, examples: Sequence[Example], answers: Sequence[Answer]) -> Predictions:
    texts = [str(answer) for answer in answers]

    def score(metric: str) -> np.ndarray:
        pairs = zip(texts, examples, strict=True)
        return np.array([SCORERS[metric](text, example.targets) for text, example in pairs], np.float32)

    return Predictions(
        prompt_id,
        task.id,
        task.metric,
        tuple(example.id for example in examples),
        tuple(example.targets[0] for example in examples),
        tuple(texts),
        score(task.metric),
        np.zeros((len(texts), 0), np.float32),
        np.full(len(texts), np.nan, np.float32),
        {name: score(name) for name in task.second_metrics if name in SCORERS},
    )
