"""How long work speaks to whoever watches it: phases, curve points, and the question 'shall I stop?'."""

from typing import Protocol

LOADING, TUNING, FIRST_LOOK, EVALUATING, WORKING = "Loading the model", "Tuning", "First look", "Evaluating", "Working"
"""Phases of runs in words, as people read them."""


class Progress(Protocol):
    """Receiver of progress; implementations write to the store, to a terminal, or nowhere."""

    def phase(self, name: str, done: int, total: int) -> None:
        """Report `done` of `total` units in the phase `name` (units: steps, batches, bytes)."""

    def point(self, series: str, step: int, **values: float) -> None:
        """Add one point to a curve; `series` is a prompt id, values e.g. loss, validation, seconds."""

    def note(self, message: str) -> None:
        """Say something that whoever reads the result must know: rows left out, texts cut."""

    def check(self) -> None:
        """Raise `Cancelled` when somebody asked to stop. Called at least once a step."""

    def later(self, seconds: float) -> None:
        """Say how long the phases after this one are expected to take."""


class Silent(Progress):
    """Progress that nobody watches."""

    def phase(self, name: str, done: int, total: int) -> None: ...

    def point(self, series: str, step: int, **values: float) -> None: ...

    def note(self, message: str) -> None: ...

    def check(self) -> None: ...

    def later(self, seconds: float) -> None: ...


class Fan(Progress):
    """Tells and asks several."""

    def __init__(self, *receivers: Progress) -> None:
        self.receivers = receivers

    def phase(self, name: str, done: int, total: int) -> None:
        for receiver in self.receivers:
            receiver.phase(name, done, total)

    def point(self, series: str, step: int, **values: float) -> None:
        for receiver in self.receivers:
            receiver.point(series, step, **values)

    def note(self, message: str) -> None:
        for receiver in self.receivers:
            receiver.note(message)

    def check(self) -> None:
        for receiver in self.receivers:
            receiver.check()

    def later(self, seconds: float) -> None:
        for receiver in self.receivers:
            receiver.later(seconds)


class Share(Fan):
    """The part of a phase that one call does: its own progress becomes a slice of the whole."""

    def __init__(self, progress: Progress, name: str, start: int, size: int, total: int) -> None:
        super().__init__(progress)
        self.name, self.start, self.size, self.total, self.seen = name, start, size, total, 0.0

    def phase(self, name: str, done: int, total: int) -> None:
        """Report the call's progress as part of the whole; it never runs backwards."""
        self.seen = min(1.0, max(self.seen, done / total if total else 0.0))
        super().phase(self.name, self.start + int(self.seen * self.size), self.total)
