"""Hands in threads of this process instead of a cluster: slow, lost, answering twice and in any order, as a test wants it."""

import random
import tempfile
import threading
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ptlib.runs.cluster.hand import Hand
from ptlib.runs.cluster.orders import Ended, News, Order, Place


@dataclass
class ThreadPool:
    """A `Pool`. doomed: parts, by the first of what they make, whose hand is lost, so often; deaf: hands do not hear `stop`."""

    count: int = 2
    doomed: dict[str, int] = field(default_factory=dict)
    twice: bool = False
    deaf: bool = False
    chance: random.Random = field(default_factory=lambda: random.Random(0))
    given: list[tuple[str, tuple[str, int, int]]] = field(default_factory=list)
    """Place and unit of all that was given out."""
    killed: list[str] = field(default_factory=list)
    most: int = 0
    """Parts that were worked on at once."""

    def __post_init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="ptlib-pool-")
        self._hands: dict[str, Hand] = {}
        self._busy: dict[str, Order] = {}
        self._ended: deque[Ended] = deque()
        self._made = 0

    def places(self) -> Sequence[Place]:
        while len(self._hands) < self.count:
            name = f"place-{self._made}"
            self._made += 1
            self._hands[name] = Hand(Path(self._folder.name) / name, "cpu")
        return [Place(name, f"node {name[-1]}", "cpu") for name in self._hands]

    def submit(self, place: str, order: Order) -> None:
        assert place in self._hands and place not in self._busy
        self.given.append((place, order.unit))
        self._busy[place] = order
        self.most = max(self.most, len(self._busy))
        threading.Thread(target=self._work, args=(place, self._hands[place], order), daemon=True).start()

    def _work(self, place: str, hand: Hand, order: Order) -> None:
        answer = hand.do(order)
        if self._hands.get(place) is hand:
            self._ended.append(Ended(place, answer))

    def wait(self, seconds: float) -> Sequence[Ended]:
        until = time.monotonic() + min(seconds, 0.02)
        while not self._ended and time.monotonic() < until:
            time.sleep(0.001)
        found = [self._ended.popleft() for _ in range(len(self._ended))]
        self.chance.shuffle(found)
        return [one for ended in found for one in self._as_told(ended)]

    def _as_told(self, ended: Ended) -> list[Ended]:
        assert ended.answer is not None
        order = self._busy.pop(ended.place)
        word = min(order.makes)
        if self.doomed.get(word, 0) > 0:
            self.doomed[word] -= 1
            del self._hands[ended.place]
            return [Ended(ended.place, None, "the node died")]
        return [ended, ended] if self.twice else [ended]

    def news(self) -> Sequence[News]:
        return [self._hands[place].news() for place in self._busy if self._hands[place]._heard.unit[0]]

    def stop(self, place: str) -> None:
        if not self.deaf:
            self._hands[place].stop(self._busy[place].unit)

    def kill(self, place: str) -> None:
        self.killed.append(place)
        self._hands.pop(place)._heard.stopped.set()
        self._busy.pop(place)

    def close(self) -> None:
        for hand in self._hands.values():
            hand._heard.stopped.set()
        self._folder.cleanup()
