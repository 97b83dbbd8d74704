"""Specs of analyses: ids, JSON and back, and what is refused at once."""

import json
from dataclasses import asdict, replace

import pytest

from ptlib.analysis.specs import ClusterSpec, MaskSpec, NeuronSpec
from ptlib.base.errors import BadInput
from ptlib.runs.kinds import kind_of


def test_specs_survive_json_and_have_ids_of_their_own() -> None:
    a, b = "pa", "pb"
    specs = (NeuronSpec("x", (a,)), MaskSpec("x", a, "t", (b,), (0.5,)), ClusterSpec("x", (a, b), "umap", 3, "neurons"))
    assert [spec.id[0] for spec in specs] == ["n", "m", "c"]
    for spec in specs:
        again = kind_of(spec).read(json.loads(json.dumps(asdict(spec))))
        assert again == spec and again.id == spec.id
    assert replace(specs[2], seed=1).id != specs[2].id and specs[1].doses == 3 * 21


@pytest.mark.parametrize(
    ("told", "make"),
    [
        ("at least 2 prompts, got 1", lambda: ClusterSpec("x", ("a",))),
        ("at least 1 prompt, got 0", lambda: NeuronSpec("x", ())),
        ("named twice", lambda: ClusterSpec("x", ("a", "a"))),
        ("named twice", lambda: MaskSpec("x", "a", "t", ("a",))),
        ("Unknown method 'mds'", lambda: ClusterSpec("x", ("a", "b"), "mds")),
        ("Unknown number of dimensions '4'", lambda: ClusterSpec("x", ("a", "b"), dimensions=4)),
        ("Unknown number format 'int8'", lambda: NeuronSpec("x", ("a",), "int8")),
        ("above 0, at most 1", lambda: MaskSpec("x", "a", "t", ratios=(0.0, 2.0))),
        ("given once", lambda: MaskSpec("x", "a", "t", ratios=(0.5, 0.5))),
        ("draws", lambda: MaskSpec("x", "a", "t", draws=0)),
        ("limit", lambda: MaskSpec("x", "a", "t", limit=0)),
    ],
)
def test_what_makes_no_sense_is_refused(told: str, make) -> None:
    with pytest.raises(BadInput, match=told):
        make()
