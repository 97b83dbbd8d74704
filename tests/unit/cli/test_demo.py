"""demo build, check and pretrain: options arrive where they belong, and what cannot be is refused."""

import pytest

from ptlib.cli import demo, main


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


def test_a_build_takes_its_options_and_keeps_the_examples_of_what_it_extends(cache, tmp_path, monkeypatch, capsys):
    asked = []
    monkeypatch.setattr(demo.making, "build", lambda *given, **named: asked.append((given, named)) or [tmp_path])
    command = ["demo", "build", "--tasks", "demo/fairness, demo/film_snippet", "--seeds", "0,2", "--device", "cpu"]
    assert main(command) == 0 and main([*command, "--extend", "--work", str(tmp_path)]) == 0
    (given, named), (_, extended) = asked
    assert given == ((), ("demo/fairness", "demo/film_snippet"), (0, 2), "cpu", None)
    assert (named["splits_seed"], named["extend"]) == (11, False)
    assert (extended["splits_seed"], extended["extend"]) == (None, True)
    assert f"Wrote {tmp_path}." in capsys.readouterr().err


def test_a_check_that_finds_something_fails_and_shows_it(cache, monkeypatch, capsys):
    row = {"backbone": "x", "check": "checksums", "stored": 3, "again": 2, "ok": False}
    monkeypatch.setattr(demo.making, "check", lambda cells, device, progress: [row, row | {"again": 3, "ok": True}])
    assert main(["demo", "check", "--cells", "0", "--json"]) == 1
    out, err = capsys.readouterr()
    assert '"again": 2' in out and "1 of 2 checks failed" in err
    assert main(["demo", "check", "--cells", "-1"]) == 2
