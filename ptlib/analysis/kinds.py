"""Three kinds of runs: reading activated neurons, masking them, and a picture of the space of prompts."""

from math import ceil

from ptlib.analysis import run
from ptlib.analysis.clusters import check_together
from ptlib.analysis.references import neuron_key, refs_of, short, values_of
from ptlib.analysis.specs import ClusterSpec, MaskSpec, NeuronSpec
from ptlib.models.registry import get_backbone
from ptlib.results import artefacts
from ptlib.results.catalogue import Catalogue
from ptlib.results.kind import Estimate, Kind, Needs, Part, Work, texts_of
from ptlib.results.speeds import LOAD_S, USUAL_EVALUATION, SpeedOf
from ptlib.tasks.registry import resolve_task

PICTURE_S = {"pca": 2.0, "tsne": 5.0, "umap": 20.0}
"""A picture with its tests; UMAP's first fit in a process compiles."""
READ_S = 0.1
"""Neurons of one prompt."""
TOGETHER = 8
"""Prompts that are read in one piece, on one of several devices."""
SHORT = "a rule of thumb: such runs are short"
METHOD_NAMES = {"pca": "PCA", "tsne": "t-SNE", "umap": "UMAP"}
REPRESENTATION_NAMES = {"mean": "mean tokens", "flat": "all tokens", "neurons": "neurons"}


class Neurons(Kind[NeuronSpec, tuple[str, ...]]):
    """Read which neurons prompts activate."""

    name = artefacts.NEURONS
    spec = NeuronSpec

    def check(self, spec: NeuronSpec, catalogue: Catalogue) -> None:
        """Refuse unknown prompts, and those of other backbones."""
        refs_of(spec.prompts, spec.backbone, catalogue)

    def missing(self, spec: NeuronSpec, catalogue: Catalogue) -> tuple[str, ...]:
        """Prompts whose neurons are not stored."""
        return _unread(spec, catalogue)

    def cost(self, spec: NeuronSpec, todo: tuple[str, ...], speed: SpeedOf) -> Estimate:
        """One pass a prompt."""
        return Estimate(float(ceil(LOAD_S + READ_S * len(todo))), 0, 0, SHORT)

    def title(self, spec: NeuronSpec) -> str:
        """How many prompts, which model."""
        return f"Read neurons of {_counted(spec.prompts)}, {spec.backbone}"

    def parts(self, spec: NeuronSpec, todo: tuple[str, ...], catalogue: Catalogue) -> tuple[Part[tuple[str, ...]], ...]:
        """A few prompts each: what one activates depends on no other."""
        groups = [todo[start : start + TOGETHER] for start in range(0, len(todo), TOGETHER)]
        return tuple(
            Part(
                name=f"prompts {TOGETHER * number + 1} to {TOGETHER * number + len(group)} of {len(todo)}",
                todo=group,
                makes=_neurons_of(spec, group),
                reads=group,
                phase=run.READING,
                size=len(group),
            )
            for number, group in enumerate(groups)
        )

    def execute(self, spec: NeuronSpec, todo: tuple[str, ...], work: Work) -> None:
        """Read them."""
        run.read(spec, self.title(spec), refs_of(todo, spec.backbone, work.catalogue), work)


class Mask(Kind[MaskSpec, tuple[str, ...]]):
    """Zero neurons and score a task."""

    name = artefacts.MASK
    spec = MaskSpec

    def check(self, spec: MaskSpec, catalogue: Catalogue) -> None:
        """Refuse unknown prompts, those of other backbones, and a task that the model cannot run."""
        refs_of((spec.prompt, *spec.others), spec.backbone, catalogue)
        get_backbone(spec.backbone).check_runs(resolve_task(spec.task))

    def missing(self, spec: MaskSpec, catalogue: Catalogue) -> tuple[str, ...]:
        """The result, unless it is stored."""
        return _unstored(spec, self.name, catalogue)

    def needs(self, spec: MaskSpec, todo: tuple[str, ...]) -> Needs:
        """The model, and the task's registered evaluation data."""
        return Needs((get_backbone(spec.backbone),), (), (resolve_task(spec.task),) if spec.data is None else ())

    def cost(self, spec: MaskSpec, todo: tuple[str, ...], speed: SpeedOf) -> Estimate:
        """Evaluation over and over."""
        evaluate = speed(spec.backbone, "evaluate")
        seconds = LOAD_S + (spec.doses + 1) * (spec.limit or USUAL_EVALUATION) / evaluate.rate
        return Estimate(float(ceil(seconds)), 0, spec.doses + 1, evaluate.basis)

    def title(self, spec: MaskSpec) -> str:
        """Prompt, task, how many to compare with, model."""
        beside = f" beside {len(spec.others)} other{'s' if len(spec.others) > 1 else ''}" if spec.others else ""
        return f"Mask neurons of {short(spec.prompt)} on {spec.task}{beside}, {spec.backbone}"

    def execute(self, spec: MaskSpec, todo: tuple[str, ...], work: Work) -> None:
        """Measure the doses."""
        run.mask(spec, self.title(spec), refs_of((spec.prompt, *spec.others), spec.backbone, work.catalogue), work)


