"""A claimed run on its way: cut into parts, which wait for each other, are given out, and come back or are lost."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from typing import Any, cast

from ptlib.base.errors import BadInput, RunFailed
from ptlib.base.identity import content_of
from ptlib.base.progress import LOADING, WORKING
from ptlib.results.catalogue import Catalogue
from ptlib.results.kind import Part, Spec
from ptlib.results.store import Store
from ptlib.runs.cluster.orders import Answer, News, Order, Unit
from ptlib.runs.cluster.parcel import Parcel, needed, put_in
from ptlib.runs.kinds import kind_of
from ptlib.runs.reporter import Reporter
from ptlib.runs.worker import spec_of

MOST_LOSSES, MOST_TRIES = 4, 20
"""A part that was lost so often, after it was heard of, has to do with it: the run fails; and so often in any case."""
WAITING = "Waiting for a run that makes the same results"


@dataclass(slots=True)
class _Piece:
    """A part, and how it stands."""

    part: Part[Any]
    place: str | None = None
    """Who does it."""
    done: bool = False
    given: int = 0
    heard: bool = False
    """Whether the hand that has it said anything of it."""
    losses: int = 0
    """How often it was lost after it was heard of; a hand that was dead before does not count."""
    share: float = 0.0
    """How much of it is done."""


@dataclass(slots=True)
class Run:
    """A run of this driver. Everything here is the driver's thread."""

    store: Store
    id: str
    reporter: Reporter = field(init=False)
    pieces: list[_Piece] = field(default_factory=list)
    makes: frozenset[str] = frozenset()
    """Everything that it was to make when it was first cut."""
    reads: frozenset[str] = frozenset()
    models: frozenset[str] = frozenset()
    """Backbones whose results it may change."""
    whole: frozenset[str] = frozenset()
    """Backbones of which it is given all results."""
    held: bool = True
    """It cannot begin yet."""
    ending: str | None = None
    """The state that it ends in as soon as nobody works on it any more."""
    error: str | None = None
    lost: int = 0
    _open: ExitStack = field(default_factory=ExitStack)

    def __post_init__(self) -> None:
        self.reporter = self._open.enter_context(Reporter(self.store, self.id))

    def cut(self, earlier: Sequence["Run"]) -> None:
        """Find out what is left and cut it, unless an earlier run must end first.

        It is held while an earlier one makes what this one would make, too, or reads: it then finds it there, as it would with
        one worker, and nothing is made twice. One that is refused now may ask for what an earlier one makes: it is asked again.

        Raises:
            BadInput: it cannot run.
        """
        spec, catalogue = spec_of(self.id), Catalogue(store=self.store.root)
        kind = kind_of(spec)
        try:
            kind.check(spec, catalogue)
            todo = kind.missing(spec, catalogue)
            parts = kind.parts(spec, todo, catalogue) if todo else ()
        except BadInput:
            if not earlier:
                raise
            return
        self.makes |= frozenset().union(*(part.makes for part in parts))
        self.reads |= frozenset().union(*(part.reads for part in parts))
        self.whole |= {content_of(name) for part in parts for name in part.whole}
        self.models |= {content_of(spec.backbone), *self.whole}
        self.held = any(map(self._waits_for, earlier))
        if self.held:
            self.reporter.phase(WAITING, 0, 1)
        else:
            self.pieces = [_Piece(part) for part in parts]
            self.reporter.begin()

    def _waits_for(self, other: "Run") -> bool:
        """Whether an earlier run changes what this one finds, or this one what that one finds."""
        shared = (self.makes | self.reads) & other.makes
        return bool(shared or self.whole & other.models or other.whole & self.models)

    @property
    def busy(self) -> dict[str, int]:
        """Numbers of the parts that somebody works on, by place."""
        return {piece.place: number for number, piece in enumerate(self.pieces) if piece.place is not None}

    @property
    def is_over(self) -> bool:
        """Whether nothing is left to do, or nothing will be done any more and nobody works on it."""
        finished = not self.held and all(piece.done for piece in self.pieces)
        return not self.busy and (finished or self.ending is not None)

    def ready(self) -> Iterator[int]:
        """Numbers of the parts that can be given to somebody now."""
        if self.held or self.ending:
            return
        open_ = frozenset[str]().union(*(piece.part.makes for piece in self.pieces if not piece.done))
        for number, piece in enumerate(self.pieces):
            if not piece.done and piece.place is None and not open_.intersection(piece.part.reads):
                yield number

    @property
    def model(self) -> tuple[str, str]:
        """The backbone and its number format, which a hand may hold already."""
        spec: Any = spec_of(self.id)
        settings = getattr(spec, "settings", spec)
        return spec.backbone, getattr(settings, "dtype", "fp32")

    def is_current(self, unit: Unit) -> bool:
        """Whether somebody was given this part, and nobody after him."""
        piece = self.pieces[unit[1]] if unit[1] < len(self.pieces) else None
        return piece is not None and piece.place is not None and not piece.done and unit[2] == piece.given - 1

    def order(self, number: int, place: str) -> Order:
        """A part for a hand."""
        piece, spec = self.pieces[number], spec_of(self.id)
        given = needed(self.store, spec, piece.part)
        unit: Unit = (self.id, number, piece.given)
        piece.place, piece.given, piece.share, piece.heard = place, piece.given + 1, 0.0, False
        return order_of(unit, spec, piece.part, given)

    def hear(self, news: News) -> None:
        """What a hand says of its part, in the run's curves, log and progress."""
        for series, step, values in news.points:
            self.reporter.point(series, step, **values)
        for note in news.notes:
            self.reporter.note(note)
        piece = self.pieces[news.unit[1]]
        piece.heard = True
        if news.phase == piece.part.phase or (piece.part.phase == WORKING and news.phase != LOADING):
            piece.share = news.share
        self.show()

    def show(self) -> None:
        """Tell how far the run is: in the phase of the first part that is open."""
        phase = next((piece.part.phase for piece in self.pieces if not piece.done), None)
        if phase is not None:
            alike = [piece for piece in self.pieces if piece.part.phase == phase]
            done = sum(piece.part.size if piece.done else int(piece.share * piece.part.size) for piece in alike)
            self.reporter.phase(phase, done, sum(piece.part.size for piece in alike))

    def take(self, answer: Answer, node: str) -> bool:
        """Store what came, once; an answer to a part that is there already, or was given again, is not looked at.

        Raises:
            PtlibError: it cannot be stored.
        """
        if not self.is_current(answer.unit):
            return False
        piece = self.pieces[answer.unit[1]]
        piece.place = None
        if answer.news:
            self.hear(answer.news)
        put_in(answer.made, self.store, self.id, piece.part.makes)
        piece.done = answer.error is None and not answer.cancelled
        if answer.error is not None:
            self.reporter.log(f"{node}: {piece.part.name}: {answer.error}\n{answer.trace}".rstrip())
            self.end("failed", answer.error)
        self.show()
        return True

    def lose(self, number: int, node: str, reason: str) -> None:
        """A hand is gone with what it did: the part is given again."""
        piece = self.pieces[number]
        piece.place, piece.share = None, 0.0
        if self.ending:
            return
        self.lost += 1
        piece.losses += piece.heard
        self.reporter.log(
            f"{node} was lost while it worked on {piece.part.name} ({reason}); it is given again. "
            f"Lost in this run so far: {self.lost}."
        )
        if piece.losses >= MOST_LOSSES or piece.given >= MOST_TRIES:
            raise RunFailed(
                f"Whoever worked on {piece.part.name} was lost, {piece.given} times in turn ({reason}). If its memory was full, "
                "use a smaller batch or fewer seeds at once; then resume the run."
            )

    def end(self, state: str, error: str | None = None) -> None:
        """Let nothing of it be given out any more. The first reason counts."""
        if self.ending is None:
            self.ending, self.error = state, error

    def close(self) -> None:
        """Record its end. Raises PtlibError when that cannot be written."""
        with self._open:
            if self.ending is None and self._is_missing():
                self.end("failed", "Results of this run are not there after all parts were done. Resume it.")
            if self.lost:
                self.reporter.log(f"{self.lost} part{'s' * (self.lost > 1)} lost with a node and given again.")
            self.reporter.finish(self.ending or "done", self.error)

    def _is_missing(self) -> bool:
        spec = spec_of(self.id)
        return bool(self.pieces) and bool(kind_of(spec).missing(spec, Catalogue(store=self.store.root)))


def order_of(unit: Unit, spec: Spec, part: Part[Any], given: Parcel) -> Order:
    """A part of a run of this spec as a hand takes it."""
    return Order(unit, kind_of(spec).name, asdict(cast(Any, spec)), part.todo, part.makes, given)
