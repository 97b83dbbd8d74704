"""The stored figures of distance minimising on published prompts, measured again (skipped without the prompts).

Twins that always run: tests/unit/projection/fitting/test_left_out.py and test_published.py on prompts made there.
"""

import os
from pathlib import Path

import numpy as np
import pytest

from ptlib.base.progress import Silent
from ptlib.projection.fitting import left_out
from ptlib.projection.fitting.published import measured, published_pairs
from ptlib.projection.spec import ProjectSpec
from ptlib.prompts.importing import find_prompts

_GIVEN = os.environ.get("PTLIB_REFERENCE_DATA", "")
FILES = [Path(_GIVEN) / "prompts" / f"{name}.safetensors" for name in ("t5_base", "roberta_base")]
pytestmark = pytest.mark.skipif(not _GIVEN or not all(file.is_file() for file in FILES), reason="no published prompts here")
FORMS = ("prompt of zeros", "flattened, linear")
"""The ones that take a moment."""


def test_stored_figures_are_those_of_the_published_prompts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(left_out, "FORMS", {name: left_out.FORMS[name] for name in FORMS})
    pairs = published_pairs([prompt for file in FILES for prompt in find_prompts(file).prompts], "t5_base", "roberta_base")
    spec = ProjectSpec("t5_base", "roberta_base", "distance", pairs.tasks)
    told = measured().set_index(["form", "size"])
    assert len(pairs.tasks) == 13
    for size, same in (("as published", False), ("made equal", True)):
        for one in left_out.left_out((pairs.first, pairs.second), spec, Silent(), same_size=same):
            row = told.loc[(one.form, size)]
            assert np.isclose(one.errors.mean(), row["left out"], atol=2e-3) and np.isclose(one.fitted, row.fitted, atol=2e-3)
            assert f"{(one.errors < 1).sum()} of 13" == row["better on"]
