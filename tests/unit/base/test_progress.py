"""Progress: told to all, as a share of a larger phase, and asked whether to stop."""

import pytest

from ptlib.base.errors import Cancelled
from ptlib.base.progress import Fan, Progress, Share, Silent


class Heard(Silent):
    """Remembers everything it was told."""

    def __init__(self) -> None:
        self.told: list[tuple] = []

    def phase(self, name: str, done: int, total: int) -> None:
        self.told.append((name, done, total))

    def point(self, series: str, step: int, **values: float) -> None:
        self.told.append((series, step, values))

    def check(self) -> None:
        self.told.append(("check",))
        raise Cancelled("stop")

    def later(self, seconds: float) -> None:
        self.told.append(("later", seconds))


def test_a_fan_tells_everybody_and_stops_when_one_asks() -> None:
    first, second = Heard(), Heard()
    fan: Progress = Fan(Silent(), first, second)
    fan.phase("steps", 1, 2)
    fan.point("p", 3, loss=0.5)
    fan.later(4.0)
    assert first.told == second.told == [("steps", 1, 2), ("p", 3, {"loss": 0.5}), ("later", 4.0)]
    with pytest.raises(Cancelled):
        fan.check()
    assert len(second.told) == 3  # the first one had stopped it


def test_a_share_is_a_slice_of_the_whole_and_never_runs_backwards() -> None:
    heard = Heard()
    share = Share(heard, "Tuning", start=100, size=50, total=200)
    for done in (0, 5, 3, 10):
        share.phase("steps", done, 10)
    share.phase("nothing to do", 0, 0)
    share.point("p", 1, loss=1.0)
    share.later(2.0)
    assert [item[1] for item in heard.told[:5]] == [100, 125, 125, 150, 150]
    assert heard.told[0] == ("Tuning", 100, 200) and heard.told[5:] == [("p", 1, {"loss": 1.0}), ("later", 2.0)]
    with pytest.raises(Cancelled):
        share.check()
