"""Texts of the whole world on the command line: own CSV -> tune -> map -> summaries with ROUGE, and no row is lost."""

import csv
import json
from pathlib import Path

import pytest

from ptlib import cli
from ptlib.tasks.own.stored import load_own_tasks, own_examples, own_findings
from ptlib.tasks.scoring import SCORERS
from tests.fixtures import tiny_models

ROWS = 40
TEXTS = {
    "russian": ("отзыв номер {} был плохой", "отзыв номер {} был хороший"),
    "chinese": ("第{}条评论很差", "第{}条评论很好"),
    "arabic": ("المراجعة رقم {} سيئة", "المراجعة رقم {} جيدة"),
    "emoji": ("😀{} 😢", "😀{} 😁"),
}
FAST = (
    *("--prompt-length", "3", "--steps", "1", "--batch-size", "2", "--eval-every", "1"),
    *("--validation-size", "4", "--max-tokens", "48", "--device", "cpu"),
)


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("models")
    return {kind: tiny_models.make(folder / kind, kind) for kind in ("roberta", "t5")}


def run(*arguments: str) -> None:
    assert cli.main(arguments) == 0


def write(folder: Path, name: str, kind: str) -> Path:
    """A table with marks of its alphabet, and the form that describes it."""
    bad, good = TEXTS[name]
    lines = [((good if number % 2 else bad).format(number), str(number % 2)) for number in range(ROWS)]
    if kind == "summarisation":
        lines = [(text, text[:6]) for text, _ in lines]
    with (folder / f"{name}.csv").open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file, delimiter=";").writerows([("text", "answer"), *lines])
    answer = "targets" if kind == "summarisation" else "label"
    form = {"name": f"{name} {kind}", "kind": kind, "train": f"{name}.csv", "columns": {"text_a": "text", answer: "answer"}}
    form |= {"words": ["bad", "good"]} if kind == "classification" else {}
    (folder / f"{name}.json").write_text(json.dumps(form, ensure_ascii=False), encoding="utf-8")
    return folder / f"{name}.json"


def test_a_map_of_four_alphabets(cache: Path, models: dict[str, str], tmp_path: Path) -> None:
    forms = [str(write(tmp_path, name, "classification")) for name in TEXTS]
    run("transfer", models["roberta"], *forms, "--limit", "4", "--out", str(tmp_path / "map.csv"), *FAST)
    for task in load_own_tasks():
        assert len(own_examples(task.id, "train")) + len(own_examples(task.id, "evaluation")) == ROWS
        assert not [finding for finding in own_findings(task.id) if finding.code in ("duplicate_rows", "empty_cells")]
    with (tmp_path / "map.csv").open(encoding="utf-8") as file:
        cells = {(row["source"], row["target"]) for row in csv.DictReader(file)}
    own = [task.id for task in load_own_tasks()]
    assert len(own) == 4 and cells >= {(source, target) for source in own for target in own}


@pytest.mark.parametrize("name", TEXTS)
def test_summaries_are_scored_in_every_alphabet(cache: Path, models: dict[str, str], tmp_path: Path, name: str) -> None:
    form = str(write(tmp_path, name, "summarisation"))
    run("tune", models["t5"], form, "--out", str(tmp_path / "prompt"), *FAST)
    (task,) = load_own_tasks()
    assert task.metric == "rouge_l"
    run("evaluate", str(tmp_path / "prompt"), task.id, "--limit", "3", "--device", "cpu")
    for example in own_examples(task.id, "train"):
        assert SCORERS["rouge_l"](example.targets[0], example.targets) == 1
        assert SCORERS["rouge_l"]("zzz", example.targets) == 0
