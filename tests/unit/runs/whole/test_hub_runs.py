"""Every registered task from a fixture in the Hub's layout: fetched, tuned for one step and evaluated with both families."""
# ruff: noqa: F811  (a fixture is an argument of the same name)

import json
from pathlib import Path

import pytest

from ptlib import cli
from ptlib.tasks.task import MASKED_LM, T5, Task
from tests.fixtures import tiny_models
from tests.fixtures.hub_fixtures import HubImitation, hub  # noqa: F401
from tests.unit.tasks.published.test_registry import TASKS, file_bytes, rows_of

ANSWERS = tuple(sorted({word for task in TASKS.values() for words in task.words.values() for word in words}))
STEP = ("--prompt-length", "4", "--steps", "1", "--batch-size", "2", "--max-tokens", "24", "--eval-every", "1", "--json")


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A tiny model of each family whose tokenizer knows every registered label word."""
    root = tmp_path_factory.mktemp("models")
    return {family: tiny_models.make(root / kind, kind, words=ANSWERS) for family, kind in ((MASKED_LM, "roberta"), (T5, "t5"))}


def publish(hub: HubImitation, task: Task) -> int:
    """Put the task's rows on the imitation, three times in train and twice in evaluation; returns the usable ones there."""
    place, rows = task.hub[0], rows_of(task)
    for split, times in ((task.train_split, 3), (task.evaluation_split, 2)):
        for pattern in place.files[split]:
            name = pattern.replace("*", f"{split}-0000" if "*" in pattern else "")
            data = file_bytes(name, [row for row, _ in rows] * times)
            hub.add("dataset", place.repo, {name: data}, place.revision)
    return 2 * sum(answer is not None or bool(task.variant_of) for _, answer in rows)


@pytest.mark.parametrize("family", [MASKED_LM, T5])
@pytest.mark.parametrize("task", TASKS.values(), ids=TASKS)
def test_a_task_of_the_hub_is_tuned_and_evaluated(
    hub: HubImitation, models: dict[str, str], task: Task, family: str, capsys: pytest.CaptureFixture[str]
) -> None:
    usable = publish(hub, task)
    status = cli.main(["transfer", models[family], task.id, *STEP])
    out = capsys.readouterr()
    if not task.supports(family):
        assert (status, out.out) == (2, "") and "Choose a T5 model" in out.err and not hub.requests
        return
    assert status == 0, out.err
    rows = {row["source"]: row for row in json.loads(out.out)}
    assert set(rows) == {task.id, "untrained", "untrained_uniform", "hand_written"}
    assert all(row["n"] == usable and 0 <= row["score"] <= 1 for row in rows.values())
    files = {name for split in (task.train_split, task.evaluation_split) for name in task.hub[0].files[split]}
    asked = {path for method, path, _ in hub.requests if method == "GET" and "/resolve/" in path}
    assert len(asked) == len(files)  # nothing but the two splits is ever fetched


def test_every_label_word_is_one_token_of_the_tiny_model(models: dict[str, str]) -> None:
    from ptlib.models.load import load_model
    from ptlib.models.positions import label_choices
    from ptlib.models.registry import get_backbone

    frozen = load_model(get_backbone(models[MASKED_LM]))
    for task in TASKS.values():
        if task.is_classification:
            ids = [sequence[0] for sequence in label_choices(frozen, task)]
            assert [frozen.tokenizer.decode([id_]).strip() for id_ in ids] == list(task.words[MASKED_LM])


def test_download_progress_is_told_and_a_second_run_asks_nothing(
    hub: HubImitation, models: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    publish(hub, TASKS["sst2"])
    assert cli.main(["tune", models[MASKED_LM], "sst2", *STEP]) == 0
    assert "download nyu-mll/glue/sst2/train-00000-of-00001.parquet" in capsys.readouterr().err
    asked = len(hub.requests)
    assert cli.main(["tune", models[MASKED_LM], "sst2", "--seed", "1", *STEP]) == 0
    assert len(hub.requests) == asked


def test_a_model_of_the_hub_that_nobody_registered_is_used(
    hub: HubImitation, models: dict[str, str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(hub, TASKS["sst2"])
    hub.add("model", "somebody/tiny", {path.name: path.read_bytes() for path in Path(models[MASKED_LM]).iterdir()})
    assert cli.main(["tune", "somebody/tiny", "SST-2", *STEP]) == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["backbone"], report["task"]) == ("somebody/tiny", "sst2")
    commit = hub.commit("model", "somebody/tiny", "main")
    assert cli.main(["tune", "somebody/tiny@main", "SST-2", *STEP]) == 0
    pinned = json.loads(capsys.readouterr().out)
    assert pinned["backbone"] == f"somebody/tiny@{commit}" and pinned["run_id"] != report["run_id"]
    report = pinned
    for offline in ("0", "1"):  # the second time everything is on disk
        monkeypatch.setenv("PTLIB_OFFLINE", offline)
        assert cli.main(["evaluate", report["run_id"], "sst2", "--json"]) == 0
