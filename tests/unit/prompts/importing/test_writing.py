"""Imported prompts become folders that this tool and stock PEFT read, with all that the source told."""

from pathlib import Path

import numpy as np

from ptlib.prompts.importing import Asked, import_prompts
from ptlib.prompts.soft import SoftPrompt
from tests.unit.prompts.importing.made import VALUES, adapter


def test_the_record_holds_what_the_source_told(tmp_path: Path) -> None:
    folder = adapter(tmp_path / "sst2" / "checkpoint-40", task_type="SEQ_2_SEQ_LM", modules_to_save=["score"])
    (out,), _ = import_prompts(folder, tmp_path / "out", Asked(backbone="owner/other"))
    prompt = SoftPrompt.load(out)
    assert np.array_equal(prompt.values, VALUES)
    assert (prompt.info.backbone, prompt.info.task, prompt.info.step, prompt.info.layout) == ("owner/other", "sst2", 40, "peft")
    assert prompt.info.extra["task_type"] == "SEQ_2_SEQ_LM" and prompt.info.extra["family"] == "t5"
    assert prompt.info.extra["key"] == "prompt_embeddings"
