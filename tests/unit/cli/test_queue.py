"""runs, cancel, resume, delete, worker: the queue on the command line; plan: how long a matrix takes."""

import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from ptlib import cli
from ptlib.models.registry import name_of_folder
from ptlib.results.store import Store
from ptlib.runs import queue as jobs
from tests.fixtures import fakes
from tests.unit.cli import ok, run


def test_the_queue_is_seen_and_handled(toy: str, capsys: pytest.CaptureFixture[str]) -> None:
    job = jobs.enqueue(fakes.transfer(toy, "alpha"))
    assert ok(capsys, "runs")[0]["state"] == "queued"
    assert run(capsys, "cancel", job.id)[0] == 0 and jobs.get(job.id).state == "cancelled"
    assert run(capsys, "cancel", job.id)[0] == 2
    jobs.resume(job.id)
    assert run(capsys, "worker", "--once")[0] == 0 and ok(capsys, "runs", job.id)[0]["state"] == "done"
    assert "Evaluating" in run(capsys, "runs", job.id)[1]
    assert run(capsys, "delete", job.id)[0] == 0 and ok(capsys, "runs") == []


def test_a_failed_run_shows_why_in_the_list_and_its_log_when_asked_for(toy: str, capsys: pytest.CaptureFixture[str]) -> None:
    job = jobs.enqueue(fakes.transfer(toy, "bad", seeds=(0,)))
    assert run(capsys, "worker", "--once")[0] == 0
    listed, shown = run(capsys, "runs")[1], run(capsys, "runs", job.id)[1]
    assert f"{job.id}: " in listed and listed.count("not finite") == 1
    assert shown.count("not finite") == 2 and len(ok(capsys, "runs")) == 1
    assert run(capsys, "worker", "--idle", "-1")[0] == 2 and run(capsys, "runs", "nobody")[0] == 2


def test_plan_says_how_the_time_falls_and_launches_nothing(toy: str, capsys: pytest.CaptureFixture[str]) -> None:
    Store().add_speed(name_of_folder(Path(toy)), "tune", "cpu", 20, 10)
    arguments = (
        "plan",
        "--backbones",
        toy,
        "--tasks",
        "toy/alpha,toy/beta",
        "--seeds",
        "0,1",
        "--devices",
        "3",
        "--steps",
        "50",
        "--prompt-length",
        "3",
    )
    assert cli.main([*arguments, "--json"]) == 0
    out = capsys.readouterr()
    rows = json.loads(out.out)
    assert [row["devices"] for row in rows] == [1, 2, 3]
    assert rows[0]["seconds"] > 4 * 50 * 16 / 2 > rows[2]["seconds"]
    assert set(rows[0]) == {"devices", "seconds", "efficiency", "limit"} and rows[0]["efficiency"] == 1
    assert "4 prompts to tune (2 examples a second)" in out.err and "last runs of this backbone here" in out.err
    assert cli.main([*arguments, "--stack", "8"]) == 0
    assert "stacks of at most 8 prompts" in capsys.readouterr().err
    assert jobs.listing() == [] and fakes.CALLS == []


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        (("--devices", "0"), "devices is 0"),
        (("--devices", "5000"), "at most 4,096"),
        (("--stack", "0"), "stack is 0"),
        (("--backbones", ","), "names none"),
        (("--tasks", "squad"), "cannot run any"),
    ],
)
def test_a_plan_that_cannot_be_made_is_one_line(
    cache: Path, capsys: pytest.CaptureFixture[str], changed: tuple[str, str], message: str
) -> None:
    options = {"--backbones": "FacebookAI/roberta-base", "--tasks": "sst2"} | dict([changed])
    assert cli.main(["plan", *(word for pair in options.items() for word in pair)]) == 2
    assert message in capsys.readouterr().err


def test_a_run_is_left_out_of_the_map_and_brought_back(toy: str, capsys: pytest.CaptureFixture[str]) -> None:
    ok(capsys, "transfer", toy, "toy/alpha", "--steps", "10", "--prompt-length", "3")
    more = ok(capsys, "transfer", toy, "toy/alpha", "--seeds", "1", "--steps", "10", "--prompt-length", "3")
    name, (run_id,) = name_of_folder(Path(toy)), {row[0] for row in Store().query("SELECT run_id FROM scores WHERE seed = 1")}
    status, out, err = run(capsys, "export", name, "--format", "csv")
    assert status == 0 and len(out.splitlines()) == 8 and "left out" not in err
    assert ok(capsys, "leave-out", run_id) == [{"run": run_id, "backbone": name, "results": 3}] == ok(capsys, "leave-out")
    status, out, err = run(capsys, "export", name, "--format", "csv")
    assert status == 0 and len(out.splitlines()) == 5 and f"3 results of {run_id} are left out" in err
    again = ok(capsys, "transfer", toy, "toy/alpha", "--seeds", "1", "--steps", "10", "--prompt-length", "3")
    assert again == more, "asked for by name it is told, and nothing is computed twice"
    assert run(capsys, "leave-out", "nobody")[0] == 2 == run(capsys, "bring-back", "nobody")[0]
    assert run(capsys, "bring-back", run_id)[0] == 0 and ok(capsys, "leave-out") == []


def test_runs_are_compared_and_one_tells_how_its_curve_went(toy: str, capsys: pytest.CaptureFixture[str]) -> None:
    first, second = (jobs.enqueue(fakes.transfer(toy, "alpha", seeds=(seed,))) for seed in (0, 1))
    assert run(capsys, "worker", "--once")[0] == 0
    status, out, err = run(capsys, "runs", first.id, second.id, "--json")
    (row,) = json.loads(out)
    assert status == 0 and (row["first"], row["second"], row["targets"], row["examples"]) == (first.id, second.id, 1, fakes.N)
    assert f"seeds: {first.id} (0,); {second.id} (1,)" in err
    points = [SimpleNamespace(step=step, loss=1 / (1 + step), validation=0.5, seconds=0.0) for step in range(9)]
    Store().add_points(first.id, "flat", points)
    assert "flat: never left, from step 0 (0.500)." in run(capsys, "runs", first.id)[2]
    assert run(capsys, "runs", first.id, "nobody")[0] == 2


def test_plan_names_what_to_run_next_and_what_makes_a_map_comparable(toy: str, capsys: pytest.CaptureFixture[str]) -> None:
    how = ("--steps", "10", "--prompt-length", "3")
    ok(capsys, "transfer", toy, "toy/alpha", "toy/beta", *how)
    ok(capsys, "transfer", toy, "toy/alpha", "--seeds", "1", *how)
    asked = ("plan", "--backbones", toy, "--tasks", "toy/alpha,toy/beta", *how)
    status, out, err = run(capsys, *asked, "--comparable", "--json")
    commands = [row["command"] for row in json.loads(out)]
    assert status == 0 and "3 cells lack seeds of 0, 1" in err and len(commands) == 2 and all("--seeds 1" in c for c in commands)
    status, out, err = run(capsys, *asked, "--seeds", "5", "--minutes", "9", "--json")
    (row,) = json.loads(out)
    assert status == 0 and "2 of 2 cells fit with seeds 5." in err and "--seeds 5" in row["command"]
    assert "0 of 2 cells fit" in run(capsys, *asked, "--seeds", "5", "--minutes", "0")[2]
    assert run(capsys, *asked, "--minutes", "1", "--comparable")[0] == 2
