"""What an import finds: equal values have one id; row 0 is idle in the published masked-LM layout alone."""

import pytest

from ptlib.models.published_layout import LAYOUT
from ptlib.prompts.importing.found import ImportedPrompt
from tests.unit.prompts.importing.made import VALUES


@pytest.mark.parametrize(
    ("backbone", "layout", "idle"),
    [
        ("FacebookAI/roberta-base", LAYOUT, True),
        ("google-t5/t5-base", LAYOUT, False),
        ("FacebookAI/roberta-base", "prepend", False),
    ],
)
def test_row_0(backbone: str, layout: str, idle: bool) -> None:
    prompt = ImportedPrompt(VALUES, "a", "a", backbone, "set", "file", layout)
    assert prompt.row0_unused is idle
    assert prompt.id == ImportedPrompt(VALUES.copy(), "b", "b", "", "other", "file").id
    assert prompt.id != ImportedPrompt(VALUES + 1, "a", "a", backbone, "set", "file", layout).id
