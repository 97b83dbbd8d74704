"""Analyses that the demo holds, so that pages show them at once: neurons of all prompts, pictures, masking of some pairs."""

from collections.abc import Iterator
from pathlib import Path

from ptlib.analysis.specs import METHODS, REPRESENTATIONS, AnalysisSpec, ClusterSpec, MaskSpec, NeuronSpec
from ptlib.base.progress import Progress
from ptlib.demo.more import files_of
from ptlib.prompts.spec import TuneSpec
from ptlib.results import artefacts
from ptlib.results.catalogue import Catalogue
from ptlib.results.demo import NEURONS_FILE
from ptlib.results.store import Store
from ptlib.runs import execution
from ptlib.tasks.registry import resolve_task
from ptlib.transfer.spec import TransferSpec

MASK_EXAMPLES = 200
"""Examples a dose is scored on: random sets are averaged over draws, so single scores need not be sharper."""

ON_THEIR_WAYS = {"pca": (2,), "umap": (2, 3)}
"""Axes of the pictures with every checkpoint, by method; UMAP of so few prompts alone would show little."""


def specs(spec: TransferSpec) -> Iterator[AnalysisSpec]:
    """What the demo stores of a map: every representation by every method in 2-D, mean tokens in 3-D and on their ways,
    and for the first task of the two largest families the neurons shared with a relative and with a stranger.
    """
    prompts = tuple(prompt.id for prompt in spec.prompts())
    yield NeuronSpec(spec.backbone, prompts)
    if len(prompts) > 1:
        for method in METHODS:
            for on in REPRESENTATIONS:
                yield ClusterSpec(spec.backbone, prompts, method, on=on)
            yield ClusterSpec(spec.backbone, prompts, method, dimensions=3)
            for dimensions in ON_THEIR_WAYS.get(method, ()):
                yield ClusterSpec(spec.backbone, prompts, method, dimensions, trails=True)
    for task, others in pairs(spec):
        name, *rest = (TuneSpec(spec.backbone, each, spec.seeds[0], spec.settings, spec.data).id for each in (task, *others))
        yield MaskSpec(spec.backbone, name, task, tuple(rest), limit=MASK_EXAMPLES)


def pairs(spec: TransferSpec) -> list[tuple[str, tuple[str, ...]]]:
    """(task, others to compare with): a relative where there is one, and a task of another family."""
    tasks = [task for task in map(resolve_task, spec.targets) if task.is_classification]
    families: dict[str, list[str]] = {}
    for task in tasks:
        families.setdefault(task.family, []).append(task.id)
    largest = sorted(families.values(), key=len, reverse=True)[:2]
    found = []
    for members in largest:
        strangers = [task.id for task in tasks if task.id not in members]
        others = (*members[1:2], *strangers[:1])
        if others:
            found.append((members[0], others))
    return found


def compute(spec: TransferSpec, progress: Progress, device: str, store: Store, demo: Path) -> None:
    """Carry out what is not in the working store yet."""
    for one in specs(spec):
        execution.execute(one, progress, device, store=store, demo=demo)


def pack(spec: TransferSpec, catalogue: Catalogue) -> tuple[dict[str, bytes], list[dict[str, object]]]:
    """Files by name, and what the manifest lists of them; what was not computed is left out."""
    names = [prompt.id for prompt in spec.prompts()]
    activations = {name: value for name in names if (value := catalogue.neurons(name)) is not None}
    files = {NEURONS_FILE: artefacts.pack_neurons(activations)} if activations else {}
    wanted = {one.id for one in specs(spec)}
    stored = [
        item for item in catalogue.artefacts(backbone=spec.backbone) if item.id in wanted and item.kind != artefacts.NEURONS
    ]
    contents, rows = files_of(sorted(stored, key=lambda item: item.id))
    return files | contents, rows
