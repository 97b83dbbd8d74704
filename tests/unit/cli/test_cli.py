"""The command line: keys of the JSON documents, exit statuses, one-line errors, options that become settings."""

import csv
import json
from pathlib import Path

import pytest

from ptlib import cli
from ptlib.results.catalogue import Catalogue
from ptlib.results.store import Store
from ptlib.runs import queue as jobs
from tests.fixtures import fakes

FAST = (
    "--prompt-length",
    "3",
    "--steps",
    "10",
    "--batch-size",
    "2",
    "--eval-every",
    "5",
    "--validation-size",
    "4",
    "--lr",
    "0.05",
)


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ptlib.models.load.resolve_device", lambda device: "cpu")


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    status = cli.main(arguments)
    out = capsys.readouterr()
    return status, out.out, out.err


def ok(capsys: pytest.CaptureFixture[str], *arguments: str) -> object:
    status, out, err = run(capsys, *arguments, "--json")
    assert status == 0, err
    return json.loads(out)


def test_registries_list_exactly_the_promised_keys(toy: str, capsys: pytest.CaptureFixture[str]) -> None:
    tasks = ok(capsys, "tasks")
    assert [task["id"] for task in tasks] == [f"toy/{name}" for name in fakes.NAMES]
    assert set(tasks[0]) == {"id", "family", "available", "source"}
    assert all(set(row) == {"id", "family", "available", "source"} for row in ok(capsys, "backbones"))


def test_tune_reports_and_is_not_repeated(toy: str, capsys: pytest.CaptureFixture[str]) -> None:
    report = ok(capsys, "tune", toy, "toy/alpha", "--seed", "4", *FAST)
    assert ",".join(report) == "run_id,backbone,task,seed,steps,seconds,untrained_score,validation_score,path"
    assert report["seed"] == 4 and Path(report["path"], "adapter_model.safetensors").exists()
    fakes.CALLS.clear()
    _, out, err = run(capsys, "tune", toy, "toy/alpha", "--seed", "4", *FAST, "--json")
    assert json.loads(out) == report and "nothing was tuned" in err and fakes.CALLS == []


