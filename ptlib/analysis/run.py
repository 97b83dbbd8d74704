"""Carrying out analyses: neurons, masking, clusters; results go to the store as artefacts.

Light: the torch side is loaded by the first prompt that is read, and pictures of stored vectors do without it.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ptlib.analysis import clusters, separation
from ptlib.analysis.references import family_of, neuron_key, resolve, values_of
from ptlib.analysis.specs import ClusterSpec, MaskSpec, NeuronSpec
from ptlib.prompts.record import Prompt
from ptlib.prompts.soft import SoftPrompt
from ptlib.results import artefacts
from ptlib.results.kind import Work
from ptlib.results.prompts import soft_prompt
from ptlib.tasks.data import load_evaluation
from ptlib.tasks.registry import resolve_task

if TYPE_CHECKING:
    from ptlib.models.load import FrozenModel

Earlier = tuple[Prompt, SoftPrompt]
"""A point on a prompt's way: the prompt with that step, and the values there."""
POINT_COLUMNS = ("prompt", "name", "task", "family", "seed", "step", "earlier", "x", "y", "z")
READING, COLLECTING, TESTING = "Reading neurons", "Collecting prompts", "Testing whether families cluster"


def activations(model: "FrozenModel", prompts: Sequence[SoftPrompt]) -> list[np.ndarray]:
    """Activations [L, F] float32 of every prompt; above 0 = activated."""
    from ptlib.analysis.neurons import capture_all

    return capture_all(model, prompts)


def doses(model: "FrozenModel", spec: MaskSpec, prompt: SoftPrompt, others: dict[str, SoftPrompt], work: Work) -> pd.DataFrame:
    """The dose-response table of a masking run."""
    from ptlib.analysis.masking import dose_response

    task = resolve_task(spec.task)
    examples = load_evaluation(task, spec.limit, spec.data, work.progress.note)
    return dose_response(
        model, prompt, others, task, examples, ratios=spec.ratios, draws=spec.draws, seed=spec.seed, progress=work.progress
    )


def read(spec: NeuronSpec | ClusterSpec, title: str, refs: Sequence[Prompt], work: Work) -> None:
    """Read and keep the neurons of prompts, one after another."""
    model = work.model(spec.backbone, spec.dtype)
    for done, ref in enumerate(refs):
        work.progress.check()
        work.progress.phase(READING, done, len(refs))
        (activation,) = activations(model, [_soft(ref, work)])
        data = artefacts.pack_neurons({artefacts.TENSOR: activation})
        artefacts.save(work.store, artefacts.NEURONS, neuron_key(ref.id, spec.dtype), data, spec=spec, title=title)
    work.progress.phase(READING, len(refs), len(refs))


def mask(spec: MaskSpec, title: str, refs: Sequence[Prompt], work: Work) -> None:
    """Measure the doses of a masking run and keep them."""
    prompt, *others = (_soft(ref, work) for ref in refs)
    model = work.model(spec.backbone, spec.dtype)
    table = doses(model, spec, prompt, dict(zip(spec.others, others, strict=True)), work)
    artefacts.save(
        work.store, artefacts.MASK, spec.id, artefacts.pack_table(table, {"spec": asdict(spec)}), spec=spec, title=title
    )


