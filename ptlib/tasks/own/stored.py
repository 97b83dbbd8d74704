"""One's own tasks: accept checked ones into the store, list them, read their examples.

<store>/tasks/<slug>-<digest>/task.json, train.jsonl, evaluation.jsonl. The digest covers form and examples, so an
id means the same data for ever; a changed file is another task.
"""

import hashlib
import json
import re
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from ptlib.base import paths
from ptlib.base.errors import BadInput, Damaged
from ptlib.base.exposure import check_changes
from ptlib.base.files import sha256, write_folder
from ptlib.base.identity import is_intact, sealed
from ptlib.tasks.own.checks import SingleToken, check
from ptlib.tasks.own.findings import Finding
from ptlib.tasks.own.forms import OwnForm, form_from_file, slug
from ptlib.tasks.task import MASKED_LM, T5, Example, Task

PREFIX = "own/"
_NAME = re.compile(r"[\w-]+-[0-9a-f]{8}")
SPLITS = ("train", "evaluation")


def tasks_dir() -> Path:
    """Folder of one's own tasks."""
    return paths.store_dir() / "tasks"


def _lines(examples: Iterable[Example]) -> bytes:
    return "".join(json.dumps(asdict(item), ensure_ascii=False, sort_keys=True) + "\n" for item in examples).encode()


def _hand_written(form: OwnForm) -> dict[str, str]:
    """The reference prompt in words: as given, else a plain question made of the label words."""
    if form.hand_written:
        return dict.fromkeys((MASKED_LM, T5), form.hand_written)
    if form.kind != "classification":
        return {T5: "Write a short summary." if form.kind == "summarisation" else "Answer in a few words."}
    return {family: f"Which one is it, {', '.join(given[:-1])} or {given[-1]}?" for family, given in form.words.items()}


def _task(id_: str, form: OwnForm, labels: tuple[str, ...]) -> Task:
    pair = "text_b" in form.columns
    generation = form.kind != "classification"
    return Task(
        id=id_,
        name=form.name,
        family="own",
        kind=form.kind,
        description=form.description or "One's own data.",
        labels=labels,
        words={} if generation else form.words,
        t5_template=form.template or ("{text_a} {text_b}" if pair else "{text_a}"),
        hand_written=_hand_written(form),
        metric="accuracy" if not generation else "rouge_l" if form.kind == "summarisation" else "exact_match",
        max_target_tokens=50 if form.kind == "summarisation" else 20 if generation else 8,
        source="own",
        columns={column: key for key, column in form.columns.items()},
        label_names={label: number for number, label in enumerate(labels)},
        evaluation_note="The user's own evaluation rows." if form.evaluation else "Rows kept apart from the user's file.",
        licence=form.licence or "the user's own",
    )


def accept(form: OwnForm, train: Path, evaluation: Path | None = None, single_token: SingleToken | None = None) -> Task:
    """Check a task and put it into the store; the same form, data and labels give the same task again.

    Labels that the form does not name are part of the id only since two files could differ in them alone: a task that was
    accepted before keeps its id.

    Raises:
        BadInput: the check found errors; the message holds all of them.
        RunFailed: the disk is full or not writable.
    """
    checked = check(form, train, evaluation, single_token)
    if not checked.ok:
        raise BadInput(f"The task '{form.name}' is not accepted. " + " ".join(finding.message for finding in checked.errors))
    data = {"train": _lines(checked.train), "evaluation": _lines(checked.evaluation)}
    values = {key: value for key, value in asdict(form).items() if key not in ("train", "evaluation")}
    content = data["train"] + data["evaluation"]
    earlier, labelled = (
        _task(f"{PREFIX}{slug(form.name)}-{_digest(told, content)}", form, checked.labels)
        for told in (values, {**values, "labels": checked.labels})
    )
    known = {task.id: task for task in load_own_tasks()}
    task = earlier if earlier.id in known and known[earlier.id].labels == checked.labels else labelled
    if task.id not in known or _noted(task.id) != checked.findings:  # of this file, not of another with the same rows
        _write(_folder(task.id), task, data, checked.findings)
    return task


def _noted(task_id: str) -> tuple[Finding, ...] | None:
    try:
        return own_findings(task_id)
    except Damaged:
        return None


def _digest(form: Mapping[str, Any], content: bytes) -> str:
    return hashlib.sha256(json.dumps(form, sort_keys=True).encode() + content).hexdigest()[:8]


def _write(folder: Path, task: Task, data: Mapping[str, bytes], findings: tuple[Finding, ...]) -> None:
    record = {
        "task": asdict(task),
        "sha256": {split: sha256(content) for split, content in data.items()},
        "findings": [asdict(finding) for finding in findings],
    }

    def fill(part: Path) -> None:
        part.mkdir(parents=True)
        (part / "task.json").write_text(json.dumps(sealed(record), indent=1, ensure_ascii=False), encoding="utf-8")
        for split, content in data.items():
            (part / f"{split}.jsonl").write_bytes(content)

    write_folder(folder, fill)


