"""project published: prompts in the published layout, made here; what is printed and refused."""

import json
from itertools import product
from pathlib import Path

import pytest
import torch

from ptlib.cli import main


def test_published_prompts_are_left_out_task_by_task(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    rng = torch.Generator().manual_seed(0)
    for task, model in product(("IMDB", "SST2", "MNLI", "snli"), ("Roberta", "T5")):
        folder = tmp_path / "task_prompt_emb" / f"{task}Prompt{model}"
        folder.mkdir(parents=True)
        torch.save(torch.randn(3, 768, generator=rng), folder / "task_prompt")
    words = ["project", "published", str(tmp_path), "--source", "t5_base", "--target", "roberta_base"]
    assert main([*words, "--steps", "2", "--hidden", "2", "--json"]) == 0
    told, said = capsys.readouterr()
    rows = json.loads(told)["rows"]
    assert len(rows) == 10 and json.loads(told)["tasks"] == ["imdb", "mnli", "sst2", "snli"] and "Row 0 is left out" in said
    assert {row["form"]: row["better on"] for row in rows}["prompt of zeros"] == "4 of 4"  # noise: nothing is the best guess
    assert main([*words[:-1], "roberta_large"]) == 2
