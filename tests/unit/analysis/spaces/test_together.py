"""Several spaces in one picture: turning or widening a space moves nothing when prompts are placed relatively."""

import numpy as np
import pytest

from ptlib.analysis.spaces import together
from ptlib.analysis.spaces.together import RELATIVE, VALUES, Space
from ptlib.base.errors import BadInput

TASKS = tuple(f"t{number}" for number in range(5) for _ in range(2))


def cloud() -> np.ndarray:
    rng = np.random.default_rng(0)
    return rng.normal(size=(5, 8)).repeat(2, axis=0) + rng.normal(0, 0.1, (10, 8))


def test_a_turned_and_wider_copy_lies_on_the_original() -> None:
    first = cloud()
    turn = np.linalg.qr(np.random.default_rng(1).normal(size=(12, 12)))[0][:8]
    spaces = [Space("a", first, TASKS), Space("b", 3 * first @ turn + 5, TASKS)]
    found = together.place(spaces, RELATIVE)
    assert found.places[:10] == pytest.approx(found.places[10:], abs=1e-9)
    assert found.anchors == ("t0", "t1", "t2", "t3", "t4") and found.by == RELATIVE and found.explained[0] > found.explained[1]


def test_a_prompt_is_no_witness_of_its_own_place() -> None:
    vectors = cloud()
    found = together.relative(vectors, TASKS, ("t0", "t1"))
    centred = vectors - vectors.mean(axis=0)
    mate, others = centred[1], centred[2:4].mean(axis=0)
    for column, anchor in enumerate((mate, others)):
        wanted = centred[0] @ anchor / np.linalg.norm(centred[0]) / np.linalg.norm(anchor)
        assert found[0, column] == pytest.approx(wanted)
    lone = together.relative(vectors[::2], TASKS[::2], ("t0",))
    assert lone[0, 0] == pytest.approx(1)  # it is all that there is of its task


def test_values_need_one_width_and_relative_places_need_tasks_in_common() -> None:
    a, b = Space("A", cloud(), TASKS), Space("B", np.ones((10, 3)), TASKS)
    assert together.widths([a, a]) and not together.widths([a, b])
    with pytest.raises(BadInput, match="differ in width"):
        together.place([a, b], VALUES)
    with pytest.raises(BadInput, match="0 tasks in common"):
        together.place([a, Space("B", b.vectors, tuple(f"x{task}" for task in TASKS))], RELATIVE)
    direct = together.place([a, a], VALUES)
    assert direct.anchors == () and direct.places[:10] == pytest.approx(direct.places[10:])
