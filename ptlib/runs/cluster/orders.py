"""What passes between the driver and its hands: plain data, nothing that runs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from ptlib.runs.cluster.parcel import Parcel

Unit = tuple[str, int, int]
"""A part that was given to a hand: run id, number of the part, how often it was given before."""


@dataclass(frozen=True, slots=True)
class Order:
    """A part of a run with everything it needs of the driver's store."""

    unit: Unit
    kind: str
    spec: Mapping[str, Any]
    """As `Kind.read` takes it."""
    todo: Any
    """As `Kind.execute` takes it."""
    makes: frozenset[str]
    given: Parcel


@dataclass(frozen=True, slots=True)
class News:
    """What a hand has to say since it was last asked."""

    unit: Unit
    phase: str = ""
    done: int = 0
    total: int = 0
    points: tuple[tuple[str, int, Mapping[str, float]], ...] = ()
    """Series, step and values of points of curves."""
    notes: tuple[str, ...] = ()

    @property
    def share(self) -> float:
        """How much of its phase is done."""
        return min(1.0, self.done / self.total) if self.total > 0 else 0.0


@dataclass(frozen=True, slots=True)
class Answer:
    """How a part ended."""

    unit: Unit
    made: Parcel = field(default_factory=Parcel)
    """What was finished, also when the rest failed."""
    news: News | None = None
    """All that happened, told before or not: what was told last may not have arrived."""
    error: str | None = None
    """Why it failed, in words for the user; None: it did not."""
    cancelled: bool = False
    trace: str = ""
    """Of a defect of ours."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a hand works."""

    id: str
    """Never used again for another hand."""
    node: str
    device: str


@dataclass(frozen=True, slots=True)
class Ended:
    """A hand that has nothing to do any more, or is gone."""

    place: str
    answer: Answer | None
    """None: the hand is gone with what it did."""
    reason: str = ""
    """Why it is gone."""


class Pool(Protocol):
    """All hands, wherever they are. Nothing here waits but `wait`."""

    def places(self) -> Sequence[Place]:
        """The hands that are there now; new ones appear as machines come, lost ones are told of by `wait`."""

    def submit(self, place: str, order: Order) -> None:
        """Give a hand that does nothing a part."""

    def wait(self, seconds: float) -> Sequence[Ended]:
        """What has ended, after at most so many seconds."""

    def news(self) -> Sequence[News]:
        """What busy hands have said since the last time."""

    def stop(self, place: str) -> None:
        """Ask a hand to stop what it does, at its next step."""

    def kill(self, place: str) -> None:
        """End a hand's process at once; another one takes its place."""

    def close(self) -> None:
        """End all hands."""