class Cluster(Kind[ClusterSpec, tuple[str, ...]]):
    """Place prompts in two or three dimensions, and test whether families cluster."""

    name = artefacts.CLUSTER
    spec = ClusterSpec

    def check(self, spec: ClusterSpec, catalogue: Catalogue) -> None:
        """Refuse unknown prompts, those of other backbones, and values that have no place in one picture."""
        refs = refs_of(spec.prompts, spec.backbone, catalogue)
        if spec.on != artefacts.NEURONS:
            check_together([values_of(ref, catalogue) for ref in refs], spec.on, spec.metric, [ref.name for ref in refs])

    def missing(self, spec: ClusterSpec, catalogue: Catalogue) -> tuple[str, ...]:
        """The picture, unless it is stored; after it, prompts whose neurons it needs and that were not read."""
        picture = _unstored(spec, self.name, catalogue)
        return (*picture, *_unread(spec, catalogue)) if picture and spec.on == artefacts.NEURONS else picture

    def needs(self, spec: ClusterSpec, todo: tuple[str, ...]) -> Needs:
        """The model, when neurons must be read or starts be made again."""
        return Needs((get_backbone(spec.backbone),)) if _reads(spec, todo) else Needs()

    def parts(self, spec: ClusterSpec, todo: tuple[str, ...], catalogue: Catalogue) -> tuple[Part[tuple[str, ...]], ...]:
        """In one piece, with neurons that were read before, and what prompts started from."""
        prompts = [catalogue.prompt(name) for name in spec.prompts]
        starts = [prompt.start.value for prompt in prompts if prompt and prompt.start.is_warm]
        read = _neurons_of(spec, spec.prompts) if spec.on == artefacts.NEURONS else frozenset()
        made = frozenset({f"{self.name} {spec.id}"}) | (_neurons_of(spec, todo[1:]))
        return (Part(name="all of it", todo=todo, makes=made, reads=(*texts_of(spec), *starts, *sorted(read - made))),)

    def cost(self, spec: ClusterSpec, todo: tuple[str, ...], speed: SpeedOf) -> Estimate:
        """The fit, and reading where it is needed."""
        reading = LOAD_S + READ_S * len(spec.prompts) if _reads(spec, todo) else 0.0
        return Estimate(float(ceil(PICTURE_S[spec.method] + reading)), 0, 0, SHORT)

    def title(self, spec: ClusterSpec) -> str:
        """Method, what of which prompts, model."""
        what = f"{_counted(spec.prompts)} on {REPRESENTATION_NAMES[spec.on]}"
        return f"{METHOD_NAMES[spec.method]} {spec.dimensions}-D of {what}, {spec.backbone}"

    def execute(self, spec: ClusterSpec, todo: tuple[str, ...], work: Work) -> None:
        """Draw it."""
        refs = refs_of(spec.prompts, spec.backbone, work.catalogue)
        if len(todo) > 1:
            run.read(spec, self.title(spec), [ref for ref in refs if ref.id in todo], work)
        run.cluster(spec, self.title(spec), refs, work)


NEURONS, MASK, CLUSTER = Neurons(), Mask(), Cluster()


def _reads(spec: ClusterSpec, todo: tuple[str, ...]) -> bool:
    """Whether the backbone is needed."""
    return spec.trails or len(todo) > 1


def _unread(spec: NeuronSpec | ClusterSpec, catalogue: Catalogue) -> tuple[str, ...]:
    known = catalogue.neuron_ids()
    return tuple(name for name in spec.prompts if neuron_key(name, spec.dtype) not in known)


def _neurons_of(spec: NeuronSpec | ClusterSpec, prompts: tuple[str, ...]) -> frozenset[str]:
    """Names of these prompts' neurons."""
    return frozenset(f"{artefacts.NEURONS} {neuron_key(name, spec.dtype)}" for name in prompts)


def _unstored(spec: MaskSpec | ClusterSpec, kind: str, catalogue: Catalogue) -> tuple[str, ...]:
    return () if any(item.id == spec.id for item in catalogue.artefacts(kind)) else (spec.id,)


def _counted(prompts: tuple[str, ...]) -> str:
    return f"{len(prompts)} prompt{'s' if len(prompts) > 1 else ''}"
