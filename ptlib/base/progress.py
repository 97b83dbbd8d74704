"""How long work speaks to whoever watches it: phases, curve points, and the question 'shall I stop?'."""

from typing import Protocol


class Progress(Protocol):
    """Receiver of progress; implementations write to the store, to a terminal, or nowhere."""

    def phase(self, name: str, done: int, total: int) -> None:
        """Report `done` of `total` units in the phase `name` (units: steps, batches, bytes)."""

    def point(self, series: str, step: int, **values: float) -> None:
        """Add one point to a curve; `series` is a prompt id, values e.g. loss, validation, seconds."""

    def check(self) -> None:
        """Raise `Cancelled` when somebody asked to stop. Called at least once a step."""


class Silent:
    """Progress that nobody watches."""

    def phase(self, name: str, done: int, total: int) -> None: ...

    def point(self, series: str, step: int, **values: float) -> None: ...

    def check(self) -> None: ...
