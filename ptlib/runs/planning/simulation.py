"""A discrete-event simulation of N devices that share jobs: who does what, when all is done, and what limits more devices.

List scheduling, the longest processing time first: a device that is free takes the ready job with the longest way to its
end, its own length and what waits for it. Another backbone than the one it holds must be worth the loading. Results are
written by one driver, one after another, and a job is ready when what it waits for is written. Nothing is random.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from heapq import heapify, heappop, heappush

from ptlib.base.bounds import check_number

NOTHING = "nothing yet"


@dataclass(frozen=True, slots=True)
class Job:
    """A piece of work that one device does without a break."""

    backbone: str
    seconds: float
    writes: int = 0
    """Results that the driver writes when it is done."""
    after: int | None = None
    """Place of the job whose results it needs; an earlier one of the list."""


@dataclass(frozen=True, slots=True)
class Costs:
    """What is paid beside the work, in seconds."""

    load: Mapping[str, float]
    """Until a backbone is in a device's memory, by its id."""
    write: float = 0.0
    """The driver, a result."""


@dataclass(frozen=True, slots=True)
class Simulated:
    """How a list of jobs goes on N devices."""

    devices: int
    seconds: float
    """Until the last result is written."""
    working: float
    """Seconds of all devices."""
    loading: float
    """Seconds of all devices."""
    writing: float
    """Seconds of the driver."""
    longest: float
    """The longest way from a job to the end of what waits for it, loading and writing included."""
    order: tuple[tuple[int, int, float], ...]
    """Job, device, start, as they began."""

    @property
    def limit(self) -> str:
        """Why N devices are not N times as fast; `NOTHING` where nine tenths of their time are work."""
        whole = self.devices * self.seconds
        if self.working >= 0.9 * whole:
            return NOTHING
        if self.loading > whole - self.working - self.loading:
            return "loading backbones"
        return "the driver's writes" if self.writing > self.longest else "the longest stack"


def ways(jobs: Sequence[Job], write: float) -> list[float]:
    """Seconds from the start of each job to the end of the longest chain that begins with it."""
    found = [job.seconds + job.writes * write for job in jobs]
    behind = [0.0] * len(jobs)
    for place in reversed(range(len(jobs))):
        found[place] += behind[place]
        if (before := jobs[place].after) is not None:
            behind[before] = max(behind[before], found[place])
    return found


def simulate(jobs: Sequence[Job], devices: int, costs: Costs) -> Simulated:
    """Let N devices do the jobs. Raises BadInput for fewer than one device."""
    check_number("devices", devices, above=True)
    run = _Run(jobs, devices, costs)
    run.go()
    return Simulated(
        devices,
        run.end,
        sum(job.seconds for job in jobs),
        run.loading,
        sum(job.writes for job in jobs) * costs.write,
        max((way + costs.load[job.backbone] for job, way in zip(jobs, run.ways, strict=True)), default=0.0),
        tuple(run.order),
    )


class _Run:
    """The state of one simulation."""

    def __init__(self, jobs: Sequence[Job], devices: int, costs: Costs) -> None:
        self.jobs, self.costs = jobs, costs
        self.ways = ways(jobs, costs.write)
        self.holds: list[str | None] = [None] * devices
        self.free = list(range(devices))
        self.ready: dict[str, list[tuple[float, int]]] = {}
        self.waiting: dict[int, list[int]] = {}
        self.events: list[tuple[float, int, int]] = []
        """When, which job; the device that becomes free, or -1: its results are written."""
        self.driver = self.end = self.loading = 0.0
        self.order: list[tuple[int, int, float]] = []
        for place, job in enumerate(jobs):
            if job.after is None:
                self._is_ready(place)
            else:
                self.waiting.setdefault(job.after, []).append(place)

    def go(self) -> None:
        """Until nothing happens any more."""
        self._hand_out(0.0)
        while self.events:
            now = self.events[0][0]
            while self.events and self.events[0][0] == now:
                self._happens(*heappop(self.events))
            self._hand_out(now)

    def _happens(self, now: float, place: int, device: int) -> None:
        if device < 0:
            for next_ in self.waiting.get(place, ()):
                self._is_ready(next_)
            return
        heappush(self.free, device)
        self.driver = self.end = max(self.driver, now) + self.jobs[place].writes * self.costs.write
        heappush(self.events, (self.driver, place, -1))

    def _is_ready(self, place: int) -> None:
        heappush(self.ready.setdefault(self.jobs[place].backbone, []), (-self.ways[place], place))

    def _hand_out(self, now: float) -> None:
        """Every free device takes what is best for it; those that hold a wanted backbone come first."""
        if not any(self.ready.values()):
            return
        held = [device for device in self.free if self.ready.get(self.holds[device] or "")]
        for device in (*held, *sorted(set(self.free).difference(held))):
            if (backbone := self._best(device)) is None:
                break
            self.free.remove(device)
            self._begin(device, heappop(self.ready[backbone])[1], now)
        heapify(self.free)

    def _best(self, device: int) -> str | None:
        """The backbone whose longest ready job is worth most to a device; None when no job is ready."""
        worth = {
            backbone: -queue[0][0] - (self.holds[device] != backbone) * self.costs.load[backbone]
            for backbone, queue in self.ready.items()
            if queue
        }
        return max(worth, key=lambda backbone: worth[backbone]) if worth else None

    def _begin(self, device: int, place: int, now: float) -> None:
        job = self.jobs[place]
        loading = self.costs.load[job.backbone] if self.holds[device] != job.backbone else 0.0
        self.holds[device] = job.backbone
        self.loading += loading
        self.order.append((place, device, now))
        heappush(self.events, (now + loading + job.seconds, place, device))
