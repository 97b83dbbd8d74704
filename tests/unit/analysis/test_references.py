"""How specs name prompts: ids, and folders with a digest of their content."""

from pathlib import Path

import numpy as np
import pytest

from ptlib.analysis.references import neuron_key, reference, refs_of, resolve, short, values_of
from ptlib.base.errors import BadInput
from ptlib.base.progress import Silent
from ptlib.results.catalogue import Catalogue
from ptlib.results.prompts import soft_prompt
from ptlib.runs import execution
from tests.fixtures import fakes


@pytest.fixture
def ids(toy: str) -> list[str]:
    spec = fakes.transfer(toy, "alpha", "beta", seeds=(1,), references=())
    execution.execute(spec, Silent())
    return [tune.id for tune in spec.prompts()]


def test_an_id_stands_for_itself_with_what_the_catalogue_knows(ids: list[str], toy: str) -> None:
    ref = resolve(reference(ids[0]), Catalogue())
    assert (ref.id, ref.name, ref.backbone, ref.task, ref.seed, ref.folder) == (ids[0], ids[0], toy, "toy/alpha", 1, None)
    assert np.array_equal(values_of(ref, Catalogue()), soft_prompt(ids[0]).values)


def test_a_folder_is_named_with_its_content_and_refused_once_that_changed(ids: list[str], tmp_path: Path) -> None:
    soft_prompt(ids[0]).save(tmp_path / "mine")
    name = reference(str(tmp_path / "mine"))
    ref = resolve(name, Catalogue())
    assert name.startswith(f"{tmp_path}/mine#") and (ref.name, short(name)) == ("mine", "mine")
    (tmp_path / "mine" / "more").write_text("x")
    with pytest.raises(BadInput, match="has changed since"):
        resolve(name, Catalogue())
    (tmp_path / "empty").mkdir()
    with pytest.raises(BadInput, match="holds a soft prompt"):
        reference(str(tmp_path / "empty"))


def test_prompts_of_another_backbone_and_unknown_ones_are_refused(ids: list[str], toy: str) -> None:
    assert [ref.id for ref in refs_of(ids, toy, Catalogue())] == ids
    with pytest.raises(BadInput, match="not on other"):
        refs_of(ids, "other", Catalogue())
    with pytest.raises(BadInput, match="Did you mean"):
        refs_of([ids[0][:-1]], toy, Catalogue())


def test_neurons_of_another_number_format_are_kept_apart() -> None:
    assert (neuron_key("p1"), neuron_key("p1", "bf16")) == ("p1", "p1@bf16")
