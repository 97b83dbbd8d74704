"""What a whole matrix still asks for, cut by backbone, stack and target: tuning, crossing, neurons; and how N devices share it.

A stack is tuned on one device. When it is written, its prompts are evaluated on each target, and their neurons are read.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ptlib.analysis.kinds import READ_S
from ptlib.analysis.references import neuron_key
from ptlib.base.bounds import check_number
from ptlib.models.registry import get_backbone
from ptlib.models.spec import weights_bytes
from ptlib.prompts.spec import TuneSpec
from ptlib.results.catalogue import Catalogue
from ptlib.results.speeds import LOAD_S, USUAL_EVALUATION, SpeedOf
from ptlib.runs.planning.simulation import Costs, Job, simulate
from ptlib.transfer.kinds import TRANSFER
from ptlib.transfer.plan import STACK, Plan
from ptlib.transfer.spec import TransferSpec

WRITE_S = 0.01
"""One result: a file and its row; 7 ms of processor time and some waiting for the disk (300 predictions, measured 2026-11-27)."""
READ_BYTES_S = 1e9
"""Weights read from a local disk a second: an assumption."""
CUTS, NEAR = (STACK, 4, 2, 1), 0.03
"""Sizes of stacks that are tried; what a size may take longer than the best."""


@dataclass(frozen=True, slots=True)
class Scaled:
    """The matrix on N devices."""

    devices: int
    seconds: float
    efficiency: float
    """Share of N times the speed of one device that is reached."""
    limit: str
    """Why it is not all of it."""


@dataclass(frozen=True, slots=True)
class Missing:
    """What neither demo nor store holds of one map."""

    spec: TransferSpec
    plan: Plan
    ids: Mapping[TuneSpec, str]
    """Of the prompts to tune: an id is a digest, and each is asked for often."""
    unread: tuple[str, ...]
    """Prompts whose neurons are not stored."""

    @classmethod
    def of(cls, spec: TransferSpec, catalogue: Catalogue) -> "Missing":
        """Ask the catalogue. Raises BadInput for a map that cannot be made."""
        TRANSFER.check(spec, catalogue)
        plan, read = TRANSFER.missing(spec, catalogue), catalogue.neuron_ids()
        own = (tune.id for tune in spec.prompts())
        unread = tuple(id for id in own if neuron_key(id, spec.settings.dtype) not in read)
        return cls(spec, plan, {tune: tune.id for tune in (*plan.prompts, *plan.warm)}, unread)


def jobs_of(maps: Sequence[Missing], speed: SpeedOf, stack: int = STACK) -> list[Job]:
    """What is left of the maps of several backbones; what a job waits for stands before it. stack: most prompts tuned at once."""
    check_number("stack", stack, above=True)
    jobs: list[Job] = []
    for missing in maps:
        jobs.extend(_jobs(missing, speed, stack, len(jobs)))
    return jobs


def _jobs(missing: Missing, speed: SpeedOf, most: int, first: int) -> Iterator[Job]:
    """Stacks, then what waits for them. first: the place of the first job in the whole list."""
    spec, plan, stack_of = missing.spec, missing.plan, dict[str, int]()
    tune, evaluate = speed(spec.backbone, "tune").rate, speed(spec.backbone, "evaluate").rate
    stacks = [stack[start : start + most] for stack in plan.stacks for start in range(0, len(stack), most)]
    for place, stack in enumerate(stacks, first):
        lacking = [missing.ids[prompt] for prompt in stack if prompt in missing.ids]
        stack_of.update(dict.fromkeys(lacking, place))
        examples = sum(prompt.settings.steps * prompt.settings.batch_size for prompt in stack)
        yield Job(spec.backbone, examples / tune, len(lacking))
    cells = Counter((cell.target, stack_of.get(cell.prompt_id)) for cell in plan.cells)
    for (_, after), count in cells.items():
        yield Job(spec.backbone, count * (spec.limit or USUAL_EVALUATION) / evaluate, count, after)
    for after, count in Counter(stack_of.get(id) for id in missing.unread).items():
        yield Job(spec.backbone, count * READ_S, count, after)


def costs_of(maps: Sequence[Missing]) -> Costs:
    """Seconds until each map's backbone is loaded, and of the driver for a result."""
    specs = {missing.spec.backbone: missing.spec.settings.dtype for missing in maps}
    load = {name: LOAD_S + weights_bytes(get_backbone(name), dtype) / READ_BYTES_S for name, dtype in specs.items()}
    return Costs(load, WRITE_S)


def best_stack(maps: Sequence[Missing], speed: SpeedOf, devices: int) -> int:
    """The largest of `CUTS` that is as quick on N devices as the best of them, within `NEAR`: large stacks compute less."""
    costs = costs_of(maps)
    seconds = {stack: simulate(jobs_of(maps, speed, stack), devices, costs).seconds for stack in CUTS}
    return next(stack for stack in CUTS if seconds[stack] <= (1 + NEAR) * min(seconds.values()))


def scaling(jobs: Sequence[Job], most: int, costs: Costs) -> list[Scaled]:
    """How the time falls with the devices: 1, 2, 4 ... and `most`. Raises BadInput for a number that nobody has."""
    check_number("devices", most, above=True)
    runs = [simulate(jobs, count, costs) for count in (*(2**power for power in range((most - 1).bit_length())), most)]
    one = runs[0].seconds
    return [Scaled(run.devices, run.seconds, one / (run.devices * run.seconds) if one else 1.0, run.limit) for run in runs]
