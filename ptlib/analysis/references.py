"""What an analysis names and what it still has to do: prompts by id or folder, checks before anything is loaded. Torch-free."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ptlib.analysis.specs import AnalysisSpec, ClusterSpec, MaskSpec, NeuronSpec
from ptlib.base.errors import BadInput, PtlibError, unknown
from ptlib.base.files import folder_sha256
from ptlib.models.registry import get_backbone
from ptlib.results import artefacts
from ptlib.results.catalogue import Catalogue
from ptlib.tasks.task import Task

UNKNOWN = "unknown"
METHOD_NAMES = {"pca": "PCA", "tsne": "t-SNE", "umap": "UMAP"}
REPRESENTATION_NAMES = {"mean": "mean tokens", "flat": "all tokens", "neurons": "neurons"}


@dataclass(frozen=True, slots=True)
class PromptRef:
    """A prompt that a spec names, with what is known of it."""

    id: str
    """Prompt id, or `/folder#digest`."""
    name: str
    """For people: the id, or the folder's name."""
    backbone: str
    task: str
    family: str
    """Task family; "unknown" for a task that is not registered."""
    seed: int
    step: int
    row0_unused: bool = False
    """Published masked-LM layout: row 0 is a by-product and left out of every picture."""

    @property
    def folder(self) -> Path | None:
        """Where it lies, when it is named by its folder."""
        return Path(self.id.rpartition("#")[0]) if "#" in self.id else None


def reference(name: str) -> str:
    """How a spec names a prompt: the id, or for a folder its path with a digest of its content.

    Raises:
        BadInput: a folder without files.
    """
    if not Path(name).is_dir():
        return name
    found = folder_sha256(Path(name))
    if found is None:
        raise BadInput(f"The folder {name} is empty. Give a folder that holds a soft prompt.")
    return f"{Path(name).resolve()}#{found[:12]}"


def resolve(ref: str, catalogue: Catalogue) -> PromptRef:
    """What is known of a prompt. Raises BadInput: no such prompt, or a folder that has changed since."""
    if "#" in ref:
        return _from_folder(ref)
    row = catalogue.prompt(ref)
    if row is None:
        raise unknown("prompt", ref, catalogue.prompts()["prompt_id"])
    return PromptRef(ref, ref, row.backbone, row.task, family_of(row.task), row.seed, row.best_step)


def _from_folder(ref: str) -> PromptRef:
    from ptlib.prompts.soft import SoftPrompt

    path, _, wanted = ref.rpartition("#")
    if (folder_sha256(Path(path)) or "")[:12] != wanted:
        raise BadInput(f"The prompt folder {path} is gone or has changed since this run was planned. Plan it anew.")
    info = SoftPrompt.load(Path(path)).info
    return PromptRef(
        ref,
        Path(path).name,
        info.backbone,
        info.task,
        family_of(info.task),
        info.seed,
        getattr(info, "step", 0),
        bool(info.extra.get("row0_unused")),
    )


def family_of(task_id: str) -> str:
    """Family of a task; "unknown" when it is not registered."""
    from ptlib.tasks.registry import get_task

    try:
        return get_task(task_id).family
    except PtlibError:
        return UNKNOWN


def values_of(ref: PromptRef, catalogue: Catalogue) -> np.ndarray:
    """Soft prompt [P, D] float32. Raises as `Catalogue.values` and `SoftPrompt.load`."""
    if ref.folder is None:
        return catalogue.values(ref.id)
    from ptlib.prompts.soft import SoftPrompt

    return SoftPrompt.load(ref.folder).values


def prompts_of(spec: AnalysisSpec) -> tuple[str, ...]:
    """All prompts a spec names."""
    return (spec.prompt, *spec.others) if isinstance(spec, MaskSpec) else spec.prompts


def check(spec: AnalysisSpec, catalogue: Catalogue | None = None) -> tuple[PromptRef, ...]:
    """Refuse what cannot run, before anything is loaded. Returns the prompts.

    Raises:
        BadInput: unknown prompts, prompts of several backbones or shapes, values that are not finite, or a task the
            model cannot run.
    """
    catalogue = catalogue or Catalogue()
    refs = tuple(resolve(name, catalogue) for name in prompts_of(spec))
    for ref in refs:
        if ref.backbone != spec.backbone:
            raise BadInput(
                f"'{ref.name}' was tuned on {ref.backbone or 'an unknown model'}, not on {spec.backbone}. Prompts are "
                "only comparable within one backbone; choose prompts of one."
            )
    if isinstance(spec, MaskSpec):
        _check_task(spec)
    if isinstance(spec, ClusterSpec) and spec.on != artefacts.NEURONS:
        vectors(spec, refs, catalogue)
    return refs


def task_of(spec: MaskSpec) -> Task:
    """The task that is scored. Raises BadInput when it is unknown."""
    from ptlib.tasks.registry import resolve_task

    return resolve_task(spec.task)


def _check_task(spec: MaskSpec) -> None:
    backbone = get_backbone(spec.backbone)
    if not task_of(spec).supports(backbone.family):
        raise BadInput(f"{backbone.name} ({backbone.family}) cannot run '{spec.task}'. Choose another task.")


def vectors(spec: ClusterSpec, refs: Sequence[PromptRef], catalogue: Catalogue, earlier: Sequence[np.ndarray] = ()) -> np.ndarray:
    """One vector a prompt, and then one an earlier point, [N, W], scaled for the metric.

    earlier: values [P, D] of points on the prompts' ways.

    Raises:
        BadInput: the prompts do not go together.
    """
    from ptlib.analysis import clusters

    found = [values_of(ref, catalogue)[1 if ref.row0_unused else 0 :] for ref in refs]
    names = [*(ref.name for ref in refs), *(f"earlier point {place}" for place in range(len(earlier)))]
    return clusters.scaled(clusters.represent([*found, *earlier], spec.on, names), spec.metric, names)


def missing(spec: AnalysisSpec, catalogue: Catalogue) -> tuple[str, ...]:
    """What is not stored yet: prompts without neurons, or the spec's own id."""
    if isinstance(spec, NeuronSpec):
        known = catalogue.neuron_ids()
        return tuple(name for name in spec.prompts if neuron_key(name, spec.dtype) not in known)
    return () if any(item.id == spec.id for item in catalogue.artefacts(spec.kind)) else (spec.id,)


def neuron_key(prompt: str, dtype: str = "fp32") -> str:
    """Under what name the neurons of a prompt are stored."""
    return prompt if dtype == "fp32" else f"{prompt}@{dtype}"


def describe(spec: AnalysisSpec) -> str:
    """A short title."""
    if isinstance(spec, MaskSpec):
        beside = f" beside {len(spec.others)} other{'s' if len(spec.others) > 1 else ''}" if spec.others else ""
        return f"Mask neurons of {_short(spec.prompt)} on {spec.task}{beside}, {spec.backbone}"
    count = f"{len(spec.prompts)} prompt{'s' if len(spec.prompts) > 1 else ''}"
    if isinstance(spec, NeuronSpec):
        return f"Read neurons of {count}, {spec.backbone}"
    return f"{METHOD_NAMES[spec.method]} {spec.dimensions}-D of {count} on {REPRESENTATION_NAMES[spec.on]}, {spec.backbone}"


def _short(ref: str) -> str:
    return Path(ref.rpartition("#")[0]).name if "#" in ref else ref
