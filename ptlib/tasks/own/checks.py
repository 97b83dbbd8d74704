"""Check one's own task before it is accepted: every finding says what, where and what to do."""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from ptlib.tasks.own.forms import OwnForm
from ptlib.tasks.own.tables import Row, Unreadable, read_table
from ptlib.tasks.rows import answers, clean, fingerprint, label_key
from ptlib.tasks.task import MASKED_LM, Example

Severity = Literal["error", "warning", "note"]
SingleToken = Callable[[str, str], bool]
"""(model family, word) -> whether its tokenizer makes one token of the word."""
MIN_TRAIN, MIN_EVALUATION = 8, 2
CUT_FOR_EVALUATION = 0.2
"""Share of the texts that is kept for evaluation when there is only one file."""
_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Finding:
    """One result of the check."""

    severity: Severity
    """error = not accepted; warning = accepted, with the stated consequence."""
    code: str
    message: str
    rows: tuple[int, ...] = ()
    """Some of the rows concerned, counted from 1."""


@dataclass(frozen=True, slots=True)
class Checked:
    """Findings and, where the files could be read, the examples that would be used."""

    findings: tuple[Finding, ...]
    labels: tuple[str, ...] = ()
    train: tuple[Example, ...] = ()
    evaluation: tuple[Example, ...] = ()
    counts: dict[str, int] = field(default_factory=dict)
    """Training examples of each class."""

    @property
    def ok(self) -> bool:
        """Whether the task can be accepted."""
        return not any(finding.severity == "error" for finding in self.findings)

    @property
    def errors(self) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.severity == "error")


def _some(rows: Sequence[int]) -> str:
    return ", ".join(map(str, rows[:_SHOWN])) + (" ..." if len(rows) > _SHOWN else "")


def check(form: OwnForm, train: Path, evaluation: Path | None = None, single_token: SingleToken | None = None) -> Checked:
    """Read the files of a task and check them. Never raises for what a user can do wrong: it is in the findings."""
    findings: list[Finding] = []
    tables: list[list[Row]] = []
    for path in filter(None, (train, evaluation)):
        try:
            tables.append(read_table(path, form.encoding))
        except Unreadable as error:
            findings.append(Finding("error", error.code, str(error)))
            continue
        findings += _columns(form, path.name, tables[-1])
    if findings:
        return Checked(tuple(findings))
    labels = form.labels or _labels(form, [row for table in tables for row in table])
    findings += _labels_found(form, labels, tables[0], train.name)
    splits: list[list[Example]] = []
    for name, path, table in zip(("train", "evaluation"), filter(None, (train, evaluation)), tables, strict=False):
        examples, found = _examples(form, labels, table, name, path.name)
        splits.append(examples)
        findings += found
    first, second, found = _split(splits)
    findings += [*found, *_words(form, labels, single_token), *_sizes(first, second)]
    names = [labels[item.label] for item in first if item.label is not None]
    return Checked(tuple(findings), labels, tuple(first), tuple(second), dict(Counter(names)))


def _columns(form: OwnForm, name: str, table: list[Row]) -> list[Finding]:
    if not table:
        return [Finding("error", "empty", f"'{name}' has no rows.")]
    missing = [column for column in form.columns.values() if column not in table[0]]
    if not missing:
        return []
    return [
        Finding(
            "error",
            "missing_columns",
            f"'{name}' has no column {', '.join(map(repr, missing))}. It has: "
            f"{', '.join(map(repr, table[0]))}. Correct the form or the first line of the file.",
        )
    ]


def _labels(form: OwnForm, rows: Iterable[Row]) -> tuple[str, ...]:
    """Labels of the files in order: numbers by size, names by the alphabet."""
    column = form.columns.get("label")
    if column is None:
        return ()
    found = {label_key(row.get(column)) for row in rows} - {""}
    numbers = all(name.lstrip("-").isdigit() for name in found)
    return tuple(sorted(found, key=int) if numbers else sorted(found))


def _labels_found(form: OwnForm, labels: tuple[str, ...], table: list[Row], name: str) -> list[Finding]:
    column = form.columns.get("label")
    if column is None:
        return []
    found = Counter(label_key(row.get(column)) for row in table)
    found.pop("", None)
    known = {label_key(label) for label in labels}
    strange = sorted(set(found) - known)
    findings = []
    if strange:
        findings.append(
            Finding(
                "error",
                "unknown_label",
                f"'{name}' holds labels that the form does not name: {', '.join(strange[:8])}. "
                "Add them to the form, or remove those rows.",
            )
        )
    if len(found) < 2:
        findings.append(
            Finding(
                "error",
                "one_class",
                f"All rows of '{name}' have the same label, so there is nothing to tell apart. Add rows of another class.",
            )
        )
    elif len(found) > 20:
        findings.append(
            Finding("error", "many_classes", f"'{name}' has {len(found)} different labels; is '{column}' the label column?")
        )
    elif min(found.values()) < 0.05 * max(found.values()):
        rare = min(found, key=lambda label: found[label])
        findings.append(
            Finding(
                "warning",
                "imbalance",
                f"The class '{rare}' has only {found[rare]} rows in '{name}': accuracy will say little about it.",
            )
        )
    return findings


