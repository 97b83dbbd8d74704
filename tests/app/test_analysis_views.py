"""What the new pictures and sentences say, on small data: nothing is claimed that the numbers do not carry."""

import numpy as np
import pandas as pd
import pytest

from pages.common import pick_data, theme, words
from pages.neurons import charts as neuron_charts
from pages.neurons import set_charts
from pages.neurons import view as neuron_view
from pages.prompts import alone_charts, alone_view
from pages.transfer import beside_view
from ptlib.analysis.alone import Alone, Answer, Word
from ptlib.analysis.choosing.indicators import duel
from ptlib.transfer import published
from ptlib.transfer.comparing import agreement


def test_a_duel_needs_more_than_a_difference() -> None:
    first, second = {"a": 0.5, "b": 0.4, "c": 0.1}, {"a": 0.1, "b": 0.5, "c": 0.2}
    assert "neither clearly better nor worse" in pick_data.duel_reading("Overlap", "the flag", duel(first, second))
    clear = {name: 0.9 for name in "abcdefgh"}, {name: 0.1 for name in "abcdefgh"}
    assert "better than" in pick_data.duel_reading("Overlap", "the flag", duel(*clear))
    assert "too few" in pick_data.duel_reading("Overlap", "the flag", duel({"a": 1.0}, {"a": 1.0}))


def test_masking_that_does_not_hurt_more_is_said_so() -> None:
    row = {"condition": "shared", "ratio": 1.0, "loss": 0.1, "random_loss": 0.09, "more": 0.01, "p": 0.4, "draws": 200}
    told = neuron_view.masking_reading(neuron_view.masking_table({"m1": pd.DataFrame([row])}))
    assert "does not clearly hurt more" in told and "10.0 points" in told
    assert "was not measured yet" in neuron_view.masking_reading(neuron_view.masking_table({}))


def test_a_p_value_of_few_draws_is_never_called_clear() -> None:
    row = {"condition": "shared", "ratio": 1.0, "loss": 0.5, "random_loss": 0.1, "more": 0.4, "p": 0.048, "draws": 20}
    told = neuron_view.masking_reading(neuron_view.masking_table({"m1": pd.DataFrame([row])}))
    assert "does not clearly hurt more" in told and "clear (p < 0.05) in 0 of 1" in told and "Fewer than 200 random sets" in told
    many = neuron_view.masking_reading(neuron_view.masking_table({"m1": pd.DataFrame([row | {"p": 0.005, "draws": 200}])}))
    assert many.startswith("Masking shared neurons hurts more") and "Fewer" not in many


def test_one_curve_gives_no_p_value_that_its_draws_cannot_carry() -> None:
    row = {"condition": "own", "ratio": 1.0, "score": 0.5, "random_score": 0.9, "p": 0.048, "p_corrected": 0.096, "draws": 20}
    few = neuron_view.dose_reading(pd.DataFrame([row]), 1.0)
    assert "20 draws, too few to say whether that is clear" in few and "p =" not in few
    many = neuron_view.dose_reading(pd.DataFrame([row | {"draws": 200, "p": 0.005, "p_corrected": 0.02}]), 1.0)
    assert "p = 0.020, corrected" in many


def test_verdicts_come_first_and_claim_no_more_than_the_numbers() -> None:
    row = {"condition": "shared", "ratio": 1.0, "loss": 0.5, "random_loss": 0.1, "more": 0.4, "p": 0.005, "draws": 200}
    told = [neuron_view.masking_verdict(pd.DataFrame([row | more])) for more in ({}, {"draws": 20}, {"p": 0.3})]
    assert told[0].startswith("**The shared neurons do the work**") and all("is open" in one for one in told[1:])
    assert "too few random sets" in told[1] and "50.0 points" in told[2] and "too few" not in told[2]
    better = neuron_view.overlap_verdict(0.6, 0.001, [(0.2, 0.001, 9), (-0.2, 0.001, 9)])
    assert "better than knowing the family and less well than comparing the prompts" in better
    assert "about as well as knowing" in neuron_view.overlap_verdict(0.6, 0.001, [(0.2, 0.3, 9), None])
    assert "do not clearly tell" in neuron_view.overlap_verdict(0.6, 0.2, [])
    assert "worse" in neuron_view.overlap_verdict(-0.6, 0.001, [])


