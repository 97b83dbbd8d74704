"""How long a run will take, from the measured speeds of earlier runs here or of the demo's build."""

from dataclasses import dataclass
from math import ceil
from typing import Any

from ptlib.analysis.specs import ANALYSES, AnalysisSpec, ClusterSpec, MaskSpec
from ptlib.base import paths
from ptlib.base.errors import PtlibError
from ptlib.prompts.spec import TuneSpec
from ptlib.results.catalogue import Catalogue
from ptlib.results.origins import DemoResults
from ptlib.results.store import Store
from ptlib.transfer.plan import Plan, check_any, check_offline, missing
from ptlib.transfer.spec import TransferSpec

USUAL_EVALUATION, LOAD_S = 300, 4.0
GUESS = {"tune": 100.0, "evaluate": 400.0}
"""Examples a second on two cores when nothing was measured: a deliberately slow guess for a demo backbone."""
PICTURE_S = {"pca": 2.0, "tsne": 5.0, "umap": 20.0}
"""A picture with its tests; UMAP's first fit in a process compiles."""
READ_S = 0.1
"""Neurons of one prompt."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """Cost of a run before it is launched."""

    seconds: float
    prompts_to_tune: int
    cells_to_evaluate: int
    basis: str
    """What the estimate rests on, in words."""


@dataclass(frozen=True, slots=True)
class Speed:
    """Examples a second of one kind of work."""

    rate: float
    basis: str


def speed(backbone: str, kind: str, store: Store | None = None) -> Speed:
    """Best known speed: own runs of this backbone, the demo's build, own runs of any backbone, a guess."""
    try:
        rows = (store or Store()).query("SELECT * FROM speeds WHERE kind = ? ORDER BY created DESC LIMIT 200", (kind,))
        own = [dict(row) for row in rows]
    except PtlibError:
        own = []
    demo = [row for row in DemoResults(paths.demo_dir()).speeds() if row["kind"] == kind]
    for found, basis in (
        ([row for row in own if row["backbone"] == backbone][:5], "the last runs of this backbone here"),
        ([row for row in demo if row["backbone"] == backbone], "the build of the demo, on its machine"),
        (own[:5], "the last runs of other backbones here"),
    ):
        if found:
            return Speed(_rate(found), basis)
    return Speed(GUESS[kind], "a guess: nothing was measured yet")


def _rate(rows: list[dict[str, Any]]) -> float:
    return sum(row["units"] for row in rows) / max(sum(row["seconds"] for row in rows), 1e-9)


def tune_units(specs: tuple[TuneSpec, ...]) -> float:
    """Training examples that all prompts together see."""
    return float(sum(spec.settings.steps * spec.settings.batch_size for spec in specs))


def evaluate_units(plan: Plan, limit: int | None) -> float:
    """Predictions to make."""
    return float(len(plan.cells) * (limit or USUAL_EVALUATION))


def estimate(spec: TuneSpec | TransferSpec | AnalysisSpec) -> Estimate:
    """Seconds for the missing part of a run. Raises BadInput when it cannot run at all."""
    check_any(spec)
    plan = missing(spec, Catalogue())
    check_offline(spec, plan)
    prompts = (*plan.prompts, *plan.warm)
    if plan.is_empty:
        return Estimate(0.0, 0, 0, "everything is there already")
    if isinstance(spec, ANALYSES):
        return _analysis(spec, len(plan.analyses))
    tune, evaluate = speed(spec.backbone, "tune"), speed(spec.backbone, "evaluate")
    limit = spec.limit if isinstance(spec, TransferSpec) else None
    seconds = LOAD_S + tune_units(prompts) / tune.rate + evaluate_units(plan, limit) / evaluate.rate
    return Estimate(float(ceil(seconds)), len(prompts), len(plan.cells), (tune if prompts else evaluate).basis)


def _analysis(spec: AnalysisSpec, todo: int) -> Estimate:
    """Masking is evaluation over and over; the rest is short."""
    if isinstance(spec, MaskSpec):
        evaluate = speed(spec.backbone, "evaluate")
        seconds = LOAD_S + (spec.doses + 1) * (spec.limit or USUAL_EVALUATION) / evaluate.rate
        return Estimate(float(ceil(seconds)), 0, spec.doses + 1, evaluate.basis)
    if isinstance(spec, ClusterSpec):
        seconds = PICTURE_S[spec.method] + (LOAD_S + READ_S * len(spec.prompts) if spec.needs_model else 0.0)
    else:
        seconds = LOAD_S + READ_S * todo
    return Estimate(float(ceil(seconds)), 0, 0, "a rule of thumb: such runs are short")
