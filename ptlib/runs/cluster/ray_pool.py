"""Hands as actors of a Ray cluster: one a GPU, or one a slice of a node's processors. Nothing else here knows Ray.

The cluster is the one that `RAY_ADDRESS` names; else a local one on the loopback address, with a token of its own, which ends
with the driver. Nothing is told to Ray's makers, and no dashboard is started.
"""

import os
import secrets
import shutil
import tempfile
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ptlib.base.errors import NotAvailable
from ptlib.results.store import Store
from ptlib.runs.cluster.driver import serve
from ptlib.runs.cluster.hand import Hand
from ptlib.runs.cluster.orders import Answer, Ended, News, Order, Place, Unit
from ptlib.runs.worker import IDLE_S

WANTED = "ray>=2.49"
STORE_BYTES = 256 * 2**20
"""Of a local cluster's memory for what is on its way."""
LOOK_S, SUSPECT_S = 1.0, 15.0
"""Between two looks at which nodes there are; a node on which a hand died gets no new one for so long: Ray may not know yet
that the node is dead."""
ALWAYS = {"RAY_USAGE_STATS_ENABLED": "0", "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0"}
LOCAL = {"RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0", "RAY_AUTH_MODE": "token"}
"""Ray's names: the first keeps it to the loopback address, on Linux, too."""


class Actor(Hand):
    """A hand in a process of its own, with a cache of its own that nobody else sees."""

    def __init__(self, device: str, threads: int) -> None:
        scratch = Path(tempfile.mkdtemp(prefix=f"ptlib-hand-{os.getpid()}-"))
        _sweep(scratch.parent)
        os.environ["PTLIB_CACHE"] = str(scratch)
        os.environ["OMP_NUM_THREADS"] = str(threads)  # before torch is loaded
        super().__init__(scratch, device)
        self.scratch = scratch

    def leave(self) -> None:
        """Take away what it has on its disk."""
        shutil.rmtree(self.scratch, ignore_errors=True)


def _sweep(folder: Path) -> None:
    """Remove what hands left that were killed."""
    for path in folder.glob("ptlib-hand-*-*"):
        pid = path.name.split("-")[2]
        if pid.isdigit() and not Path(f"/proc/{pid}").exists() and Path("/proc/self").exists():
            shutil.rmtree(path, ignore_errors=True)


@dataclass(slots=True)
class _Held:
    """An actor, and what it was asked."""

    place: Place
    slot: tuple[str, int]
    """Node, and number on it."""
    actor: Any
    unit: Unit | None = None
    answer: Any = None
    """Reference of the answer that is waited for."""
    news: Any = None
    """Reference of the news that are waited for."""


