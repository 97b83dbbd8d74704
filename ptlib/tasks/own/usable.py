"""Rows of one's own table -> examples that can be used; every other row is counted with its reason and line."""

import hashlib
from collections.abc import Mapping, Sequence

from ptlib.base.tables import SAID, Table, as_answers, check_spelled, doubt
from ptlib.tasks.own.findings import Finding, about_rows
from ptlib.tasks.own.forms import OwnForm
from ptlib.tasks.rows import clean, label_index, label_key
from ptlib.tasks.task import Example
from ptlib.tasks.text_identity import fingerprint

CUT_FOR_EVALUATION = 0.2
"""Share of the texts that is kept for evaluation when there is only one file."""
_NAMES = {"text_a": "text", "text_b": "second text", "label": "label", "targets": "answer"}


def usable(form: OwnForm, labels: Sequence[str], table: Table, split: str) -> tuple[list[tuple[int, Example]], list[Finding]]:
    """Examples with their line, without empty cells and repeated rows; and what was left out or is doubtful.

    Raises:
        Unreadable: a cell is no text.
    """
    for column in form.columns.values():
        check_spelled(column, (row.get(column) for row in table.rows))
    index = {label_key(label): number for number, label in enumerate(labels)}
    kept: list[tuple[int, Example]] = []
    left: dict[tuple[str, str], list[int]] = {}
    seen: dict[str, set[tuple[object, ...]]] = {}
    for number, row in enumerate(table.rows):
        line = table.places[number]
        example, lacking = _example(form, index, row, f"{split}-{number + 1}", table.where(number))
        if lacking:
            left.setdefault(("empty_cells", lacking), []).append(line)
            continue
        mark, answer = fingerprint(example), (example.label, example.targets)
        if answer in seen.setdefault(mark, set()):
            left.setdefault(("duplicate_rows", ""), []).append(line)
            continue
        if seen[mark]:
            left.setdefault(("contradicting_rows", ""), []).append(line)
        if odd := doubt((example.text_a, example.text_b, *example.targets)):
            left.setdefault((odd, ""), []).append(line)
        seen[mark].add(answer)
        kept.append((line, example))
    return kept, [_finding(form, table, code, lacking, lines) for (code, lacking), lines in left.items()]


def _example(form: OwnForm, index: Mapping[str, int], row: Mapping, id_: str, where: str) -> tuple[Example, str]:
    """An example, and the field whose cell is empty ("" = none)."""
    texts = {key: clean(row.get(column), column, where) for key, column in form.columns.items() if key != "targets"}
    column = form.columns.get("targets")
    targets = as_answers(row.get(column), column, where) if column else ()
    label = label_index(index, row.get(form.columns["label"])) if "label" in form.columns else None
    empty = next((key for key, text in texts.items() if not text), "" if targets or not column else "targets")
    return Example(id_, texts["text_a"], texts.get("text_b", ""), label, targets), empty


def _finding(form: OwnForm, table: Table, code: str, lacking: str, lines: list[int]) -> Finding:
    what = {
        "empty_cells": f"{{count}} of '{table.name}' left out: no {_NAMES.get(lacking)} (an empty cell in the column "
        f"'{form.columns.get(lacking)}'), {{rows}}.",
        "duplicate_rows": f"{{count}} of '{table.name}' left out: they repeat an earlier row, {{rows}}.",
        "contradicting_rows": f"{{count}} of '{table.name}' give an earlier text another answer; they are kept, {{rows}}.",
        **{odd: f"{{count}} of '{table.name}' {said}, {{rows}}." for odd, said in SAID.items()},
    }
    return about_rows("warning", code, what[code], lines, table.unit)


def split_up(
    splits: Sequence[list[tuple[int, Example]]], tables: Sequence[Table]
) -> tuple[list[Example], list[Example], list[Finding]]:
    """Both splits without shared texts: given ones are cleaned, a single file is cut by its texts."""
    if len(splits) == 1:
        examples = [example for _, example in splits[0]]
        second = [item for item in examples if _for_evaluation(item)]
        note = f"There is no evaluation file: {len(second)} of {len(examples)} rows are kept apart for it, never a text of both."
        return [item for item in examples if not _for_evaluation(item)], second, [Finding("note", "cut", note)]
    train, evaluation = splits
    known = {fingerprint(item) for _, item in evaluation}
    shared = [line for line, item in train if fingerprint(item) in known]
    kept = [item for _, item in train if fingerprint(item) not in known]
    what = (
        "{count} of the training file have a text of the evaluation file; they are left out of training, or the score would be "
        "flattered: {rows}."
    )
    return (
        kept,
        [item for _, item in evaluation],
        [about_rows("warning", "leakage", what, shared, tables[0].unit)] if shared else [],
    )


def _for_evaluation(example: Example) -> bool:
    """Chosen by the first text alone, so that all rows of a text stay together whatever the order of the file."""
    digest = hashlib.sha256(fingerprint(Example("", example.text_a)).encode()).digest()
    return int.from_bytes(digest[:4]) < CUT_FOR_EVALUATION * 2**32
