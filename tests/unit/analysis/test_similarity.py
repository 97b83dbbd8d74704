"""Embedding indicators against slow loops and scipy; what cannot be compared is refused in words."""

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from ptlib.analysis.similarity import INDICATORS, frame, prepared, similarities, similarity, stack
from ptlib.base.errors import BadInput

RANDOM = np.random.default_rng(3)


def prompts(count: int = 5, tokens: int = 7, width: int = 11, scale: float = 1.0) -> np.ndarray:
    """Prompts of very different lengths that share something."""
    sizes = 10.0 ** RANDOM.uniform(-1, 1, (count, 1, 1))
    return (scale * sizes * (RANDOM.normal(size=(count, tokens, width)) + 0.5)).astype(np.float32)


def cosine(x: np.ndarray, y: np.ndarray) -> float:
    return float(x @ y / np.sqrt((x @ x) * (y @ y)))


def slow(name: str, p: np.ndarray, q: np.ndarray) -> float:
    """The definition, word for word, in loops."""
    p, q = p.astype(np.float64), q.astype(np.float64)
    match name:
        case "euclidean_concat":
            return 1 / (1 + np.sqrt(sum((a - b) ** 2 for a, b in zip(p.ravel(), q.ravel(), strict=True))))
        case "euclidean_average":
            return 1 / (1 + np.mean([[np.sqrt(((a - b) ** 2).sum()) for b in q] for a in p]))
        case "cosine_concat":
            return cosine(p.ravel(), q.ravel())
        case "cosine_average":
            return np.mean([[cosine(a, b) for b in q] for a in p])
        case "cosine_mean":
            return cosine(sum(p) / len(p), sum(q) / len(q))
    raise KeyError(name)


def names(count: int) -> list[str]:
    return [f"prompt {place}" for place in range(count)]


@pytest.mark.parametrize("scale", [1e-12, 1.0, 1e12])
@pytest.mark.parametrize("name", INDICATORS)
def test_every_indicator_is_its_definition(name: str, scale: float) -> None:
    values = prompts(scale=scale)
    found = similarity(stack(list(values), names(5)), name)
    wanted = np.array([[slow(name, p, q) for q in values] for p in values])
    assert found.dtype == np.float64 and np.array_equal(found, found.T)
    np.testing.assert_allclose(found, wanted, rtol=2e-6, atol=1e-12)


