"""The kind of run: estimated, told as the command that gives the same run, its needs the data of every task it measures."""

from dataclasses import asdict

import pytest

from ptlib.base import paths
from ptlib.cli import build_parser
from ptlib.cli.tuning import start_spec
from ptlib.demo import starts
from ptlib.results.catalogue import Catalogue
from ptlib.results.speeds import Speed
from ptlib.runs.kinds import KINDS, kind_of
from ptlib.transfer.starting.kind import STARTS
from ptlib.transfer.starting.spec import StartSpec


@pytest.fixture
def spec(monkeypatch: pytest.MonkeyPatch) -> StartSpec:
    if not (paths.DEMO / "results").exists():
        pytest.skip("the demo is not in this checkout")
    monkeypatch.setenv("PTLIB_DEMO", str(paths.DEMO))
    return next(starts.specs(Catalogue()))


def test_it_is_registered_told_and_read(spec: StartSpec) -> None:
    assert kind_of(spec) is STARTS is KINDS["start"]
    assert STARTS.read({name: list(v) if isinstance(v, tuple) else v for name, v in asdict(spec).items()}) == spec
    assert start_spec(build_parser().parse_args(list(STARTS.command(spec)))).id == spec.id
    cost = STARTS.cost(spec, (spec.id,), lambda backbone, work: Speed(100.0, work))
    assert cost.prompts_to_tune == len(spec.starts) + 1 and cost.seconds > 5 * 60 * 16 / 100
    needed = STARTS.needs(spec, (spec.id,))
    assert {task.id for task in needed.evaluation} == {spec.task, starts.STRANGER, starts.SENTIMENTS[1]}
    assert list(STARTS.series(spec).values()) == ["untrained", *spec.starts] and STARTS.piece(spec) is None
