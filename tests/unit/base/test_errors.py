"""Errors for people: one tree, and a hint for every unknown name."""

import pytest

from ptlib.base.errors import BadInput, Cancelled, Damaged, NotAvailable, PtlibError, RunFailed, unknown


def test_all_errors_are_ours_and_only_what_is_missing_here_is_bad_input_too() -> None:
    kinds = (BadInput, NotAvailable, Damaged, RunFailed, Cancelled)
    assert all(issubclass(kind, PtlibError) for kind in kinds)
    assert [kind for kind in kinds if issubclass(kind, BadInput)] == [BadInput, NotAvailable]


@pytest.mark.parametrize(
    ("name", "known", "hint"),
    [
        ("sst3", ("sst2", "mnli"), "Did you mean 'sst2'?"),
        ("quite else", ("b", "a", "b"), "Known: a, b."),
        ("anything", (), "There is none here yet."),
        ("x", [f"name{number}" for number in range(9)], "name7 ..."),
    ],
)
def test_an_unknown_name_comes_with_the_closest_or_the_first_known_ones(name: str, known: list[str], hint: str) -> None:
    error = unknown("task", name, known)
    assert isinstance(error, BadInput) and f"Unknown task '{name}'" in str(error) and hint in str(error)
