"""Pretraining goes on as if it had not been stopped; its command takes options and refuses wrong ones."""

import pytest
import torch

from ptlib.cli import main
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


@pytest.mark.parametrize(("share", "told"), [("gates=1", "gate"), ("gate=much", "from 0 to 1"), ("gate=2", "from 0 to 1")])
def test_wrong_shares_are_refused(share: str, told: str, capsys):
    assert main(["demo", "pretrain", "--backbone", "roberta-small", "--set", share]) == 2
    assert told in capsys.readouterr().err


def test_the_command_trains_with_the_options_it_is_given(tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr("ptlib.demo.pretrain.run.Run.__init__", lambda self, settings: asked.append(settings))
    monkeypatch.setattr("ptlib.demo.pretrain.run.Run.train", lambda self: None)
    asked_for = ["--backbone", "t5-small", "--minutes", "3", "--set", "gate=0.1", "--work", str(tmp_path)]
    assert main(["demo", "pretrain", *asked_for]) == 0
    (settings,) = asked
    assert (settings.backbone, settings.minutes, settings.forced, settings.work) == ("t5-small", 3.0, {"gate": 0.1}, tmp_path)
