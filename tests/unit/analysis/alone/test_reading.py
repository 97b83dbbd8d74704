"""A prompt without any text: the same input as for neurons, its untrained twin, what it is not told, and bad input."""

import json
from dataclasses import asdict, replace

import numpy as np
import pytest

from ptlib.analysis.alone import alone_from
from ptlib.analysis.alone.reading import read_alone
from ptlib.analysis.neurons import capture_all, sites
from ptlib.base.errors import BadInput
from ptlib.models.load import FrozenModel
from ptlib.prompts.record import Prompt
from ptlib.prompts.soft import SoftPrompt

P, SNIPPET, FACTS = 4, "demo/film_snippet", "demo/fact_questions"


def prompt(frozen: FrozenModel, task: str = SNIPPET, **more: object) -> SoftPrompt:
    values = np.random.default_rng(0).normal(0, 0.5, (P, frozen.spec.width)).astype(np.float32)
    values.setflags(write=False)  # as the catalogue hands them out
    return SoftPrompt(values, Prompt("p1", frozen.spec.id, task, 3, **({"init": "vocab"} | more)))


@pytest.mark.parametrize(("kind", "layout"), [("roberta", "prepend"), ("roberta", "published_v1"), ("t5", "prepend")])
def test_the_model_reads_what_it_reads_for_neurons(models: dict[str, FrozenModel], kind: str, layout: str) -> None:
    frozen, seen = models[kind], []
    mine = prompt(frozen, layout=layout)
    (wanted,) = capture_all(frozen, [replace(mine, values=mine.values.copy())])
    place = P + 1 if kind == "roberta" and layout == "prepend" else 0
    handle = sites(frozen)[0].register_forward_hook(lambda _m, _i, output: seen.append(output[0, place].numpy()))
    read_alone(frozen, prompt(frozen, "somebody's task", layout=layout))
    handle.remove()
    np.testing.assert_allclose(seen[0], wanted[0], atol=1e-5)


def test_an_answer_survives_json_and_is_the_same_twice(models: dict[str, FrozenModel]) -> None:
    found = read_alone(models["t5"], prompt(models["t5"]), 50)
    assert alone_from(json.loads(json.dumps(asdict(found)))) == found == read_alone(models["t5"], prompt(models["t5"]), 50)
    assert len({word.token for word in found.words}) == len({word.word for word in found.words}) == 50
    assert sum(answer.share for answer in found.answers) == pytest.approx(1, abs=1e-5)
    with pytest.raises(KeyError):
        alone_from({"words": []})


def test_what_is_not_known_is_left_out_and_said(models: dict[str, FrozenModel]) -> None:
    frozen = models["roberta"]
    for task, init, told in ((SNIPPET, "prompt:p0", "from another tuned one"), (SNIPPET, "published", "not known"),
                             ("nobody's", "vocab", "not known")):  # fmt: skip
        found = read_alone(frozen, prompt(frozen, task, init=init))
        assert told in found.no_untrained and not found.untrained_words and found.words[0].untrained is None
        assert bool(found.answers) == (task == SNIPPET)
        assert all(answer.untrained_share is None for answer in found.answers)
    asked = read_alone(models["t5"], prompt(models["t5"], FACTS))
    assert not asked.answers and asked.untrained_words and not asked.no_untrained


def test_the_start_itself_is_its_own_untrained_prompt(models: dict[str, FrozenModel]) -> None:
    from ptlib.prompts.initial import reference_prompt
    from ptlib.prompts.spec import TuneSettings
    from ptlib.tasks.registry import get_task

    frozen, settings = models["roberta"], TuneSettings(prompt_length=P, init="random")
    start = reference_prompt(frozen, "untrained", get_task(SNIPPET), settings, 3)
    found = read_alone(frozen, replace(prompt(frozen, init="random"), values=start.values))
    assert all(word.probability == word.untrained for word in found.words)
    other = read_alone(frozen, replace(prompt(frozen, init="random"), values=start.values, info=replace(
        prompt(frozen, init="random").info, seed=4)))  # fmt: skip
    assert any(word.probability != word.untrained for word in other.words)


def test_a_prompt_of_another_backbone_is_refused_also_when_its_width_fits(models: dict[str, FrozenModel]) -> None:
    with pytest.raises(BadInput, match=r"was tuned on .*roberta, so .*t5 cannot read it"):
        read_alone(models["t5"], prompt(models["roberta"]))
    thin = SoftPrompt(np.zeros((P, 12), np.float32), Prompt("p2", "", SNIPPET, 0))
    with pytest.raises(BadInput, match=r"\[4, 12\]"):
        read_alone(models["t5"], thin)
    for count in (0, 51):
        with pytest.raises(BadInput, match="Ask for 1 to 50"):
            read_alone(models["t5"], prompt(models["t5"]), count)