def test_tune_to_a_folder_then_evaluate_that_folder(toy: str, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    report = ok(capsys, "tune", toy, "toy/alpha", "--out", str(tmp_path / "prompt"), *FAST)
    assert report["path"] == str(tmp_path / "prompt")
    score = ok(capsys, "evaluate", report["path"], "toy/beta", "--limit", "20", "--predictions", str(tmp_path / "p.parquet"))
    assert list(score) == ["task", "n", "score", "low", "high", "metric"]
    assert score["n"] == 20 and 0 <= score["low"] <= score["score"] <= score["high"] <= 1
    import pandas as pd

    assert len(pd.read_parquet(tmp_path / "p.parquet")) == 20
    assert ok(capsys, "evaluate", report["run_id"], "toy/beta", "--limit", "20") == score


def test_tuning_can_start_from_a_prompt_of_an_earlier_run(toy: str, capsys: pytest.CaptureFixture[str]) -> None:
    first = ok(capsys, "tune", toy, "toy/alpha", *FAST)
    second = ok(capsys, "tune", toy, "toy/beta", "--init", first["run_id"], *FAST)
    assert Catalogue().prompt(second["run_id"]).init == f"prompt:{first['run_id']}"
    status, _, err = run(capsys, "tune", toy, "toy/beta", "--init", "nonsense", *FAST)
    assert status == 2 and "Unknown initialisation" in err


def test_transfer_writes_the_long_csv(toy: str, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "map.csv"
    status, out, err = run(capsys, "transfer", toy, "toy/alpha", "toy/beta", "--seeds", "0,1", "--out", str(path), *FAST)
    assert status == 0 and out == "" and "Wrote" in err
    rows = list(csv.DictReader(path.read_text().splitlines()))
    assert ",".join(rows[0]) == "source,target,backbone,seed,n,score,low,high,relative,gain_kept,run_id"
    assert {row["source"] for row in rows} == {"toy/alpha", "toy/beta", "untrained", "untrained_uniform", "hand_written"}
    run_id = jobs.listing()[0].id
    assert run(capsys, "export", run_id, "--format", "csv")[1] == path.read_text()
    page = tmp_path / "map.html"
    assert run(capsys, "export", run_id, "--format", "html", "--out", str(page))[0] == 0
    assert "Gain kept, %" in page.read_text()


def test_transfer_of_one_cell_is_the_run_the_pages_launch(toy: str, capsys: pytest.CaptureFixture[str]) -> None:
    from ptlib.transfer.spec import TransferSpec

    rows = ok(capsys, "transfer", toy, "toy/alpha", "--targets", "toy/beta", "--seeds", "5", "--references", "untrained", *FAST)
    assert {(row["source"], row["target"]) for row in rows} == {
        ("toy/alpha", "toy/beta"),
        ("toy/beta", "toy/beta"),
        ("untrained", "toy/beta"),
    }
    spec = TransferSpec(toy, ("toy/alpha",), ("toy/beta",), (5,), fakes.SETTINGS, references=("untrained",))
    assert [job.id for job in jobs.listing()] == [spec.id]
    assert run(capsys, "transfer", toy, "toy/alpha", "--references", "untraind")[0] == 2


def test_transfer_without_tuning_uses_what_is_there(toy: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "transfer", toy, "toy/alpha", "--no-tune", *FAST)[0] == 2
    ok(capsys, "tune", toy, "toy/alpha", *FAST)
    status, out, err = run(capsys, "transfer", toy, "toy/alpha", "toy/beta", "--no-tune", "--json", *FAST)
    assert status == 0 and "Left out" in err
    assert {row["target"] for row in json.loads(out)} == {"toy/alpha"}


def test_given_prompts_are_measured_without_touching_the_store(
    toy: str, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("alpha", "beta"):
        ok(capsys, "tune", toy, f"toy/{name}", "--out", str(tmp_path / name), *FAST)
    monkeypatch.setenv("PTLIB_CACHE", str(tmp_path / "elsewhere"))
    rows = ok(capsys, "transfer", toy, "--prompts", str(tmp_path / "alpha"), str(tmp_path / "beta"))
    by = {(row["source"], row["target"]): row for row in rows}
    assert by["toy/alpha", "toy/alpha"]["relative"] == pytest.approx(100)
    assert ("untrained", "toy/beta") in by and not (tmp_path / "elsewhere").exists()


def test_the_queue_is_seen_and_handled(toy: str, capsys: pytest.CaptureFixture[str]) -> None:
    job = jobs.enqueue(fakes.transfer(toy, "alpha"))
    assert ok(capsys, "runs")[0]["state"] == "queued"
    assert run(capsys, "cancel", job.id)[0] == 0 and jobs.get(job.id).state == "cancelled"
    assert run(capsys, "cancel", job.id)[0] == 2
    jobs.resume(job.id)
    assert run(capsys, "worker", "--once")[0] == 0 and ok(capsys, "runs", job.id)[0]["state"] == "done"
    assert "Evaluating" in run(capsys, "runs", job.id)[1]
    assert run(capsys, "delete", job.id)[0] == 0 and ok(capsys, "runs") == []
    assert run(capsys, "worker", "--executor", "ray")[0] == 2


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("tune", "{toy}", "toy/alpah"), "Did you mean 'toy/alpha'"),
        (("tune", "demo/roberta-smal", "toy/alpha"), "Did you mean 'demo/roberta-small'"),
        (("tune", "{toy}", "toy/alpha", "--steps", "0"), "above zero"),
        (("tune", "{toy}", "toy/alpha", "--steps", "many"), "invalid int value"),
        (("tune", "{toy}", "toy/alpha", "--prompt-length", "100"), "64 positions"),
        (("tune", "{toy}", "toy/alpha", "--seed", "-1"), "at least 0"),
        (("tune", "{toy}", "toy/alpha", "--data", "nowhere"), "No folder 'nowhere'"),
        (("transfer", "{toy}", "toy/alpha", "--seeds", "a,b"), "no list of seeds"),
        (("transfer", "{toy}"), "Name the tasks"),
        (("transfer", "{toy}", "toy/alpha", "--limit", "0"), "above zero"),
        (("evaluate", "p123", "toy/alpha"), "No prompt 'p123'"),
        (("export", "p123", "--format", "csv"), "Unknown run"),
        (("tuen",), "Did you mean 'tune'"),
        (("tune",), "required"),
        (("demo", "check"), "no demo results"),
        (("demo", "build", "--backbones", "demo/none"), "Unknown backbone"),
    ],
)
def test_bad_input_is_one_line_and_exit_two(
    toy: str, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], says: str
) -> None:
    status, out, err = run(capsys, *(argument.format(toy=toy) for argument in arguments))
    assert (status, out) == (2, "") and err.count("\n") == 1 and says in err


def test_a_failed_run_is_exit_one_with_its_message(toy: str, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = run(capsys, "tune", toy, "toy/bad", *FAST)
    assert (status, out) == (1, "") and "not finite" in err.splitlines()[-1]


def test_an_unwritable_cache_is_exit_two(
    toy: str, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("PTLIB_CACHE", str(tmp_path / "file"))
    status, _, err = run(capsys, "tune", toy, "toy/alpha", *FAST)
    assert status == 2 and "cannot be written" in err


def test_doctor_tells_what_there_is(toy: str, capsys: pytest.CaptureFixture[str]) -> None:
    report = ok(capsys, "doctor")
    assert report["store_problem"] is None and "cpu" in report["devices"] and report["packages"]["torch"]
    assert "store_dir" in run(capsys, "doctor")[1]


def test_doctor_reads_everything_again_and_fails_when_something_is_not_what_was_written(
    toy: str, capsys: pytest.CaptureFixture[str]
) -> None:
    prompt = ok(capsys, "tune", toy, "toy/alpha", *FAST)["run_id"]
    assert ok(capsys, "doctor", "--verify")["damaged"] == []
    path = Store().prompt_folder(prompt) / "prompt.json"
    path.write_text(path.read_text().replace("toy/alpha", "toy/gamma"))
    status, out, err = run(capsys, "doctor", "--verify")
    assert status == 1 and prompt in out and "not what was written" in err


def test_what_is_not_used_of_a_table_is_said_before_the_run(
    cache: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from ptlib.cli.options import task_of

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
