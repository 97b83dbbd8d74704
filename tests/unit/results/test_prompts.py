"""A prompt by its name: id or folder, with its record."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ptlib.base import paths
from ptlib.base.errors import BadInput
from ptlib.prompts.spec import TuneSettings, TuneSpec
from ptlib.results.catalogue import Catalogue
from ptlib.results.prompts import soft_prompt, start_of


def test_a_demo_prompt_has_its_record_and_lives_on_in_a_folder(tmp_path: Path) -> None:
    catalogue = Catalogue(paths.DEMO, tmp_path / "store")
    row = catalogue.prompt_rows("demo/roberta-small")[0]
    prompt = soft_prompt(row.id, catalogue)
    assert prompt.info == row and prompt.values.shape == (row.prompt_length, row.width)
    prompt.save(tmp_path / "copy")
    copied = soft_prompt(str(tmp_path / "copy"), catalogue)
    assert np.array_equal(copied.values, prompt.values) and copied.info.as_json() == row.as_json()


def test_a_start_must_have_the_shape_that_is_tuned(tmp_path: Path) -> None:
    catalogue = Catalogue(paths.DEMO, tmp_path / "store")
    row = catalogue.prompt_rows("demo/roberta-small")[0]
    spec = TuneSpec(row.backbone, row.task, 0, TuneSettings(prompt_length=row.prompt_length))
    assert start_of(spec, row.width, catalogue) is None
    assert start_of(spec.started_from(row.id), row.width, catalogue).shape == (row.prompt_length, row.width)
    with pytest.raises(BadInput, match="The prompt to start from has shape"):
        start_of(spec.started_from(row.id), row.width + 1, catalogue)
    said: list[str] = []
    start_of(spec.started_from(row.id), row.width, catalogue, say=said.append)
    assert not said
    start_of(replace(spec, backbone="other/model").started_from(row.id), row.width, catalogue, say=said.append)
    assert "tuned on" in said[0] and "not on other/model" in said[0]
