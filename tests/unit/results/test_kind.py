"""What every kind can do without saying so itself."""

import json
from dataclasses import asdict

import pytest

from ptlib.base.errors import BadInput
from ptlib.results.kind import Piece
from ptlib.transfer.kinds import TRANSFER
from tests.fixtures import echo, fakes


def test_a_kind_that_says_nothing_of_them_has_no_piece_no_prompts_and_no_command() -> None:
    spec = echo.EchoSpec("m", 1.0)
    assert echo.ECHO.piece(spec) is None and echo.ECHO.prompts(spec) == () and echo.ECHO.command(spec) == ()


def test_lists_and_settings_come_back_from_json_as_they_were() -> None:
    spec = fakes.transfer("m", "alpha", "beta")
    assert TRANSFER.read(json.loads(json.dumps(asdict(spec)))) == spec
    with pytest.raises(BadInput, match="does not fit this version"):
        echo.ECHO.read({"backbone": "m", "loudness": 3})


def test_the_cell_to_look_at_first_is_the_first_source_on_the_last_target() -> None:
    assert Piece(("a", "b"), ("c", "d"), (0,), "r").cell == ("a", "d")
