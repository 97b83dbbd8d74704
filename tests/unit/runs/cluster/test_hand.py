"""A hand: whatever happens to a part is an answer; its scratch store holds one part; it stops the right one."""

import shutil

from ptlib.base.errors import Cancelled
from ptlib.results.catalogue import Catalogue
from ptlib.results.store import Store
from ptlib.runs.cluster.hand import Hand
from ptlib.runs.cluster.orders import Order
from ptlib.runs.cluster.parcel import Parcel, needed
from ptlib.runs.cluster.run import order_of
from ptlib.transfer.kinds import TRANSFER
from tests.fixtures import fakes


def _order(toy: str, number: int = 0, task: str = "alpha", given: int = 0) -> Order:
    spec = fakes.transfer(toy, task, seeds=(0,))
    part = TRANSFER.parts(spec, TRANSFER.missing(spec, Catalogue()), Catalogue())[number]
    return order_of((spec.id, number, given), spec, part, needed(Store(), spec, part))


def test_a_part_comes_back_with_rows_files_curve_and_notes(toy: str, tmp_path) -> None:
    hand = Hand(tmp_path / "hand", "cpu")
    answer = hand.do(_order(toy))
    assert answer.error is None and not answer.cancelled and len(answer.made.rows["prompts"]) == 1
    assert any(name.endswith("curve.json") for name in answer.made.files)
    assert answer.news.phase == "Tuning" and len(answer.news.points) == 10
    assert not Store().query("SELECT * FROM prompts")  # it wrote nothing here


def test_an_answer_says_everything_again_for_what_was_told_last_may_not_have_arrived(toy: str, tmp_path, monkeypatch) -> None:
    hand, told, real = Hand(tmp_path / "hand", "cpu"), [], fakes.Work.tune

    def tune(work, *arguments):
        work.progress.note("Texts are cut.")
        found = real(work, *arguments)
        told.extend((hand.news(), hand.news()))  # asked, and lost on the way
        return found

    monkeypatch.setattr(fakes.Work, "tune", tune)
    answer = hand.do(_order(toy))
    assert [len(news.points) for news in told] == [10, 0] and [news.notes for news in told] == [("Texts are cut.",), ()]
    assert answer.news.points == told[0].points and answer.news.notes == told[0].notes


def test_the_next_part_finds_nothing_of_the_last(toy: str, tmp_path) -> None:
    hand = Hand(tmp_path / "hand", "cpu")
    hand.do(_order(toy))
    answer = hand.do(_order(toy, task="beta"))
    assert len(answer.made.rows["prompts"]) == 1 and len(hand.store.query("SELECT * FROM prompts")) == 1
    assert "There is no" in (missing := hand.do(_order(toy, number=1)).error) or "No prompt" in missing


def test_errors_are_told_in_words_and_defects_with_their_trace(toy: str, tmp_path, monkeypatch) -> None:
    hand = Hand(tmp_path / "hand", "cpu")
    assert "not finite" in hand.do(_order(toy, task="bad")).error
    for problem, words in ((MemoryError(), "Out of memory"), (KeyError("x"), "defect in ptlib"), (Cancelled("now"), None)):
        monkeypatch.setattr(fakes.Work, "model", lambda *_, problem=problem: (_ for _ in ()).throw(problem))
        answer = hand.do(_order(toy))
        assert (words in answer.error) if words else (answer.cancelled and answer.error is None)
        assert ("Traceback" in answer.trace) == (words is not None)


def test_a_scratch_store_that_is_gone_is_no_answer_without_results(toy: str, tmp_path, monkeypatch) -> None:
    hand = Hand(tmp_path / "hand", "cpu")
    real = fakes.Work.tune

    def tune(work, *arguments):
        found = real(work, *arguments)
        shutil.rmtree(tmp_path / "hand")
        (tmp_path / "hand").write_text("a file")
        return found

    monkeypatch.setattr(fakes.Work, "tune", tune)
    answer = hand.do(_order(toy))
    assert answer.error and answer.made == Parcel()


def test_only_the_part_that_is_meant_stops(toy: str, tmp_path, monkeypatch) -> None:
    hand, first, second = Hand(tmp_path / "hand", "cpu"), _order(toy), _order(toy, given=1)
    real = fakes.Work.model

    def model(work, *arguments):
        hand.stop(first.unit)
        return real(work, *arguments)

    monkeypatch.setattr(fakes.Work, "model", model)
    assert hand.do(second).error is None and hand.do(first).cancelled