def test_a_dose_is_read_out_at_the_chosen_share() -> None:
    rows = [("own", "", 0.5, 0.8), ("shared", "p1", 0.5, 0.6), ("own", "", 1.0, 0.89), ("shared", "p1", 1.0, 0.885)]
    table = pd.DataFrame(rows, columns=["condition", "other", "ratio", "score"])
    table = table.assign(loss=0.9 - table.score, random_score=0.9, more=0.1, random_low=0.9, random_high=0.9, neurons=3)
    half, whole = (neuron_view.dose_verdict(table, 0.9, ratio, {"p1": "News"}) for ratio in (0.5, 1.0))
    assert half.startswith("**Zeroing 50 % of the neurons shared with News costs 30.0 points**") and "changes little" in whole
    assert neuron_view.effect(table) == 0.1 and neuron_view.effect(table[:0]) == float("-inf")
    figure = set_charts.dose_figure(table.assign(low=0.5, high=0.95), 0.9, theme.LIGHT, {"p1": "News"}, 0.5, at=0.5, below=True)
    tops = [figure.layout[f"yaxis{place or ''}"].domain for place in ("", 2)]
    assert tops[0][0] > tops[1][1] and any(shape.x0 == 0.5 for shape in figure.layout.shapes)


def test_profile_bars_and_sensitivity_of_one_pair() -> None:
    rng = np.random.default_rng(0)
    pair = [(rng.normal(size=(3, 40)), rng.normal(size=(3, 40)))]
    table = neuron_view.profile(pair)
    assert list(table.layer) == [0, 1, 2] and (table.low <= table.overlap).all()
    assert neuron_charts.profile_figure({"A and B": table}, theme.DARK).data
    bars = neuron_charts.bars_figure(table, "A", "B", theme.LIGHT).data
    assert [bar.name for bar in bars] == ["A only", "shared", "B only"] and len({bar.marker.pattern.shape for bar in bars}) == 3
    assert list(neuron_view.sensitivity(pair).share) == list(neuron_view.SHARES)


def test_deck_and_code_differ_most_where_it_is_known() -> None:
    first, second = (published.table(name).load() for name in ("deck-roberta-large", "code-roberta-large-relative"))
    found = agreement.compare(first, second)
    names = {name: name for name in (*first.index, *first.columns)}
    told = beside_view.reading(found, "deck", "code", names)
    assert found is not None and 0.5 < (found.rank.value or 0) < 1 and "common tasks" in told
    view = beside_view.difference_view(found.difference)
    assert view.metric.domain == (-100, 100) and view.metric.signed


def alone(untrained: bool = True) -> Alone:
    """A T5 prompt that says a special token first, and leans to one of two labels."""
    before = (lambda value: value) if untrained else (lambda value: None)
    rows = ((1, "</s>", 0.5, 0.0002), (7, "good", 0.3, 0.1), (9, "*$x$*", 0.0001, 0.2))
    words = tuple(Word(token, word, value, before(other)) for token, word, value, other in rows)
    answers = (Answer("positive", "good", 0.9, 0.3, before(0.5), before(0.1)), Answer("negative", "bad", 0.1, 0.03, before(0.5),
                                                                                     before(0.1)))  # fmt: skip
    why = "" if untrained else "What its tuning started from is not known here."
    return Alone("p", "b", "t", 0, "mask", words, words[::-1] if untrained else (), answers, no_untrained=why)


@pytest.mark.parametrize("colours", [theme.LIGHT, theme.DARK], ids=["light", "dark"])
def test_a_prompt_alone_is_told_beside_the_untrained_one(colours: theme.Palette) -> None:
    found = alone()
    told, lean = alone_view.reading(found), alone_view.lean_reading(found.answers)
    assert "“</s>” (50.0 % of" in told and "untrained prompt it is “*$x$*” (20.0 %)" in told
    assert "90 %" in lean and "a lean" in lean and "33.0 %" in lean and "untrained 20.0 %" in lean
    assert "about an even split" in alone_view.lean_reading([Answer("a", "a", 0.52, 0.1), Answer("b", "b", 0.48, 0.1)])
    table = alone_view.word_table(found)
    assert len(table) == 3 and list(table.label) == ["", "positive", ""]
    assert list(alone_view.answer_table(found).share) == [0.9, 0.1]
    figure = alone_charts.word_figure(found, colours)
    assert len(figure.data) == 2 and list(figure.layout.yaxis.ticktext) == ["&lt;/s&gt;", "<b>good</b>", "*$x$*"]
    assert [note.text for note in figure.layout.annotations] == ["50.0 %", "30.0 %", "under 0.1 %"]
    bare = alone(untrained=False)
    assert len(alone_charts.word_figure(bare, colours).data) == 1 and set(alone_view.shares(bare)) == {"own"}
    assert "ntrained" not in alone_view.reading(bare) + alone_view.lean_reading(bare.answers)


def test_what_is_rounded_to_nothing_has_no_sign() -> None:
    assert words.number(-0.04, 1) == "0.0" and words.number(-0.06, 1) == "−0.1" and words.number(None) == "–"