def _examples(
    form: OwnForm, labels: tuple[str, ...], table: list[Row], split: str, name: str
) -> tuple[list[Example], list[Finding]]:
    """Examples of a table without empty cells and repeated rows, and what was left out."""
    index = {label_key(label): number for number, label in enumerate(labels)}
    examples: list[Example] = []
    empty: list[int] = []
    repeated: list[int] = []
    contradicting: list[int] = []
    seen: dict[str, tuple[object, ...]] = {}
    for number, row in enumerate(table, 1):
        cells = {key: row.get(column) for key, column in form.columns.items()}
        label = index.get(label_key(cells["label"])) if "label" in cells else None
        targets = answers(cells.get("targets"))
        example = Example(f"{split}-{number}", clean(cells["text_a"]), clean(cells.get("text_b")), label, targets)
        if not example.text_a or ("text_b" in cells and not example.text_b) or (label is None and not targets):
            empty.append(number)
            continue
        mark, answer = fingerprint(example), (label, targets)
        if seen.get(mark) == answer:
            repeated.append(number)
            continue
        if mark in seen:
            contradicting.append(number)
        seen[mark] = answer
        examples.append(example)
    return examples, _left_out(name, empty, repeated, contradicting)


def _left_out(name: str, empty: list[int], repeated: list[int], contradicting: list[int]) -> list[Finding]:
    findings = []
    if empty:
        findings.append(
            Finding(
                "warning",
                "empty_cells",
                f"{len(empty)} rows of '{name}' have an empty cell and are left out: {_some(empty)}.",
                tuple(empty[:_SHOWN]),
            )
        )
    if repeated:
        findings.append(
            Finding(
                "warning",
                "duplicate_rows",
                f"{len(repeated)} rows of '{name}' repeat an earlier row and are left out: {_some(repeated)}.",
                tuple(repeated[:_SHOWN]),
            )
        )
    if contradicting:
        findings.append(
            Finding(
                "warning",
                "contradicting_rows",
                f"{len(contradicting)} rows of '{name}' give an earlier text another answer; "
                f"they are kept: {_some(contradicting)}.",
                tuple(contradicting[:_SHOWN]),
            )
        )
    return findings


def _split(splits: list[list[Example]]) -> tuple[list[Example], list[Example], list[Finding]]:
    """Both splits without shared texts: given ones are cleaned, a single file is cut by its texts."""
    if len(splits) == 1:
        first = [item for item in splits[0] if not _for_evaluation(item)]
        second = [item for item in splits[0] if _for_evaluation(item)]
        note = f"There is no evaluation file: {len(second)} of {len(splits[0])} rows are kept apart for it, never a text of both."
        return first, second, [Finding("note", "cut", note)]
    train, evaluation = splits
    known = {fingerprint(item) for item in evaluation}
    kept = [item for item in train if fingerprint(item) not in known]
    shared = len(train) - len(kept)
    if not shared:
        return train, evaluation, []
    return (
        kept,
        evaluation,
        [
            Finding(
                "warning",
                "leakage",
                f"{shared} training rows have a text of the evaluation file; they are left out of "
                "training, or the score would be flattered.",
            )
        ],
    )


def _for_evaluation(example: Example) -> bool:
    """Chosen by the first text alone, so that all rows of a text stay together whatever the order of the file."""
    digest = hashlib.sha256(fingerprint(Example("", example.text_a)).encode()).digest()
    return int.from_bytes(digest[:4]) < CUT_FOR_EVALUATION * 2**32


def _words(form: OwnForm, labels: tuple[str, ...], single_token: SingleToken | None) -> list[Finding]:
    """Label words: one for each class, different, and one token each for the chosen model."""
    findings = []
    if labels and not form.words:
        findings.append(
            Finding("error", "label_words", f"The form names no label words. Give one word for each class: {', '.join(labels)}.")
        )
    for family, words in form.words.items() if labels else ():
        if len(words) != len(labels):
            findings.append(
                Finding(
                    "error",
                    "label_words",
                    f"There are {len(labels)} classes ({', '.join(labels)}) but {len(words)} label words "
                    f"for {family}. Give exactly one for each class, in this order.",
                )
            )
        elif len(set(words)) != len(words):
            findings.append(
                Finding(
                    "error", "label_words", f"A label word for {family} is used twice: {', '.join(words)}. Use different words."
                )
            )
        for word in words if family == MASKED_LM else ():
            if single_token and not single_token(family, word):
                findings.append(
                    Finding(
                        "error",
                        "label_word_tokens",
                        f"'{word}' is not one token of this model, so it cannot be read at the mask. "
                        "Use a common short word, for example good, bad, yes, no, true, false.",
                    )
                )
    return findings


def _sizes(train: list[Example], evaluation: list[Example]) -> list[Finding]:
    findings = []
    for name, examples, least in (("training", train, MIN_TRAIN), ("evaluation", evaluation, MIN_EVALUATION)):
        if len(examples) < least:
            findings.append(
                Finding("error", "too_few", f"Only {len(examples)} usable {name} rows are left; at least {least} are needed.")
            )
    if MIN_EVALUATION <= len(evaluation) < 100:
        findings.append(
            Finding(
                "warning", "few_evaluation", f"{len(evaluation)} evaluation rows give wide intervals; some hundred are better."
            )
        )
    return findings
