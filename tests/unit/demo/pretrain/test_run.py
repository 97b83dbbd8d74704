"""Pretraining goes on as if it had not been stopped; its command takes options and refuses wrong ones."""

import pytest
import torch

from ptlib.demo.pretrain.run import CHECKPOINT, Run, Settings
from ptlib.prompts import checkpoints


@pytest.mark.parametrize("backbone", ["roberta-small", "t5-small"])
def test_an_interrupted_run_ends_like_an_uninterrupted_one(work, tmp_path, monkeypatch, backbone):
    monkeypatch.setattr("ptlib.demo.pretrain.run.POOL", 1)

    def run(name, stop=None):
        place = tmp_path / name
        if not place.exists():
            place.mkdir()
            for model in ("mlm", "t5"):
                (place / f"tokenizer-{model}").symlink_to(work / f"tokenizer-{model}")
        made = Run(Settings(backbone, steps=3, batch=4, work=place, out=place / "out", probe_items=2))
        made.train(stop)
        return {key: value.clone() for key, value in made.model.state_dict().items()}

    whole = run("whole")
    run("parts", stop=1)
    assert checkpoints.load(tmp_path / "parts" / backbone / CHECKPOINT, torch.device("cpu"))["step"] == 1
    again = run("parts")
    assert all(torch.equal(value, again[key]) for key, value in whole.items())
