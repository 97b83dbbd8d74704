"""The picker: its score by hand, its order, what it says with and without evidence, and what donors are."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import rankdata

from ptlib.analysis.choosing.picker import FAMILY, NO_EVIDENCE, consensus, general_donors, matrices_of, pick, scores
from ptlib.analysis.choosing.ranking import compare
from ptlib.base.errors import BadInput
from ptlib.prompts.record import Prompt

NAMES = ["a1", "a2", "a3", "a4", "b1", "b2", "c1"]
FAMILIES = {name: name[0] for name in NAMES}
WORDS = {"a1": "neg pos", "a2": "neg pos", "a3": "neg neu pos", "a4": "neg neu pos", "b1": "no yes", "b2": "no yes"}


def matrix(seed: int = 0, names: list[str] = NAMES) -> pd.DataFrame:
    values = np.random.default_rng(seed).normal(size=(len(names), len(names)))
    values = values + values.T
    np.fill_diagonal(values, 1.0)
    return pd.DataFrame(values, index=names, columns=names)


def test_the_score_is_the_formula() -> None:
    alike = matrix()
    found, with_words = scores(alike, FAMILIES), scores(alike, FAMILIES, WORDS)
    for t in NAMES:
        others = [s for s in NAMES if s != t]
        ranks = dict(zip(others, rankdata(alike.loc[others, t]), strict=True))
        for s in others:
            r = (ranks[s] - 0.5) / 6 - 0.5
            family = FAMILIES[s] == FAMILIES[t]
            assert found.loc[s, t] == pytest.approx(family * (1 + 0.4 * r))
            same = s in WORDS and t in WORDS and WORDS[s] == WORDS[t]
            assert with_words.loc[s, t] == pytest.approx(family * (1 + 0.5 * same + 0.2 * r))
    assert np.isnan(np.diag(found)).all()


def test_family_comes_first_then_answer_words_then_the_prompts() -> None:
    alike = matrix()
    alike.loc[:, "a1"] = [1.0, 0.1, 0.3, 0.2, 0.9, 0.8, 0.7]
    plain = pick("a1", [alike], FAMILIES)
    assert [one.source for one in plain.suggestions] == ["a3", "a4", "a2"] and plain.status == FAMILY
    worded = pick("a1", [alike], FAMILIES, WORDS)
    assert [one.source for one in worded.suggestions] == ["a2", "a3", "a4"]
    assert [one.same_answer_words for one in worded.suggestions] == [True, False, False]
    assert worded.suggestions[1].evidence == "same family, other answer words, mean-token similarity 0.30, place 4 of 6"
    assert len(pick("a1", [alike], FAMILIES, count=1).suggestions) == 1


@pytest.mark.parametrize(
    ("words", "sets", "backbones", "loss"),
    [(None, 1, 1, "3.2"), (WORDS, 1, 1, "2.7"), (None, 3, 1, "3.2"), (None, 3, 3, "2.05"), (WORDS, 3, 3, "1.8")],
)
def test_the_evidence_is_quoted_in_words(words: dict | None, sets: int, backbones: int, loss: str) -> None:
    note = pick("a1", [matrix(seed) for seed in range(sets)], FAMILIES, words, n_backbones=backbones).note
    assert f"mean loss {loss} points instead of 8.0 over five published backbones, not confirmed blind" in note
    assert (f"averaged over {sets} prompt sets" in note) == (sets > 1)


def test_a_family_of_two_has_nothing_to_order() -> None:
    found = pick("b1", [matrix()], FAMILIES)
    assert [one.source for one in found.suggestions] == ["b2"] and "nothing to order" in found.note


def test_outside_the_family_there_is_no_ranking_only_donors() -> None:
    found = pick("c1", [matrix()], FAMILIES)
    assert found.status == NO_EVIDENCE and found.suggestions == () and found.donors == ()
    assert "no evidence" in found.note and "No transfer was measured" in found.note
    donors = general_donors([matrix(4)], FAMILIES, exclude="c1")
    offered = pick("c1", [matrix()], FAMILIES, donors=donors, sources=["a1", "b1", "b2", "c1"])
    assert [one.source for one in offered.donors] == [one.source for one in donors if one.source in ("a1", "b1", "b2")]
    assert "no evidence" in offered.note and offered.suggestions == ()


def test_a_target_without_prompt_is_ranked_by_family_and_answer_words() -> None:
    found = pick("new", [matrix()], {**FAMILIES, "new": "a"}, {**WORDS, "new": "neg neu pos"})
    assert {one.source for one in found.suggestions[:2]} == {"a3", "a4"}
    assert found.suggestions[0].similarity is None and "no prompt of both tasks" in found.suggestions[0].evidence


def test_matrices_are_standardised_and_averaged_over_sets() -> None:
    first, second = matrix(1), 1000 * matrix(2, NAMES[1:]) + 5
    found = consensus([first, second])

    def z(table: pd.DataFrame, s: str, t: str) -> float:
        off = [table.loc[x, y] for x in table.index for y in table.columns if x != y]
        return (table.loc[s, t] - np.mean(off)) / np.std(off)

    assert found.loc["a2", "b1"] == pytest.approx((z(first, "a2", "b1") + z(second, "a2", "b1")) / 2)
    assert found.loc["a1", "b1"] == pytest.approx(z(first, "a1", "b1"))
    assert (np.diag(found) == 0).all()
    apart = consensus([matrix(1, ["a1", "a2", "a3"]), matrix(1, ["b1", "b2", "c1"])])
    assert apart.loc["a1", "b1"] == 0
    flat = consensus([pd.DataFrame(1.0, index=NAMES, columns=NAMES)])
    assert (flat == 0).all(axis=None)
    with pytest.raises(BadInput, match="no similarity matrix"):
        consensus([])


def test_one_set_is_ranked_as_it_is() -> None:
    alike = matrix()
    pd.testing.assert_frame_equal(scores(consensus([alike]), FAMILIES), scores(alike, FAMILIES))


def test_the_picker_is_judged_on_the_scale_of_all_others() -> None:
    truth = pd.DataFrame(np.random.default_rng(7).uniform(0, 100, (7, 7)), index=NAMES, columns=NAMES)
    judged = compare(scores(matrix(), FAMILIES), truth, FAMILIES)
    losses = []
    for t in NAMES:
        others = truth[t].drop(t)
        found = pick(t, [matrix()], FAMILIES)
        losses.append(others.max() - (others[found.suggestions[0].source] if found.suggestions else others.mean()))
    assert judged.indicator.regret[0] == pytest.approx(np.mean(losses)) and judged.n_labels == 7


def test_donors_are_measured_outside_their_family_with_equal_weight_for_tables() -> None:
    tables = [matrix(1), matrix(2, NAMES[:6])]
    tables[0].loc["untrained"] = 1000.0
    found = {donor.source: donor for donor in general_donors(tables, FAMILIES, exclude="b1")}

    def strength(table: pd.DataFrame, source: str) -> tuple[list[float], float]:
        values = []
        for t in table.columns:
            outside = [s for s in table.index if s in NAMES and s != t and s[0] != t[0]]
            column = table.loc[outside, t]
            if t != "b1" and source in outside and len(outside) > 1 and column.std(ddof=0) > 0:
                values.append((column[source] - column.mean()) / column.std(ddof=0))
        return values, np.mean(values)

    for source in ("a1", "b2"):
        parts = [strength(table, source) for table in tables]
        assert found[source].strength == pytest.approx((parts[0][1] + parts[1][1]) / 2)
        assert found[source].n_targets == len(parts[0][0]) + len(parts[1][0]) and found[source].n_tables == 2
    assert found["c1"].strength == pytest.approx(strength(tables[0], "c1")[1]) and found["c1"].n_tables == 1
    assert "untrained" not in found
    assert [one.strength for one in general_donors(tables, FAMILIES)] == sorted(
        (one.strength for one in general_donors(tables, FAMILIES)), reverse=True
    )


def test_no_source_at_all_is_said() -> None:
    with pytest.raises(BadInput, match="no source to choose from"):
        pick("a1", [matrix()], FAMILIES, sources=["a1"])


class _Catalogue:
    """Prompts of two seeds; the third has one task only."""

    def main_recipe(self, backbone: str) -> str:
        return "main"

    def prompt_rows(self, backbone: str) -> list:
        rows = [(task, seed, "main", "random") for seed in (0, 1) for task in ("a", "b", "c")]
        rows += [("a", 2, "main", "random"), ("b", 0, "other", "random"), ("b", 1, "main", "prompt:x")]
        return [Prompt(f"{task}{seed}{recipe}{init}", "x", task, seed, recipe, init) for task, seed, recipe, init in rows]

    def values(self, prompt_id: str) -> np.ndarray:
        assert prompt_id.endswith("mainrandom")
        return np.random.default_rng([ord(letter) for letter in prompt_id]).normal(size=(3, 4)).astype(np.float32)


def test_one_matrix_a_seed_comes_from_the_catalogue() -> None:
    found = matrices_of(_Catalogue(), "demo/x")
    assert len(found) == 2 and all(list(table.index) == ["a", "b", "c"] for table in found)
    assert not found[0].equals(found[1])
