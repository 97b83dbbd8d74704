"""Kinds of runs: ids that never change, specs that survive the database, what each says of itself."""

import json
from dataclasses import asdict, replace

import pytest

from ptlib.analysis.specs import ClusterSpec, MaskSpec, NeuronSpec
from ptlib.base.errors import BadInput
from ptlib.prompts.spec import TuneSettings, TuneSpec
from ptlib.runs.kinds import KINDS, command_line, kind_named, kind_of
from ptlib.transfer.plan import reference_id
from ptlib.transfer.spec import TransferSpec

B, S = "demo/roberta-small", TuneSettings()
FILM, SNIPPET = "demo/film_review", "demo/film_snippet"
MAP = TransferSpec(B, (FILM,), (SNIPPET,), (0, 1), S)
IDS = {
    "p4a9a9d4242": TuneSpec(B, FILM, 0, S),
    "pf39cf5597d": TuneSpec(B, FILM, 0, S).started_from("p0123456789"),
    "pbeebd24366": TuneSpec(
        "m", "t", 3, TuneSettings(prompt_length=100, init="text:good film", train_size=50, dtype="bf16"), "/data"
    ),
    "tc13081e90f": MAP,
    "t24adde0302": TransferSpec("m", ("a", "b"), ("c",), (2,), S, references=(), warm_start=True, limit=40),
    "n93ffba4e2d": NeuronSpec(B, ("pa", "pb")),
    "m0eb83e7ad1": MaskSpec(B, "pa", FILM, ("pb",), limit=200),
    "cf71ef0a68e": ClusterSpec(B, ("pa", "pb")),
    "c85591ce2c2": ClusterSpec(B, ("pa", "pb"), "umap", 3, "neurons", "euclidean", trails=True),
}
"""Run ids as they were before kinds were objects."""


@pytest.mark.parametrize("known", IDS)
def test_ids_are_those_of_stored_results(known: str) -> None:
    assert IDS[known].id == known


def test_ids_of_reference_rows_and_recipes_are_those_of_stored_results() -> None:
    assert (reference_id(MAP, "untrained", SNIPPET, 1), S.recipe) == ("r0736b186f7", "9a04d56c")


@pytest.mark.parametrize("known", IDS)
def test_a_spec_comes_back_from_the_database_by_the_name_of_its_kind(known: str) -> None:
    kind = kind_of(IDS[known])
    again = kind_named(kind.name).read(json.loads(json.dumps(asdict(IDS[known]))))
    assert again == IDS[known] and again.id == known


def test_the_five_kinds_have_the_names_that_are_stored() -> None:
    assert list(KINDS)[:5] == ["tune", "transfer", "neurons", "mask", "cluster"]
    assert all(name == kind.name for name, kind in KINDS.items())


def test_what_another_version_wrote_is_refused_by_name() -> None:
    with pytest.raises(BadInput, match="Did you mean 'tune'"):
        kind_named("tun")
    with pytest.raises(BadInput, match="does not fit this version"):
        kind_named("neurons").read({"backbone": B, "prompts": ["pa"], "colour": "red"})
    with pytest.raises(BadInput, match="do not fit this version"):
        kind_named("tune").read(asdict(TuneSpec(B, FILM, 0, S)) | {"settings": {"colour": "red"}})


def test_the_piece_of_the_map_and_its_first_cell() -> None:
    tune, piece = TuneSpec(B, FILM, 3, S), kind_of(MAP).piece(MAP)
    assert piece.cell == (FILM, SNIPPET) and piece.seeds == (0, 1) and piece.recipe == S.recipe
    assert kind_of(tune).piece(tune).cell == (FILM, FILM) and kind_of(tune).prompts(tune) == (tune,)
    assert kind_of(IDS["cf71ef0a68e"]).piece(IDS["cf71ef0a68e"]) is None


def test_commands_say_what_is_not_the_default() -> None:
    assert command_line(MAP).startswith(f"python -m ptlib transfer {B} {FILM} --targets {SNIPPET} --seeds 0,1")
    few = TransferSpec("m", ("a",), ("a",), (3,), TuneSettings(steps=50))
    assert command_line(few) == "python -m ptlib transfer m a --seeds 3 --steps 50"
    assert "--references '' --warm-start --limit 40" in command_line(IDS["t24adde0302"])
    assert "--limit 40 --within 7.5" in command_line(replace(IDS["t24adde0302"], within=7.5))
    assert command_line(IDS["pbeebd24366"]).endswith(
        "--prompt-length 100 --init 'text:good film' --train-size 50 --dtype bf16 --data /data"
    )
    assert command_line(IDS["n93ffba4e2d"]) == ""
