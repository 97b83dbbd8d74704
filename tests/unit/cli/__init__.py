"""One command line: its exit status, and what it prints."""

import json

import pytest

from ptlib import cli

FAST = (
    *("--prompt-length", "3", "--steps", "10", "--batch-size", "2", "--eval-every", "5"),
    *("--validation-size", "4", "--lr", "0.05"),
)
"""Settings of a run that takes no time, those of `fakes.SETTINGS`."""


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Status, stdout, stderr."""
    status = cli.main(arguments)
    out = capsys.readouterr()
    return status, out.out, out.err


def ok(capsys: pytest.CaptureFixture[str], *arguments: str) -> object:
    """The JSON document of a command that must succeed."""
    status, out, err = run(capsys, *arguments, "--json")
    assert status == 0, err
    return json.loads(out)
