"""Carrying out an analysis: neurons, masking, clusters. Called by `runs.execute`; results go to the store as artefacts."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import numpy as np

from ptlib import analysis_plan, artefacts
from ptlib.analyses import POINT_COLUMNS
from ptlib.analysis_plan import PromptRef, describe, neuron_key
from ptlib.analysis_specs import AnalysisSpec, ClusterSpec, MaskSpec, NeuronSpec
from ptlib.catalogue import Catalogue
from ptlib.progress import Progress
from ptlib.specs import canonical
from ptlib.store import Store

if TYPE_CHECKING:
    from ptlib.clusters import Picture
    from ptlib.models import FrozenModel
    from ptlib.prompts import SoftPrompt

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
        from ptlib import runs
        from ptlib.backbones import get_backbone
        from ptlib.hub.prefetch import fetch_all

        masked = isinstance(self.spec, MaskSpec) and self.spec.data is None
        fetch_all(get_backbone(self.spec.backbone), [], [analysis_plan.task_of(self.spec)] if masked else [], self.progress)
        self.progress.phase(runs.LOADING, 0, 1)
        model = runs.hold(get_backbone(self.spec.backbone), runs.resolve_device(self.device), self.spec.dtype)
        self.progress.phase(runs.LOADING, 1, 1)
        return model

    def _soft(self, ref: PromptRef) -> "SoftPrompt":
        from ptlib import runs

        return runs.soft_prompt(str(ref.folder) if ref.folder else ref.id, self.catalogue)

    def _keep(self, kind: str, id: str, data: bytes) -> None:
        artefacts.save(self.store, kind, id, self.spec.backbone, describe(self.spec), canonical(asdict(self.spec)), data,
                       self.spec.id)

    # neurons ----------------------------------------------------------------------------------------------------------

    def _read_neurons(self, refs: Sequence[PromptRef], dtype: str) -> None:
        from ptlib.neurons import capture_all

        model = self._model()
        for done, ref in enumerate(refs):
            self.progress.check()
            self.progress.phase(READING, done, len(refs))
            (found,) = capture_all(model, [self._soft(ref)], [ref.id])
            self._keep(artefacts.NEURONS, neuron_key(ref.id, dtype), artefacts.pack_neurons({artefacts.TENSOR: found.activation}))
        self.progress.phase(READING, len(refs), len(refs))

    # masking ----------------------------------------------------------------------------------------------------------

    def _mask(self, refs: Sequence[PromptRef]) -> None:
        from ptlib.data import load_evaluation
        from ptlib.masking import dose_response

        spec = self.spec
        assert isinstance(spec, MaskSpec)
        task = analysis_plan.task_of(spec)
        examples = load_evaluation(task, spec.limit, spec.data)
        prompt, *others = (self._soft(ref) for ref in refs)
        doses = dose_response(self._model(), prompt, dict(zip(spec.others, others, strict=True)), task, examples,
                              spec.ratios, spec.draws, spec.seed, self.progress)
        self._keep(artefacts.MASK, spec.id, artefacts.pack_table(doses, {"spec": asdict(spec)}))

    # clusters ---------------------------------------------------------------------------------------------------------

    def _cluster(self, refs: Sequence[PromptRef]) -> None:
        from ptlib import clusters

        spec = self.spec
        assert isinstance(spec, ClusterSpec)
        self.progress.phase(COLLECTING, 0, 1)
        started, vectors = self._vectors(spec, refs)
        self.progress.check()
        self.progress.phase(clusters.FITTING[spec.method], 0, 1)
        picture = clusters.draw(vectors, spec.method, spec.dimensions, spec.seed, spec.neighbours)
        self.progress.phase(clusters.FITTING[spec.method], 1, 1)
        stable = clusters.stability(vectors, picture, spec.dimensions, spec.seed, spec.neighbours, progress=self.progress)
        self.progress.phase(TESTING, 0, 1)
        own = vectors[:len(refs)]
        tested = clusters.statistics(clusters.dissimilarity(own, spec.metric), [ref.task for ref in refs],
                                     [ref.family for ref in refs])
        near = [(refs[a].id, rank, refs[b].id, apart) for a, rank, b, apart in clusters.neighbours(own, spec.metric)]
        self.progress.phase(TESTING, 1, 1)
        told = {"spec": asdict(spec), "neighbours": near, "statistics": tested, "stability": stable, "method": picture.method,
                "reason": picture.reason, "caution": picture.caution, "explained": list(picture.explained),
                "parameters": dict(picture.parameters)}
        data = artefacts.pack_table(_points(refs, started, picture), json.loads(json.dumps(told)))
        self._keep(artefacts.CLUSTER, spec.id, data)

    def _vectors(self, spec: ClusterSpec, refs: Sequence[PromptRef]) -> tuple[list[PromptRef], np.ndarray]:
        """The prompts whose start is placed too, and the vectors of all prompts and then of all starts, [N, W]."""
        starts = self._starts(refs) if spec.starts else {}
        started = [ref for ref in refs if ref.id in starts]
        if spec.on != artefacts.NEURONS:
            return started, analysis_plan.vectors(spec, refs, self.catalogue, [starts[ref.id].values for ref in started])
        from ptlib import clusters

        sets = [*self._stored_sets(refs), *self._start_sets([starts[ref.id] for ref in started])]
        names = [ref.name for ref in (*refs, *started)]
        return started, clusters.scaled(clusters.represent(sets, spec.on, names), spec.metric, names)

    def _stored_sets(self, refs: Sequence[PromptRef]) -> list[np.ndarray]:
        """Activated neurons [L, F] as 0 and 1; those that are not stored are read and kept."""
        known = self.catalogue.neuron_ids()
        lacking = [ref for ref in refs if neuron_key(ref.id, self.spec.dtype) not in known]
        if lacking:
            self._read_neurons(lacking, self.spec.dtype)
        found = [self.catalogue.neurons(neuron_key(ref.id, self.spec.dtype)) for ref in refs]
        return [(value > 0).astype(np.float64) for value in found if value is not None]

    def _start_sets(self, prompts: "Sequence[SoftPrompt]") -> list[np.ndarray]:
        if not prompts:
            return []
        from ptlib.neurons import capture_all

        return [(found.activation > 0).astype(np.float64) for found in capture_all(self._model(), prompts)]

    def _starts(self, refs: Sequence[PromptRef]) -> "dict[str, SoftPrompt]":
        """What every tuned prompt of the store or the demo started from, by prompt id."""
        from ptlib.plan import resolve_task
        from ptlib.prompts import reference_prompt

        model, found, recipes = self._model(), {}, self.catalogue.recipes(self.spec.backbone)
        for ref in refs:
            row = None if ref.folder else self.catalogue.prompt(ref.id)
            if row is None:
                continue
            if row.init.startswith("prompt:"):
                found[ref.id] = self._soft(analysis_plan.resolve(row.init.removeprefix("prompt:"), self.catalogue))
            elif row.recipe in recipes:
                found[ref.id] = reference_prompt(model, "untrained", resolve_task(row.task), recipes[row.recipe], row.seed)
        return found


def _points(refs: Sequence[PromptRef], started: Sequence[PromptRef], picture: "Picture"):
    """The table that a page draws, with `POINT_COLUMNS`."""
    import pandas as pd

    rows = [{"prompt": ref.id, "name": ref.name, "task": ref.task, "family": ref.family, "seed": ref.seed,
             "step": 0 if start else ref.step, "start": start}
            for start, group in ((False, refs), (True, started)) for ref in group]
    frame = pd.DataFrame(rows)
    for axis, name in enumerate("xyz"[:picture.coordinates.shape[1]]):
        frame[name] = picture.coordinates[:, axis]
    return frame[[name for name in POINT_COLUMNS if name in frame]]
