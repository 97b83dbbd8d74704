"""Carrying out an analysis: neurons, masking, clusters. Called by `runs.execute`; results go to the store as artefacts."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from ptlib.analysis import references as analysis_plan
from ptlib.analysis.references import PromptRef, describe, neuron_key
from ptlib.analysis.specs import AnalysisSpec, ClusterSpec, MaskSpec, NeuronSpec
from ptlib.analysis.stored import POINT_COLUMNS
from ptlib.base.identity import canonical
from ptlib.base.progress import Progress
from ptlib.prompts.start import Start
from ptlib.results import artefacts
from ptlib.results.catalogue import Catalogue
from ptlib.results.store import Store

if TYPE_CHECKING:
    import pandas as pd

    from ptlib.analysis.clusters import Picture
    from ptlib.models.load import FrozenModel
    from ptlib.prompts.soft import SoftPrompt

    Earlier = tuple[PromptRef, SoftPrompt]
    """A point on a prompt's way: the prompt with that step, and the values there."""

READING, COLLECTING, TESTING = "Reading neurons", "Collecting prompts", "Testing whether families cluster"


@dataclass
class Analysis:
    """One analysis on its way."""

    spec: AnalysisSpec
    progress: Progress
    device: str
    store: Store
    catalogue: Catalogue

    def execute(self, todo: Sequence[str]) -> None:
        """Compute and store what `analysis_plan.missing` named.

        Raises:
            BadInput, RunFailed, Damaged, Cancelled: as `runs.execute`.
        """
        refs = analysis_plan.check(self.spec, self.catalogue)
        if isinstance(self.spec, NeuronSpec):
            self._read_neurons([ref for ref in refs if ref.id in todo], self.spec.dtype)
        elif isinstance(self.spec, MaskSpec):
            self._mask(refs)
        else:
            self._cluster(refs)

    def _model(self) -> "FrozenModel":
        from ptlib.models.fetch import fetch_all
        from ptlib.models.registry import get_backbone
        from ptlib.transfer import run as runs

        masked = isinstance(self.spec, MaskSpec) and self.spec.data is None
        fetch_all(get_backbone(self.spec.backbone), [], [analysis_plan.task_of(self.spec)] if masked else [], self.progress)
        self.progress.phase(runs.LOADING, 0, 1)
        from ptlib.models.load import hold, resolve_device

        model = hold(get_backbone(self.spec.backbone), resolve_device(self.device), self.spec.dtype)
        self.progress.phase(runs.LOADING, 1, 1)
        return model

    def _soft(self, ref: PromptRef) -> "SoftPrompt":
        from ptlib.transfer import run as runs

        return runs.soft_prompt(str(ref.folder) if ref.folder else ref.id, self.catalogue)

    def _keep(self, kind: str, id: str, data: bytes) -> None:
        artefacts.save(
            self.store, kind, id, self.spec.backbone, describe(self.spec), canonical(asdict(self.spec)), data, self.spec.id
        )

    # neurons ----------------------------------------------------------------------------------------------------------

    def _read_neurons(self, refs: Sequence[PromptRef], dtype: str) -> None:
        from ptlib.analysis.neurons import capture_all

        model = self._model()
        for done, ref in enumerate(refs):
            self.progress.check()
            self.progress.phase(READING, done, len(refs))
            (found,) = capture_all(model, [self._soft(ref)], [ref.id])
            self._keep(artefacts.NEURONS, neuron_key(ref.id, dtype), artefacts.pack_neurons({artefacts.TENSOR: found.activation}))
        self.progress.phase(READING, len(refs), len(refs))

    # masking ----------------------------------------------------------------------------------------------------------

    def _mask(self, refs: Sequence[PromptRef]) -> None:
        from ptlib.analysis.masking import dose_response
        from ptlib.tasks.data import load_evaluation

        spec = self.spec
        assert isinstance(spec, MaskSpec)
        task = analysis_plan.task_of(spec)
        examples = load_evaluation(task, spec.limit, spec.data)
        prompt, *others = (self._soft(ref) for ref in refs)
        doses = dose_response(
            self._model(),
            prompt,
            dict(zip(spec.others, others, strict=True)),
            task,
            examples,
            spec.ratios,
            spec.draws,
            spec.seed,
            self.progress,
        )
        self._keep(artefacts.MASK, spec.id, artefacts.pack_table(doses, {"spec": asdict(spec)}))

    # clusters ---------------------------------------------------------------------------------------------------------

    def _cluster(self, refs: Sequence[PromptRef]) -> None:
        from ptlib.analysis import clusters

        spec = self.spec
        assert isinstance(spec, ClusterSpec)
        self.progress.phase(COLLECTING, 0, 1)
        earlier = self._earlier(refs) if spec.trails else []
        vectors = self._vectors(spec, refs, earlier)
        self.progress.check()
        self.progress.phase(clusters.FITTING[spec.method], 0, 1)
        picture = clusters.draw(vectors, spec.method, spec.dimensions, spec.seed, spec.neighbours)
        self.progress.phase(clusters.FITTING[spec.method], 1, 1)
        stable = clusters.stability(vectors, picture, spec.dimensions, spec.seed, spec.neighbours, progress=self.progress)
        self.progress.phase(TESTING, 0, 1)
        own = vectors[: len(refs)]
        tested = clusters.statistics(
            clusters.dissimilarity(own, spec.metric), [ref.task for ref in refs], [ref.family for ref in refs]
        )
        near = [(refs[a].id, rank, refs[b].id, apart) for a, rank, b, apart in clusters.neighbours(own, spec.metric)]
        self.progress.phase(TESTING, 1, 1)
        told = {
            "spec": asdict(spec),
            "neighbours": near,
            "statistics": tested,
            "stability": stable,
            "method": picture.method,
            "reason": picture.reason,
            "caution": picture.caution,
            "explained": list(picture.explained),
            "parameters": dict(picture.parameters),
        }
        data = artefacts.pack_table(_points(refs, [ref for ref, _ in earlier], picture), json.loads(json.dumps(told)))
        self._keep(artefacts.CLUSTER, spec.id, data)

    def _vectors(self, spec: ClusterSpec, refs: Sequence[PromptRef], earlier: "Sequence[Earlier]") -> np.ndarray:
        """The vectors of all prompts and then of all earlier points, [N, W]."""
        if spec.on != artefacts.NEURONS:
            return analysis_plan.vectors(spec, refs, self.catalogue, [soft.values for _, soft in earlier])
        from ptlib.analysis import clusters

        sets = [*self._stored_sets(refs), *self._sets([soft for _, soft in earlier])]
        names = [*(ref.name for ref in refs), *(ref.name for ref, _ in earlier)]
        return clusters.scaled(clusters.represent(sets, spec.on, names), spec.metric, names)

    def _stored_sets(self, refs: Sequence[PromptRef]) -> list[np.ndarray]:
        """Activated neurons [L, F] as 0 and 1; those that are not stored are read and kept."""
        known = self.catalogue.neuron_ids()
        lacking = [ref for ref in refs if neuron_key(ref.id, self.spec.dtype) not in known]
        if lacking:
            self._read_neurons(lacking, self.spec.dtype)
        found = [self.catalogue.neurons(neuron_key(ref.id, self.spec.dtype)) for ref in refs]
        return [(value > 0).astype(np.float64) for value in found if value is not None]

    def _sets(self, prompts: "Sequence[SoftPrompt]") -> list[np.ndarray]:
        if not prompts:
            return []
        from ptlib.analysis.neurons import capture_all

        return [(found.activation > 0).astype(np.float64) for found in capture_all(self._model(), prompts)]

    def _earlier(self, refs: Sequence[PromptRef]) -> "list[Earlier]":
        """Where every tuned prompt was on its way: what was kept, else at least what it started from."""
        found = []
        for ref in refs:
            soft = None if ref.folder else self._soft(ref)
            trail = {} if soft is None else self.catalogue.trail(ref.id) or self._start(ref)
            found += [(replace(ref, step=step), replace(soft, values=values)) for step, values in trail.items()]
        return found

    def _start(self, ref: PromptRef) -> dict[int, np.ndarray]:
        """What a prompt without a kept trail started from, as step 0."""
        from ptlib.prompts.initial import reference_prompt
        from ptlib.tasks.registry import resolve_task

        row, recipes = self.catalogue.prompt(ref.id), self.catalogue.recipes(self.spec.backbone)
        if row is None:
            return {}
        start = Start.of(row.init)
        if start.is_warm:
            return {0: self._soft(analysis_plan.resolve(start.value, self.catalogue)).values}
        if row.recipe not in recipes:
            return {}
        return {0: reference_prompt(self._model(), "untrained", resolve_task(row.task), recipes[row.recipe], row.seed).values}


def _points(refs: Sequence[PromptRef], earlier: Sequence[PromptRef], picture: "Picture") -> "pd.DataFrame":
    """The table that a page draws, with `POINT_COLUMNS`."""
    import pandas as pd

    rows = [
        {
            "prompt": ref.id,
            "name": ref.name,
            "task": ref.task,
            "family": ref.family,
            "seed": ref.seed,
            "step": ref.step,
            "earlier": before,
        }
        for before, group in ((False, refs), (True, earlier))
        for ref in group
    ]
    frame = pd.DataFrame(rows)
    for axis, name in enumerate("xyz"[: picture.coordinates.shape[1]]):
        frame[name] = picture.coordinates[:, axis]
    return frame[[name for name in POINT_COLUMNS if name in frame]]
