"""Options become settings, seeds, tasks and folders, or are refused."""

import argparse
import json
from dataclasses import replace
from pathlib import Path

import pytest

from ptlib.base.errors import BadInput
from ptlib.cli.options import add_settings, check_limit, data_of, names_of, seeds_of, settings_of, task_of
from ptlib.models.registry import get_backbone
from ptlib.prompts.spec import default_settings, quick


def test_what_is_not_used_of_a_table_is_said_before_the_run(
    cache: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [{"t": f"text number {number}", "y": "ab"[number % 2]} for number in range(40)]
    lines = [*rows, {"t": "late", "y": None}, {"t": "text number 3", "y": "b"}]
    (tmp_path / "d.jsonl").write_text("\n".join(map(json.dumps, lines)))
    form = {"name": "Mine", "train": "d.jsonl", "columns": {"text_a": "t", "label": "y"}, "words": ["no", "yes"]}
    (tmp_path / "form.json").write_text("\ufeff" + json.dumps(form), encoding="utf-8")
    task = task_of(str(tmp_path / "form.json"))
    said = capsys.readouterr().err
    assert task.id in said and "no label" in said and "line 41" in said and "repeat an earlier row, line 42" in said
    assert "give wide intervals" in said
    assert task_of(task.id) == task and capsys.readouterr().err == said  # the findings belong to the task


def test_lists_of_names_and_seeds() -> None:
    assert names_of(" a, b,,c ") == ("a", "b", "c") and names_of(None) == () == names_of(" , ")
    assert seeds_of("2,0,2") == (2, 0)
    for wrong in ("", "a", "1;2", "0.5"):
        with pytest.raises(BadInput, match="no list of seeds"):
            seeds_of(wrong)
    for wrong in (0, -3):
        with pytest.raises(BadInput, match="limit"):
            check_limit(wrong)


def test_given_options_replace_defaults_of_the_backbone_and_nothing_else(toy: str) -> None:
    parser = argparse.ArgumentParser()
    add_settings(parser)
    backbone = get_backbone(toy)
    options = parser.parse_args(["--steps", "7", "--init", "text:is it good"])
    found = settings_of(options, backbone)
    assert found == replace(default_settings(backbone), steps=7, init="text:is it good")
    shorter = settings_of(parser.parse_args(["--quick", "--patience", "5"]), backbone)
    assert shorter == replace(quick(default_settings(backbone)), patience=5)
    with pytest.raises(BadInput, match="names no words"):
        settings_of(parser.parse_args(["--init", "text:  "]), backbone)


def test_a_folder_of_data_is_named_in_one_way_or_refused(tmp_path: Path) -> None:
    (tmp_path / "train.csv").write_text("x")
    assert data_of(argparse.Namespace(data=None)) is None
    assert data_of(argparse.Namespace(data=str(tmp_path))) == data_of(argparse.Namespace(data=f"{tmp_path}/../{tmp_path.name}/"))
    for wrong in ("", str(tmp_path / "nowhere")):
        with pytest.raises(BadInput, match="for --data"):
            data_of(argparse.Namespace(data=wrong))
