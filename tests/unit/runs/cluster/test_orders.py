"""What passes between driver and hands."""

import pickle

import pytest

from ptlib.prompts.spec import TuneSpec
from ptlib.runs.cluster.orders import Answer, News, Order
from ptlib.runs.cluster.parcel import Parcel
from ptlib.transfer.plan import Plan
from tests.fixtures import fakes


@pytest.mark.parametrize(("done", "total", "share"), [(0, 0, 0.0), (1, 4, 0.25), (9, 4, 1.0), (3, -1, 0.0)])
def test_the_share_of_a_phase_is_a_fraction(done: int, total: int, share: float) -> None:
    assert News(("t", 0, 0), "Tuning", done, total).share == share


def test_orders_and_answers_survive_the_way() -> None:
    tune = TuneSpec("demo/roberta-small", "toy/alpha", 0, fakes.SETTINGS)
    order = Order(("t", 1, 0), "tune", {"a": 1}, Plan((tune,)), frozenset({tune.id}), Parcel({}, {"prompts/a": b"\0"}))
    assert pickle.loads(pickle.dumps(order)) == order
    answer = Answer(order.unit, news=News(order.unit, points=(("p", 1, {"loss": 0.5}),)))
    assert pickle.loads(pickle.dumps(answer)) == answer
