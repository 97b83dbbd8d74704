"""What analyses say of themselves before anything is computed."""

import pytest

from ptlib.analysis.kinds import CLUSTER, MASK, NEURONS, PICTURE_S, READ_S
from ptlib.analysis.specs import ClusterSpec, MaskSpec, NeuronSpec
from ptlib.base.errors import BadInput
from ptlib.base.progress import Silent
from ptlib.results.catalogue import Catalogue
from ptlib.results.speeds import LOAD_S, Speed
from ptlib.runs import execution
from tests.fixtures import fakes


@pytest.fixture
def ids(toy: str) -> tuple[str, ...]:
    spec = fakes.transfer(toy, "alpha", "beta", "gamma", seeds=(1,), references=())
    execution.execute(spec, Silent())
    return tuple(tune.id for tune in spec.prompts())


def speed(backbone: str, work: str) -> Speed:
    return Speed(100.0, work)


def test_neurons_are_missing_prompt_by_prompt(ids: tuple[str, ...], toy: str) -> None:
    spec = NeuronSpec(toy, ids)
    assert NEURONS.missing(spec, Catalogue()) == ids
    assert NEURONS.cost(spec, ids, speed).seconds == -(-(LOAD_S + 3 * READ_S) // 1)
    execution.execute(NeuronSpec(toy, ids[:1]), Silent())
    assert NEURONS.missing(spec, Catalogue()) == ids[1:]


def test_a_picture_of_neurons_needs_the_model_only_for_those_that_were_not_read(ids: tuple[str, ...], toy: str) -> None:
    plain, drawn = ClusterSpec(toy, ids), ClusterSpec(toy, ids, on="neurons")
    assert CLUSTER.missing(plain, Catalogue()) == (plain.id,) and not CLUSTER.needs(plain, (plain.id,)).backbones
    todo = CLUSTER.missing(drawn, Catalogue())
    assert todo == (drawn.id, *ids) and CLUSTER.needs(drawn, todo).backbones
    execution.execute(NeuronSpec(toy, ids), Silent())
    todo = CLUSTER.missing(drawn, Catalogue())
    assert todo == (drawn.id,) and not CLUSTER.needs(drawn, todo).backbones
    assert CLUSTER.cost(drawn, todo, speed).seconds == PICTURE_S["pca"]


def test_a_prompt_without_direction_has_no_place_under_the_cosine(toy: str) -> None:
    spec = fakes.transfer(toy, "alpha", "beta", seeds=(0,), references=())  # the stand-in's seed 0 is all zeros
    execution.execute(spec, Silent())
    zeros = tuple(tune.id for tune in spec.prompts())
    with pytest.raises(BadInput, match="zero everywhere"):
        CLUSTER.check(ClusterSpec(toy, zeros), Catalogue())
    CLUSTER.check(ClusterSpec(toy, zeros, metric="euclidean"), Catalogue())


def test_masking_evaluates_once_a_dose_and_once_unmasked(ids: tuple[str, ...], toy: str) -> None:
    spec = MaskSpec(toy, ids[0], "toy/alpha", ids[1:2], (0.5, 1.0), 4, limit=10)
    cost = MASK.cost(spec, (spec.id,), speed)
    assert cost.cells_to_evaluate == 3 * 2 * 5 + 1 and cost.seconds == -(-(LOAD_S + 31 * 10 / 100) // 1)
    assert [task.id for task in MASK.needs(spec, (spec.id,)).evaluation] == ["toy/alpha"]
    with pytest.raises(BadInput, match="toy/nobody"):
        MASK.check(MaskSpec(toy, ids[0], "toy/nobody"), Catalogue())


def test_titles_say_what_is_done_with_how_many(toy: str) -> None:
    assert NEURONS.title(NeuronSpec("m", ("a",))) == "Read neurons of 1 prompt, m"
    assert MASK.title(MaskSpec("m", "/x/mine#12", "t", ("b",))) == "Mask neurons of mine on t beside 1 other, m"
    assert CLUSTER.title(ClusterSpec("m", ("a", "b"), "tsne", 3, "flat")) == "t-SNE 3-D of 2 prompts on all tokens, m"


def test_on_several_devices_neurons_are_read_a_few_prompts_at_a_time_and_a_picture_is_one_piece(ids, toy: str) -> None:
    spec = NeuronSpec(toy, tuple(f"p{number}" for number in range(11)), "bf16")
    first, second = NEURONS.parts(spec, spec.prompts, Catalogue())
    assert first.todo + second.todo == spec.prompts and first.makes == {f"neurons {name}@bf16" for name in first.reads}
    drawn = ClusterSpec(toy, ids, on="neurons")
    execution.execute(NeuronSpec(toy, ids[:1]), Silent())
    (part,) = CLUSTER.parts(drawn, CLUSTER.missing(drawn, Catalogue()), Catalogue())
    assert part.makes == {f"cluster {drawn.id}", *(f"neurons {name}" for name in ids[1:])}
    assert {*ids, f"neurons {ids[0]}"} <= {*part.reads}
    spec = MaskSpec(toy, ids[0], "toy/alpha", others=ids[1:])
    (part,) = MASK.parts(spec, (spec.id,), Catalogue())
    assert part.makes == {f"mask {spec.id}"} and {*ids} <= {*part.reads}
