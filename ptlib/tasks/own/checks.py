"""Check one's own task before it is accepted: every finding says what, where and what to do."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from ptlib.base.tables import Table, Unreadable, read_table
from ptlib.tasks.own.findings import Finding, about_rows
from ptlib.tasks.own.forms import OwnForm
from ptlib.tasks.own.usable import split_up, usable
from ptlib.tasks.rows import in_order, label_index, label_key
from ptlib.tasks.task import MASKED_LM, Example

SingleToken = Callable[[str, str], bool]
"""(model family, word) -> whether its tokenizer makes one token of the word."""
MIN_TRAIN, MIN_EVALUATION = 8, 2


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
        return not self.errors

    @property
    def errors(self) -> tuple[Finding, ...]:
        """What has to be corrected first."""
        return tuple(finding for finding in self.findings if finding.severity == "error")


_error = partial(Finding, "error")


def check(form: OwnForm, train: Path, evaluation: Path | None = None, single_token: SingleToken | None = None) -> Checked:
    """Read the files of a task and check them. Never raises for what a user can do wrong: it is in the findings."""
    findings: list[Finding] = []
    tables: list[Table] = []
    for path in filter(None, (train, evaluation)):
        try:
            tables.append(read_table(path, form.encoding))
        except Unreadable as error:
            findings.append(_error(error.code, str(error)))
            continue
        findings += _columns(form, tables[-1])
    if any(finding.severity == "error" for finding in findings):
        return Checked(tuple(findings))
    try:
        return _checked(form, tables, findings, single_token)
    except Unreadable as error:
        return Checked((*findings, _error(error.code, str(error))))


def _checked(form: OwnForm, tables: Sequence[Table], findings: list[Finding], single_token: SingleToken | None) -> Checked:
    """The check of files that could be read. Raises Unreadable for a cell that is no text."""
    labels = form.labels or _labels(form, tables)
    findings = [*findings, *(found for table in tables for found in _strange_labels(form, labels, table))]
    findings += _balance(form, tables[0])
    splits = []
    for name, table in zip(("train", "evaluation"), tables, strict=False):
        examples, left_out = usable(form, labels, table, name)
        splits.append(examples)
        findings += left_out
    first, second, shared = split_up(splits, tables)
    findings += [*shared, *_words(form, labels, single_token), *_sizes(first, second)]
    if labels and not form.labels and all(len(words) == len(labels) for words in form.words.values()):
        findings.append(_order(form, labels))
    names = [labels[item.label] for item in first if item.label is not None]
    return Checked(tuple(findings), labels, tuple(first), tuple(second), dict(Counter(names)))


def _columns(form: OwnForm, table: Table) -> list[Finding]:
    if not table.rows:
        return [_error("empty", f"'{table.name}' has no rows.")]
    notes = [Finding("note", "reading", note) for note in table.notes]
    missing = [column for column in form.columns.values() if column not in table.columns]
    if not missing:
        return notes
    return [
        *notes,
        _error(
            "missing_columns",
            f"'{table.name}' has no column {', '.join(map(repr, missing))}. It has: "
            f"{', '.join(map(repr, table.columns))}. Correct the form or the first line of the file.",
        ),
    ]


def _labels(form: OwnForm, tables: Iterable[Table]) -> tuple[str, ...]:
    """Labels of the files in order: numbers by size, names by the alphabet."""
    column = form.columns.get("label")
    if column is None:
        return ()
    return in_order(key for table in tables for row in table.rows if (key := label_key(row.get(column))))


def _order(form: OwnForm, labels: tuple[str, ...]) -> Finding:
    """Which word answers for which label, where the form leaves their order to the file: the words may be meant in another."""
    words = next(iter(form.words.values()), ())
    pairs = ", ".join(f"{label} = {word}" for label, word in zip(labels, words, strict=False))
    return Finding("note", "label_order", f'The form names no "labels", so they are taken in order: {pairs}.')


def _strange_labels(form: OwnForm, labels: tuple[str, ...], table: Table) -> list[Finding]:
    """Labels that the form does not name. Raises Unreadable for a cell that is no label at all."""
    column = form.columns.get("label")
    if column is None:
        return []
    known = {label_key(label): number for number, label in enumerate(labels)}
    strange: dict[str, list[int]] = {}
    for place, row, text in zip(table.places, table.rows, table.texts(column), strict=True):
        if text and label_index(known, row.get(column)) is None:
            strange.setdefault(text, []).append(place)
    if not strange:
        return []
    what = (
        f"'{table.name}' holds labels that the form does not name: {', '.join(sorted(strange)[:8])} ({{count}}, {{rows}}). "
        "Add them to the form, or remove those rows."
    )
    return [
        about_rows("error", "unknown_label", what, sorted(place for places in strange.values() for place in places), table.unit)
    ]


def _balance(form: OwnForm, table: Table) -> list[Finding]:
    """Whether the classes can be told apart at all."""
    column, name = form.columns.get("label"), table.name
    if column is None:
        return []
    found = Counter(key for row in table.rows if (key := label_key(row.get(column))))
    if len(found) < 2:
        message = f"All rows of '{name}' have the same label, so there is nothing to tell apart. Add rows of another class."
        return [_error("one_class", message)]
    if len(found) > 20:
        return [_error("many_classes", f"'{name}' has {len(found)} different labels; is '{column}' the label column?")]
    absent = _absent(form, table, column)
    if min(found.values()) >= 0.05 * max(found.values()):
        return absent
    rare = min(found, key=lambda label: found[label])
    message = f"The class '{rare}' has only {found[rare]} rows in '{name}': accuracy will say little about it."
    return [*absent, Finding("warning", "imbalance", message)]


def _absent(form: OwnForm, table: Table, column: str) -> list[Finding]:
    """Labels of the form that no row has: a model may still answer with their words."""
    known = {label_key(label): number for number, label in enumerate(form.labels)}
    seen = {label_index(known, row.get(column)) for row in table.rows}
    lacking = [label for number, label in enumerate(form.labels) if number not in seen]
    what = f"No row of '{table.name}' has the label {', '.join(map(repr, lacking))} that the form names. Is it spelled otherwise?"
    return [Finding("warning", "absent_label", what)] if lacking else []


def _words(form: OwnForm, labels: tuple[str, ...], single_token: SingleToken | None) -> list[Finding]:
    """Label words: one for each class, different, and one token each for the chosen model."""
    findings = []
    if labels and not form.words:
        findings.append(
            _error("label_words", f"The form names no label words. Give one word for each class: {', '.join(labels)}.")
        )
    for family, words in form.words.items() if labels else ():
        if len(words) != len(labels):
            findings.append(
                _error(
                    "label_words",
                    f"There are {len(labels)} classes ({', '.join(labels)}) but {len(words)} label words "
                    f"for {family}. Give exactly one for each class, in this order.",
                )
            )
        elif len(set(words)) != len(words):
            findings.append(
                _error("label_words", f"A label word for {family} is used twice: {', '.join(words)}. Use different words.")
            )
        for word in words if family == MASKED_LM else ():
            if single_token and not single_token(family, word):
                findings.append(
                    _error(
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
            findings.append(_error("too_few", f"Only {len(examples)} usable {name} rows are left; at least {least} are needed."))
    if MIN_EVALUATION <= len(evaluation) < 100:
        findings.append(
            Finding(
                "warning", "few_evaluation", f"{len(evaluation)} evaluation rows give wide intervals; some hundred are better."
            )
        )
    return findings