@pytest.mark.parametrize("tokens", [1, 20, 90])
def test_distances_do_not_depend_on_how_they_are_cut_into_blocks(tokens: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ptlib.analysis.similarity._BLOCK_TOKENS", 60)
    values = RANDOM.normal(size=(4, tokens, 3)).astype(np.float32)
    found = similarity(stack(list(values), names(4)), "euclidean_average")
    np.testing.assert_allclose(found, [[1 / (1 + cdist(p, q).mean()) for q in values] for p in values], rtol=1e-5)


@pytest.mark.parametrize("spread", [1e-1, 1e-3, 1e-5, 0.0])
def test_distances_keep_their_digits_when_tokens_are_nearly_equal(spread: float) -> None:
    """Prompts that hardly left a common start far from the origin: float32 alone would return noise."""
    start = 100 * RANDOM.normal(size=(1, 1, 64))
    shared = (start + RANDOM.choice([-10.0, 10.0], (3, 1, 1)) + spread * RANDOM.normal(size=(3, 20, 64))).astype(np.float32)
    found = similarity(stack(list(shared), names(3)), "euclidean_average")
    wanted = [[1 / (1 + cdist(p.astype(float), q.astype(float)).mean()) for q in shared] for p in shared]
    np.testing.assert_allclose(found, wanted, rtol=1e-5)
    if spread >= 1e-3:  # below that the prompts themselves, stored in float32, have no digits left
        np.testing.assert_allclose(1 / found - 1, 1 / np.array(wanted) - 1, rtol=1e-3)


def test_a_prompt_compared_with_itself() -> None:
    found = similarities(stack(list(prompts()), names(5)))
    for name in ("euclidean_concat", "cosine_concat", "cosine_mean"):
        np.testing.assert_allclose(np.diag(found[name]), 1.0, atol=1e-12)
    for name in ("euclidean_average", "cosine_average"):
        assert (np.diag(found[name]) < 1).all()


def test_row_0_of_published_prompts_is_left_out_unless_asked_for() -> None:
    values = prompts()
    published = stack(list(values), names(5), row0_unused=[True] * 5)
    for name in INDICATORS:
        assert np.array_equal(similarity(published, name), similarity(stack(list(values[:, 1:]), names(5)), name))
        assert np.array_equal(similarity(published, name, keep_row_0=True), similarity(stack(list(values), names(5)), name))
    with pytest.raises(BadInput, match="row 0 alone"):
        prepared(stack(list(values[:, :1]), names(5), row0_unused=[True] * 5))


def test_centring_takes_the_mean_prompt_away() -> None:
    values = prompts()
    found = similarity(stack(list(values), names(5)), "cosine_concat", centred=True)
    np.testing.assert_allclose(
        found,
        [
            [cosine((p - values.mean(0)).ravel().astype(float), (q - values.mean(0)).ravel().astype(float)) for q in values]
            for p in values
        ],
        atol=1e-6,
    )
    with pytest.raises(BadInput, match="exact opposites"):
        similarity(stack(list(values[:2]), names(2)), "cosine_concat", centred=True)


def test_two_prompts_are_enough_without_centring() -> None:
    found = similarities(stack(list(prompts(2)), names(2)))
    assert {matrix.shape for matrix in found.values()} == {(2, 2)}


def test_a_frame_has_the_names_on_both_sides() -> None:
    prompts_ = stack(list(prompts(3)), ["b", "a", "c"])
    table = frame(prompts_, similarity(prompts_, "cosine_mean"))
    assert list(table.index) == list(table.columns) == ["b", "a", "c"]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"values": [np.ones((2, 3))]}, "at least two prompts, got 1"),
        ({"values": [np.ones((2, 3)), np.ones((2, 4))]}, r"'a' and 'b' differ in shape: \[2, 3\] and \[2, 4\]"),
        ({"backbones": ["demo/one", "demo/two"]}, "differ in backbone: demo/one and demo/two"),
        ({"row0_unused": [True, False]}, "differ in layout"),
        ({"names": ["a", "a"]}, "both named 'a'"),
        ({"values": [np.ones((2, 3)), np.full((2, 3), np.nan)]}, "'b' holds 6 values that are not finite"),
        ({"values": [np.ones((2, 3)), np.full((2, 3), np.inf)]}, "not finite"),
        ({"values": [np.ones(3), np.ones(3)]}, "two axes"),
    ],
)
def test_what_cannot_be_compared_is_refused(change: dict, says: str) -> None:
    given = {"values": [np.ones((2, 3)), np.ones((2, 3))], "names": ["a", "b"]} | change
    with pytest.raises(BadInput, match=says):
        stack(**given)


def test_an_unknown_backbone_contradicts_nothing() -> None:
    assert stack([np.ones((2, 3))] * 2, ["a", "b"], ["", "demo/one"]).backbone == "demo/one"


def test_unknown_indicators_and_prompts_without_direction_are_refused() -> None:
    zero = stack([np.zeros((2, 3)), np.ones((2, 3))], ["nothing", "b"])
    with pytest.raises(BadInput, match="Did you mean 'cosine_mean'"):
        similarity(zero, "cosine_meen")
    for name in ("cosine_concat", "cosine_mean"):
        with pytest.raises(BadInput, match="'nothing' is zero everywhere"):
            similarity(zero, name)
    assert similarity(zero, "cosine_average")[0, 1] == 0 and similarity(zero, "euclidean_concat")[0, 1] > 0
