"""Results of analyses as files: what is packed is read back, and a changed file is refused."""

from dataclasses import asdict
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ptlib.analysis.specs import NeuronSpec
from ptlib.base.errors import Damaged
from ptlib.base.identity import canonical
from ptlib.results import artefacts
from ptlib.results.catalogue import Catalogue
from ptlib.results.store import Store


def test_half_floats_keep_which_neurons_are_activated() -> None:
    activation = np.array([[1e-9, -1e-9, 0.0, 7e4, 2.5]], np.float32)
    assert np.array_equal(artefacts.half(activation) > 0, activation > 0) and np.isfinite(artefacts.half(activation)).all()


def test_a_table_comes_back_with_what_it_says_of_itself() -> None:
    table, told = pd.DataFrame({"x": [1.5, 2.0]}), {"spec": {"id": "c1"}}
    data = artefacts.pack_table(table, told)
    assert data == artefacts.pack_table(table, told)
    assert artefacts.unpack_table(data)[0].equals(table) and artefacts.unpack_table(data)[1] == told
    with pytest.raises(Damaged, match="cannot be read"):
        artefacts.unpack_table(data[:-3])


def test_a_saved_result_is_listed_until_its_file_changes(cache: Path) -> None:
    store, spec = Store(), NeuronSpec("x", ("p",), "bf16")
    artefacts.save(store, artefacts.CLUSTER, "c1", artefacts.pack_table(pd.DataFrame({"x": [1]}), {}), spec=spec, title="T")
    activation = np.ones((2, 3), np.float32)
    artefacts.save(
        store, artefacts.NEURONS, "p@bf16", artefacts.pack_neurons({artefacts.TENSOR: activation}), spec=spec, title="T"
    )
    catalogue = Catalogue()
    assert [item.id for item in catalogue.artefacts(artefacts.CLUSTER, "x")] == ["c1"]
    assert catalogue.neuron_ids() == {"p@bf16"} and np.array_equal(catalogue.neurons("p@bf16"), activation)
    (item,) = catalogue.artefacts(artefacts.CLUSTER)
    assert (item.run_id, item.title, item.spec_json) == (spec.id, "T", canonical(asdict(spec)))
    item.path.write_bytes(b"x")
    with pytest.raises(Damaged, match="fails its checksum"):
        item.read()
    assert catalogue.artefacts(artefacts.CLUSTER) == [] and [found.kind for found in catalogue.damaged()] == ["analysis"]
