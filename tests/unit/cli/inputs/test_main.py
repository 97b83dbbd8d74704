"""Exit statuses: bad input is 2 and one line, a failed run is 1."""

import errno
from pathlib import Path

import pytest

from tests.unit.cli import FAST, run


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


@pytest.mark.parametrize(
    ("error", "status", "says"),
    [
        (FileNotFoundError(errno.ENOENT, "No such file", "/proc/x"), 2, "'/proc/x' cannot be used"),
        (OSError(errno.EIO, "Input/output error"), 2, "cannot be used (Input/output error)"),
        (OSError(errno.ENOSPC, "No space left on device"), 1, "The disk is full"),
        (ConnectionError(errno.ECONNRESET, "reset"), 1, "A defect in ptlib"),
    ],
)
def test_what_the_file_system_refuses_is_no_defect(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, error: OSError, status: int, says: str
) -> None:
    def refuse(*_: object) -> None:
        raise error

    monkeypatch.setattr("ptlib.cli.build_parser", refuse)
    found = run(capsys, "tasks")
    assert found[:2] == (status, "") and says in found[2] and found[2].count("\n") == 1