def _record(folder: Path) -> dict[str, Any]:
    try:
        record = json.loads((folder / "task.json").read_text(encoding="utf-8"))
        if not isinstance(record["task"], dict) or not set(SPLITS) <= set(record["sha256"]):
            raise ValueError("it lacks entries")
        if not is_intact(record):
            raise ValueError("it was changed since it was written")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Damaged(f"The own task in {folder.name} cannot be read ({str(error)[:80]}). Add it again from its file.") from None
    return record


def _load(folder: Path) -> Task:
    values = _record(folder)["task"]
    try:
        fields: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in values.items()}
        task = Task(**fields)
    except (TypeError, BadInput) as error:
        raise Damaged(
            f"The own task in {folder.name} does not fit this version ({str(error)[:80]}). Add it again from its file."
        ) from None
    return replace(task, words={family: tuple(given) for family, given in task.words.items()})


def check_own(task_id: str) -> None:
    """Say what became of an own task; nothing for what cannot be one's id.

    Raises:
        BadInput: its folder is gone.
        Damaged: it is there, but not as it was written.
    """
    name = task_id.removeprefix(PREFIX)
    if task_id != PREFIX + name or not _NAME.fullmatch(name):
        return
    if not (tasks_dir() / name).is_dir():
        raise BadInput(
            f"The own task '{task_id}' is not in {tasks_dir()}: it was removed, or never added here. Add it again from its file: "
            "the same form and data give the same id."
        )
    _load(tasks_dir() / name)


def load_own_tasks() -> tuple[Task, ...]:
    """All own tasks that can be read; see `damaged_own_tasks` for the others."""
    return tuple(item for item in _all() if isinstance(item, Task))


def damaged_own_tasks() -> tuple[str, ...]:
    """Why some own tasks cannot be used."""
    return tuple(item for item in _all() if isinstance(item, str))


def _all() -> list[Task | str]:
    found: list[Task | str] = []
    for path in sorted(tasks_dir().glob("*/task.json")) if tasks_dir().is_dir() else ():
        if not path.parent.name.startswith("."):
            try:
                found.append(_load(path.parent))
            except Damaged as error:
                found.append(str(error))
    return found


def _folder(task_id: str) -> Path:
    name = task_id.removeprefix(PREFIX)
    if not task_id.startswith(PREFIX) or "/" in name or name.startswith("."):
        raise BadInput(f"'{task_id}' is none of your own tasks.")
    return tasks_dir() / name


def own_examples(task_id: str, split: str) -> tuple[Example, ...]:
    """Examples of "train" or "evaluation", verified by checksum.

    Raises:
        BadInput: no such task or split.
        Damaged: a file was changed or lost.
    """
    folder = _folder(task_id)
    if split not in SPLITS:
        raise BadInput(f"Own tasks have the splits {' and '.join(SPLITS)}, not '{split}'.")
    expected = _record(folder)["sha256"][split]
    try:
        data = (folder / f"{split}.jsonl").read_bytes()
    except OSError:
        data = b""
    if sha256(data) != expected:
        raise Damaged(f"The file {split}.jsonl of '{task_id}' was changed or lost. Add the task again from its file.")
    rows = (json.loads(line) for line in data.decode().split("\n") if line)
    return tuple(Example(**{**row, "targets": tuple(row["targets"])}) for row in rows)


def own_findings(task_id: str) -> tuple[Finding, ...]:
    """What the check said when the task was accepted: rows that are not used, repeats, small classes. Raises Damaged."""
    try:
        return tuple(Finding(**{**item, "rows": tuple(item["rows"])}) for item in _record(_folder(task_id)).get("findings", ()))
    except (TypeError, KeyError, AttributeError) as error:
        raise Damaged(f"The own task '{task_id}' has broken notes ({str(error)[:80]}). Add it again from its file.") from None


def delete_own_task(task_id: str) -> None:
    """Remove a task; results that were measured on it stay. Raises BadInput when it is not there, or in read-only mode."""
    check_changes()
    folder = _folder(task_id)
    if not folder.is_dir():
        raise BadInput(f"'{task_id}' is none of your own tasks.")
    shutil.rmtree(folder)


def task_from_file(path: str | Path, single_token: SingleToken | None = None) -> Task:
    """Accept the task that a JSON file describes (command line: TASK may be such a file). Raises BadInput."""
    form = form_from_file(Path(path))
    return accept(form, Path(form.train), Path(form.evaluation) if form.evaluation else None, single_token)
