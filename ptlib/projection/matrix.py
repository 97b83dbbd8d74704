"""The matrix of one fit: the held-out seed's source prompts and the controls through the projector, on every target.

Groups of rows, each a `Line`:
    task                the held-out seed's prompt of every source task
    random              untrained source prompts no fit has seen
    random_tuned_norm   the same kind, every token as long as a tuned one
    shuffled            the target task's source prompt with its columns (dimensions) in another order
    random_projector    it through the same form with random weights, untrained
    vocabulary, relative, anchors   it through these maps; recipe R starts at the first
The last five stand on the target's own task only.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from ptlib.base.errors import BadInput
from ptlib.base.progress import Share
from ptlib.projection.fitting.fit import fit, untrained
from ptlib.projection.fitting.starts import Job
from ptlib.projection.material import Material, at_tuned_length, words_in_turn
from ptlib.projection.projector import Projector
from ptlib.projection.spec import ProjectSpec
from ptlib.prompts.evaluation import Predictions, evaluate
from ptlib.prompts.record import Prompt
from ptlib.prompts.soft import SoftPrompt
from ptlib.results.rows import examples_digest
from ptlib.tasks.data import load_evaluation
from ptlib.tasks.registry import get_task

RANDOM, SCALED = 3, 2
"""Untrained prompts and prompts at tuned length that every matrix has."""
MEASURING = "Measuring"


@dataclass(frozen=True, slots=True)
class Line:
    """One prompt of the target's shape that is measured."""

    group: str
    name: str
    """Source task, or the number of a random prompt."""
    values: np.ndarray
    """[P_t, D_t]"""
    target: str | None = None
    """The only target it is measured on; None = all."""


@dataclass(frozen=True, slots=True)
class Measured:
    """One line on one target."""

    group: str
    name: str
    seed: int
    """The held-out seed."""
    target: str
    examples: str
    """Checksum of the example ids in order: equal = paired."""
    split: str
    """The same of the whole evaluation split they were drawn from."""
    predicted: np.ndarray
    """[N] uint8: index of the answered label."""
    score: np.ndarray
    """[N] uint8: 1 = right."""
    margin: np.ndarray
    """[N] float16: log-probability of the right label minus the best other one."""


def lines(projector: Projector, job: Job, targets: Sequence[str]) -> list[Line]:
    """Every row of the matrix, projected."""
    spec, held_out, material = job.spec, job.held_out, job.material
    tasks = [task for task, seed in material.source if seed == held_out]
    out = [Line("task", task, projector.apply(material.source[task, held_out], task)) for task in tasks]
    for group, number, values in _random_prompts(spec, held_out, material):
        out.append(Line(group, str(number), projector.apply(values)))
    order = np.random.default_rng([spec.seed, held_out, 52]).permutation(material.source_shape[1])
    own = [task for task in targets if task in tasks]
    out += [Line("shuffled", task, projector.apply(material.source[task, held_out][:, order], task), task) for task in own]
    for group, other in _other_maps(job):
        out += [Line(group, task, other.apply(material.source[task, held_out], task), task) for task in own]
    return out


def _random_prompts(spec: ProjectSpec, held_out: int, material: Material) -> Iterator[tuple[str, int, np.ndarray]]:
    """Source prompts without a task, [P_s, D_s]; drawn apart from those a fit sees."""
    rng, length = np.random.default_rng([spec.seed, held_out, 51]), material.source_shape[0]
    tuned = [values for (_, seed), values in material.source.items() if seed == held_out]
    for number in range(RANDOM):
        yield "random", number, words_in_turn(material.words[0], length, rng)
    for number in range(SCALED):
        yield "random_tuned_norm", number, at_tuned_length(words_in_turn(material.words[0], length, rng), tuned, rng)


def _other_maps(job: Job) -> Iterator[tuple[str, Projector]]:
    """The same projector untrained, and the maps without training; one that cannot be had is left out."""
    spec = job.spec

    def plain(method: str) -> Projector:
        tasks = spec.tasks if method == "vocabulary" else ()
        return fit(replace(job, spec=replace(spec, method=method, tasks=tasks, form="per_token", start="vocabulary")))

    makers: dict[str, Callable[[], Projector]] = {}
    if spec.trains:
        makers["random_projector"] = partial(untrained, job)
    makers |= {method: partial(plain, method) for method in ("vocabulary", "relative", "anchors") if method != spec.method}
    for group, make in makers.items():
        try:
            yield group, make()
        except BadInput:  # vocabularies that share nothing, too few prompts: shown as missing
            continue


def measure(rows: Sequence[Line], job: Job, targets: Sequence[str]) -> list[Measured]:
    """Let every line answer every target it stands on. Raises BadInput, NotAvailable or Cancelled."""
    out: list[Measured] = []
    spec, progress = job.spec, job.progress
    for done, name in enumerate(targets):
        task, asked = get_task(name), [line for line in rows if line.target in (None, name)]
        examples, split = load_evaluation(task, spec.limit), examples_digest(item.id for item in load_evaluation(task))
        answers = evaluate(
            job.frozen, [_prompt(line, spec) for line in asked], task, examples, Share(progress, MEASURING, done, 1, len(targets))
        )
        out += [_measured(line, job.held_out, answer, split, task.labels) for line, answer in zip(asked, answers, strict=True)]
    progress.phase(MEASURING, len(targets), len(targets))
    return out


def _prompt(line: Line, spec: ProjectSpec) -> SoftPrompt:
    length, width = line.values.shape
    info = Prompt(f"{line.group}-{line.name}", spec.target, line.name, spec.seed, prompt_length=length, width=width)
    return SoftPrompt(line.values, info)


def _measured(line: Line, held_out: int, answer: Predictions, split: str, labels: Sequence[str]) -> Measured:
    places: Mapping[str, int] = {label: place for place, label in enumerate(labels)}
    predicted = np.array([places[label] for label in answer.predicted], np.uint8)
    margin = np.clip(answer.margin, np.finfo(np.float16).min, np.finfo(np.float16).max).astype(np.float16)
    return Measured(
        line.group,
        line.name,
        held_out,
        answer.task,
        examples_digest(answer.example_id),
        split,
        predicted,
        answer.score.astype(np.uint8),
        margin,
    )