def cluster(spec: ClusterSpec, title: str, refs: Sequence[Prompt], work: Work) -> None:
    """Draw a picture of prompts whose neurons, if they are what is drawn, were read; keep it with its statistics."""
    progress = work.progress
    progress.phase(COLLECTING, 0, 1)
    earlier = _earlier(spec, refs, work) if spec.trails else []
    vectors = _vectors(spec, refs, earlier, work)
    progress.check()
    progress.phase(clusters.FITTING[spec.method], 0, 1)
    picture = clusters.draw(vectors, spec.method, spec.dimensions, spec.seed, spec.neighbours)
    progress.phase(clusters.FITTING[spec.method], 1, 1)
    given = (spec.dimensions, spec.seed, spec.neighbours)
    stable = clusters.stability(vectors, picture, *given, shown=len(refs), progress=progress)
    progress.phase(TESTING, 0, 1)
    own = vectors[: len(refs)]
    tasks, families = [ref.task for ref in refs], [family_of(ref.task) for ref in refs]
    told = {
        "spec": asdict(spec),
        "near": [(a, b, round(apart, 7)) for a, _, b, apart in clusters.neighbours(own, spec.metric)],
        "statistics": separation.statistics(clusters.dissimilarity(own, spec.metric), tasks, families),
        "stability": stable,
        **{name: getattr(picture, name) for name in ("method", "reason", "caution", "explained", "parameters")},
    }
    progress.phase(TESTING, 1, 1)
    data = artefacts.pack_table(_points(refs, [ref for ref, _ in earlier], picture), json.loads(json.dumps(told)))
    artefacts.save(work.store, artefacts.CLUSTER, spec.id, data, spec=spec, title=title)


def _soft(ref: Prompt, work: Work) -> SoftPrompt:
    return soft_prompt(str(ref.folder) if ref.folder else ref.id, work.catalogue)


def _vectors(spec: ClusterSpec, refs: Sequence[Prompt], earlier: Sequence[Earlier], work: Work) -> np.ndarray:
    """The vectors of all prompts and then of all earlier points, [N, W], scaled for the metric."""
    names = [*(ref.name for ref in refs), *(f"{ref.name} at step {ref.step}" for ref, _ in earlier)]
    if spec.on == artefacts.NEURONS:
        stored = [work.catalogue.neurons(neuron_key(ref.id, spec.dtype)) for ref in refs]
        before = activations(work.model(spec.backbone, spec.dtype), [soft for _, soft in earlier]) if earlier else []
        values = [(value > 0).astype(np.float64) for value in (*stored, *before) if value is not None]
    else:
        values = [*(values_of(ref, work.catalogue) for ref in refs), *(soft.values for _, soft in earlier)]
    return clusters.scaled(clusters.represent(values, spec.on, names), spec.metric, names)


def _earlier(spec: ClusterSpec, refs: Sequence[Prompt], work: Work) -> list[Earlier]:
    """Where every tuned prompt was on its way: what was kept, else at least what it started from."""
    points = []
    for ref in refs:
        if ref.folder:
            continue
        soft = _soft(ref, work)
        trail = work.catalogue.trail(ref.id) or _start(spec, ref, work)
        points += [(replace(ref, step=step), replace(soft, values=values)) for step, values in trail.items()]
    return points


def _start(spec: ClusterSpec, ref: Prompt, work: Work) -> dict[int, np.ndarray]:
    """What a prompt without a kept trail started from, as step 0."""
    row, recipes = work.catalogue.prompt(ref.id), work.catalogue.recipes(spec.backbone)
    if row is None:
        return {}
    if row.start.carried_by:
        return {0: work.prompt(row.start.value).values}
    if row.start.is_warm:
        return {0: _soft(resolve(row.start.value, work.catalogue), work).values}
    if row.recipe not in recipes:
        return {}
    model = work.model(spec.backbone, spec.dtype)
    return {0: work.reference(model, "untrained", resolve_task(row.task), recipes[row.recipe], row.seed).values}


def _points(refs: Sequence[Prompt], earlier: Sequence[Prompt], picture: clusters.Picture) -> pd.DataFrame:
    """The table that a page draws, with `POINT_COLUMNS`."""
    rows = [
        (ref.id, ref.name, ref.task, family_of(ref.task), ref.seed, ref.step, before, *place)
        for (before, ref), place in zip(
            [(False, ref) for ref in refs] + [(True, ref) for ref in earlier], picture.coordinates.tolist(), strict=True
        )
    ]
    return pd.DataFrame(rows, columns=list(POINT_COLUMNS[: len(rows[0])]))
