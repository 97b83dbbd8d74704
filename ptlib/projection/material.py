"""What a fit may see: prompts of the fitted seeds on both models, checkpoints, untrained prompts. Torch-free."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ptlib.base.errors import BadInput
from ptlib.projection.spec import ProjectSpec
from ptlib.projection.words import Vocabulary
from ptlib.results.catalogue import Catalogue
from ptlib.tasks.registry import get_task

EARLIEST = 20
"""Checkpoints before this step are still close to their start and carry no task."""
FRESH, SCALED = 18, 14
"""Untrained prompts a fit draws, and those among them that are scaled to tuned lengths."""

Key = tuple[str, int]
"""Task and seed of a tuned prompt."""


@dataclass(frozen=True, slots=True)
class Material:
    """Prompts by task and seed; every array is float32 and finite."""

    source: Mapping[Key, np.ndarray]
    """[P_s, D_s]"""
    target: Mapping[Key, np.ndarray]
    """[P_t, D_t]; may lack tasks that were not tuned there."""
    trails: Mapping[Key, Mapping[int, np.ndarray]]
    """The source prompts on their way, by step."""
    words: tuple[Vocabulary, Vocabulary]
    """Of the source and of the target."""
    families: Mapping[str, str]
    """Task -> family."""

    @property
    def source_shape(self) -> tuple[int, int]:
        """(P_s, D_s)."""
        length, width = next(iter(self.source.values())).shape
        return length, width

    def moments(self, task: str, seeds: Sequence[int]) -> list[np.ndarray]:
        """A task's prompts of some seeds with their later checkpoints, [P_s, D_s] each."""
        out: list[np.ndarray] = []
        for seed in seeds:
            out += [values for step, values in self.trails.get((task, seed), {}).items() if step >= EARLIEST]
            out.append(self.source[task, seed])
        return out


def prompt_keys(catalogue: Catalogue, backbone: str) -> dict[Key, str]:
    """(task, seed) -> prompt id of a backbone's main recipe; warm-started prompts are left out."""
    recipe = catalogue.main_recipe(backbone)
    rows = [row for row in catalogue.prompt_rows(backbone) if row.recipe == recipe and not row.start.is_warm]
    return {(row.task, row.seed): row.id for row in rows}


def common_tasks(spec: ProjectSpec, catalogue: Catalogue, family: str) -> tuple[str, ...]:
    """Classification tasks with source prompts of every seed that the target's family can answer, in the registry's order.

    Raises:
        BadInput: there is none.
    """
    have = prompt_keys(catalogue, spec.source)
    tasks = [get_task(name) for name in dict.fromkeys(task for task, _ in have)]
    fitting = {
        task.id
        for task in tasks
        if task.is_classification and task.supports(family) and all((task.id, seed) in have for seed in spec.seeds)
    }
    if not fitting:
        raise BadInput(
            f"'{spec.source}' and '{spec.target}' have no task in common: no classification task has prompts of the "
            f"seeds {', '.join(map(str, spec.seeds))} on the source and label words for the target. Tune some first."
        )
    return tuple(name for name in catalogue.task_order() if name in fitting)


def collect(spec: ProjectSpec, catalogue: Catalogue, words: tuple[Vocabulary, Vocabulary], tasks: Sequence[str]) -> Material:
    """Read all prompts of `tasks` and the spec's seeds. Raises BadInput or Damaged."""
    source, target = (
        prompt_keys(catalogue, name) if name in catalogue.backbones() else {} for name in (spec.source, spec.target)
    )
    keys = [(task, seed) for task in tasks for seed in spec.seeds]
    mine = {key: _finite(catalogue, source[key]) for key in keys}
    theirs = {key: _finite(catalogue, target[key]) for key in keys if key in target}
    trails = {key: catalogue.trail(source[key]) for key in keys} if spec.method == "task" else {}
    return Material(mine, theirs, trails, words, {task: get_task(task).family for task in tasks})


def _finite(catalogue: Catalogue, prompt_id: str) -> np.ndarray:
    values = catalogue.values(prompt_id)
    if not np.isfinite(values).all():
        raise BadInput(f"The prompt '{prompt_id}' holds values that are not finite numbers. Tune it again or leave its task out.")
    return values


def words_in_turn(vocabulary: Vocabulary, length: int, rng: np.random.Generator) -> np.ndarray:
    """An untrained prompt [length, D]: words drawn from the vocabulary, as tuning starts."""
    rows = np.fromiter(vocabulary.ids.values(), dtype=np.int64)
    return vocabulary.table[rng.choice(rows, size=length)].astype(np.float32)


def at_tuned_length(values: np.ndarray, tuned: Sequence[np.ndarray], rng: np.random.Generator) -> np.ndarray:
    """The same directions [P, D], every token as long as one drawn from tuned prompts."""
    lengths = np.concatenate([np.linalg.norm(prompt, axis=1) for prompt in tuned])
    scale = rng.choice(lengths, size=len(values)) / np.maximum(np.linalg.norm(values, axis=1), 1e-12)
    return (values * scale[:, None]).astype(np.float32)


def untrained_prompts(spec: ProjectSpec, material: Material, held_out: int) -> list[np.ndarray]:
    """Untrained source prompts a fit may use as negatives: starts of its own seeds, fresh ones, and some at tuned length."""
    rng = np.random.default_rng([spec.seed, held_out, 11])
    seeds, (length, _) = spec.fitted_seeds(held_out), material.source_shape
    starts = [trail[0] for (_, seed), trail in material.trails.items() if seed in seeds and 0 in trail]
    fresh = [words_in_turn(material.words[0], length, rng) for _ in range(FRESH)]
    tuned = [values for (_, seed), values in material.source.items() if seed in seeds]
    return [*starts, *fresh, *(at_tuned_length(values, tuned, rng) for values in fresh[:SCALED])]
