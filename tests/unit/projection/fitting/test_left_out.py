"""Leaving tasks out: what can be learned is found, noise is not, and the mean prompt is the measure."""

from dataclasses import replace

import numpy as np
import pytest

from ptlib.base.errors import BadInput
from ptlib.base.progress import Silent
from ptlib.projection.fitting.left_out import FORMS, left_out
from ptlib.projection.spec import ProjectSpec

SPEC = ProjectSpec("one", "two", "distance", ("t",), steps=30, hidden=8, lr=0.02)
RNG = np.random.default_rng(0)
FIRST = RNG.standard_normal((6, 10, 4), dtype=np.float32)
NOISE = RNG.standard_normal((6, 9, 3), dtype=np.float32)
MAP = RNG.standard_normal((4, 3), dtype=np.float32)


def means(*pairs: np.ndarray, **more: object) -> dict[str, float]:
    return {one.form: float(one.errors.mean()) for one in left_out((pairs[0], pairs[1]), SPEC, Silent(), **more)}  # type: ignore[arg-type]


def test_a_map_of_tokens_generalises_and_of_whole_prompts_does_not() -> None:
    found = means(FIRST, FIRST[:, :9] @ MAP)
    assert set(found) == set(FORMS) and all(np.isfinite(value) for value in found.values())
    assert found["per token, linear"] < 0.1 and found["per token, one hidden layer"] < found["prompt of zeros"]
    assert found["flattened, linear"] > 0.3


def test_nothing_beats_the_mean_on_noise_and_the_fitted_prompts_are_learned_by_heart() -> None:
    found = left_out((FIRST, NOISE), SPEC, Silent(), same_size=True)
    for one in found:
        assert one.errors.shape == (6,) and one.errors.mean() > 0.8, one.form
    assert next(one for one in found if one.form == "flattened, linear").fitted < 0.1


def test_zeros_are_worse_than_the_mean_where_prompts_are_alike() -> None:
    assert means(FIRST, NOISE * 0.1 + 1)["prompt of zeros"] > 10


def test_untrained_pairs_teach_the_map() -> None:
    words = RNG.standard_normal((40, 10, 4), dtype=np.float32)
    more = (words, words[:, :9] @ MAP)
    few = (np.repeat(FIRST[:3, :1], 10, 1), np.repeat(FIRST[:3, :1] @ MAP, 9, 1))  # two tokens say little of four dimensions
    assert means(*few, untrained=more)["per token, linear"] < means(*few)["per token, linear"]


def test_size_does_not_count_where_it_is_made_equal() -> None:
    sizes = np.float32([1, 2, 3, 4, 5, 6])[:, None, None]
    one, two = (left_out((FIRST, part), replace(SPEC, steps=2), Silent(), same_size=True) for part in (NOISE, NOISE * sizes))
    assert all(np.allclose(a.errors, b.errors, rtol=1e-3) for a, b in zip(one, two, strict=True))


def test_two_pairs_are_too_few() -> None:
    with pytest.raises(BadInput, match="at least 3"):
        left_out((FIRST[:2], NOISE[:2]), SPEC, Silent())