@dataclass(slots=True)
class RayPool:
    """A `Pool`. device: "auto" = GPUs where a node has them; "cpu" = none. threads: of a slice; None = a node's processors."""

    device: str = "auto"
    threads: int | None = None
    ray: Any = field(init=False)
    kind: Any = field(init=False)
    """The class of actors."""
    _held: dict[str, _Held] = field(default_factory=dict)
    _count: int = 0
    _looked: float = float("-inf")
    _suspects: dict[str, float] = field(default_factory=dict)
    """When a hand died on a node."""

    def __post_init__(self) -> None:
        self.ray = _ray()
        _connect(self.ray)
        self.kind = self.ray.remote(Actor)

    def places(self) -> Sequence[Place]:
        """One actor in each slot of each living node; a new one where the last was lost."""
        if time.monotonic() - self._looked > LOOK_S:
            self._looked = time.monotonic()
            self._look(self.ray.nodes())
        return [held.place for held in self._held.values()]

    def _look(self, nodes: Sequence[dict[str, Any]]) -> None:
        """Forget actors without work of nodes that are gone; start those that lack."""
        dead = {node["NodeID"] for node in nodes if not node["Alive"]}
        for id in [id for id, held in self._held.items() if held.slot[0] in dead and held.answer is None]:
            del self._held[id]
        taken = {held.slot for held in self._held.values()}
        for node in nodes:
            for number, device, cost in self._slots(node):
                quiet = time.monotonic() - self._suspects.get(node["NodeID"], float("-inf")) > SUSPECT_S
                if quiet and (node["NodeID"], number) not in taken:
                    self._start(node, number, device, cost)

    def _slots(self, node: dict[str, Any]) -> list[tuple[int, str, dict[str, float]]]:
        """Number, device and resources of each hand on a node."""
        if not node["Alive"]:
            return []
        gpus, cpus = (int(node["Resources"].get(name, 0)) for name in ("GPU", "CPU"))
        if gpus and self.device != "cpu":
            return [(number, "cuda", {"num_gpus": 1, "num_cpus": 0}) for number in range(gpus)]
        slice_ = min(self.threads or cpus, cpus)
        return [(number, "cpu", {"num_cpus": slice_}) for number in range(cpus // slice_ if slice_ else 0)]

    def _start(self, node: dict[str, Any], number: int, device: str, cost: dict[str, float]) -> None:
        self._count += 1
        name = node["NodeManagerHostname"] or node["NodeManagerAddress"]
        place = Place(f"{node['NodeID'][:8]}-{number}-{self._count}", f"{name} {node['NodeID'][:6]}", device)
        there = self.ray.util.scheduling_strategies.NodeAffinitySchedulingStrategy(node["NodeID"], soft=False)
        made_as = {**cost, "max_concurrency": 3, "max_restarts": 0, "scheduling_strategy": there}
        actor = self.kind.options(**made_as).remote(device, int(cost["num_cpus"]) or self.threads or 1)
        self._held[place.id] = _Held(place, (node["NodeID"], number), actor)

    def submit(self, place: str, order: Order) -> None:
        """Give an actor a part."""
        held = self._held[place]
        held.unit, held.answer, held.news = order.unit, held.actor.do.remote(order), None

    def wait(self, seconds: float) -> Sequence[Ended]:
        """Answers that came, and actors that died."""
        by_answer = {held.answer: held for held in self._held.values() if held.answer is not None}
        if not by_answer:
            time.sleep(seconds)
            return []
        self.ray.wait(list(by_answer), num_returns=1, timeout=seconds)
        return [self._ended(by_answer[answer]) for answer in self._come(by_answer)]

    def _come(self, references: Collection[Any]) -> list[Any]:
        """Those of which the value is there."""
        ready: list[Any] = self.ray.wait(list(references), num_returns=len(references), timeout=0)[0] if references else []
        return ready

    def _ended(self, held: _Held) -> Ended:
        try:
            answer: Answer = self.ray.get(held.answer)
        except self.ray.exceptions.RayError as error:
            del self._held[held.place.id]
            self._suspects[held.slot[0]] = time.monotonic()
            return Ended(held.place.id, None, _reason(error))
        held.unit = held.answer = held.news = None
        return Ended(held.place.id, answer)

    def news(self) -> Sequence[News]:
        """Ask every busy actor once at a time, and give what has come."""
        busy = [held for held in self._held.values() if held.answer is not None]
        asked = {held.news: held for held in busy if held.news is not None}
        come = self._come(asked)
        told = [self._told(reference) for reference in come]
        for held in (*(held for held in busy if held.news is None), *(asked[reference] for reference in come)):
            held.news = held.actor.news.remote()
        return [one for one in told if one is not None]

    def _told(self, reference: Any) -> News | None:
        try:
            news: News = self.ray.get(reference)
        except self.ray.exceptions.RayError:  # it died: `wait` tells
            return None
        return news

    def stop(self, place: str) -> None:
        """Ask an actor to stop what it does."""
        held = self._held.get(place)
        if held is not None and held.unit is not None:
            held.actor.stop.remote(held.unit)

    def kill(self, place: str) -> None:
        """End an actor."""
        held = self._held.pop(place, None)
        if held is not None:
            self.ray.kill(held.actor)

    def close(self) -> None:
        """Leave the cluster, and end it when it is our own."""
        leaving = [held.actor.leave.remote() for held in self._held.values() if held.answer is None]
        if leaving:
            self.ray.wait(leaving, num_returns=len(leaving), timeout=2)
        for place in list(self._held):
            self.kill(place)
        self.ray.shutdown()


def _reason(error: Exception) -> str:
    """Why an actor is gone, in a line."""
    return (str(error).strip().splitlines() or [""])[0][:200] or type(error).__name__


def _ray() -> Any:
    """Ray, with our settings. Raises NotAvailable: it is not installed."""
    for name, value in ALWAYS.items():
        os.environ.setdefault(name, value)
    if not os.environ.get("RAY_ADDRESS"):
        os.environ.update(LOCAL, RAY_AUTH_TOKEN=secrets.token_hex(32))
    try:
        import ray
    except ImportError:
        raise NotAvailable(
            f'The Ray executor needs Ray, which is not installed. Install it on every machine with `pip install "{WANTED}"`, '
            "or use --executor local, one worker a device."
        ) from None
    return ray


def _connect(ray: Any) -> None:
    """Join the cluster that the environment names, or start one here."""
    given: dict[str, Any] = {"log_to_driver": False, "logging_level": "error"}
    if not os.environ.get("RAY_ADDRESS"):
        given |= {"include_dashboard": False, "object_store_memory": STORE_BYTES, "_node_ip_address": "127.0.0.1"}
    try:
        ray.init(**given)
    except (ConnectionError, RuntimeError, ValueError, OSError, ray.exceptions.RayError) as error:
        where = os.environ.get("RAY_ADDRESS") or "a local cluster"
        raise NotAvailable(
            f"Ray cannot reach {where} ({_reason(error)}). Check RAY_ADDRESS and that every machine has the same Python and Ray."
        ) from None


def serve_cluster(device: str = "auto", idle_s: float = IDLE_S, once: bool = False) -> int:
    """Serve the queue with a Ray cluster, as `ptlib.runs.driver.serve`; `OMP_NUM_THREADS` is the size of a slice.

    Raises:
        NotAvailable: Ray is not installed, or its cluster cannot be reached.
    """
    threads = os.environ.get("OMP_NUM_THREADS", "")
    pool = RayPool("cpu" if device == "cpu" else "auto", int(threads) if threads.isdigit() and int(threads) else None)
    try:
        return serve(Store(), pool, idle_s, once)
    finally:
        pool.close()
