"""The Lab's form for one's own task: a table, which column is what, words for the answers; checked before it is accepted."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from pages.common import parts, words
from ptlib.base.errors import BadInput, PtlibError
from ptlib.base.tables import ENCODINGS, SUFFIXES, Row, Table, read_table, shown
from ptlib.models.spec import BackboneSpec
from ptlib.models.words import single_token_of
from ptlib.tasks.own.checks import Checked, check
from ptlib.tasks.own.forms import OwnForm, form_from
from ptlib.tasks.own.stored import accept, delete_own_task, load_own_tasks
from ptlib.tasks.rows import in_order, label_key
from ptlib.tasks.task import MASKED_LM

SHOWN_ROWS, MOST_LABELS, NONE = 5, 20, "(none)"
KINDS = {
    "classification": "One of a few labels",
    "open_qa": "A short free text (T5 only)",
    "summarisation": "A summary (T5 only)",
}
_SHOW = {
    "error": (st.error, ":material/error:"),
    "warning": (st.warning, ":material/warning:"),
    "note": (st.info, ":material/info:"),
}
_TYPES = [suffix.removeprefix(".") for suffix in SUFFIXES]


def section(spec: BackboneSpec) -> None:
    """An expander below the backbone; an accepted task is proposed as source and target."""
    with st.expander("Add a task of your own", icon=":material/upload_file:", expanded=bool(st.session_state.get("own_train"))):
        st.markdown("A CSV, JSON lines or Parquet table of yours becomes a task. It stays on this machine.")
        left, right = st.columns(2)
        given = left.file_uploader("Table", type=_TYPES, key="own_train")
        held = right.file_uploader(
            "Rows for evaluation (optional)",
            type=_TYPES,
            key="own_evaluation",
            help="Without this second table a fifth of the texts is kept apart for evaluation.",
        )
        if given is not None:
            uploads = [file for file in (given, held) if file is not None]
            with _on_disk(uploads) as files:
                form = _form(files, given.file_id)
                if form is not None:
                    _judge(form, files, uploads, spec)
        _mine()


@contextmanager
def _on_disk(uploads: Sequence[UploadedFile]) -> Iterator[list[Path]]:
    """The uploads as files for a moment, each under its own last name."""
    with tempfile.TemporaryDirectory() as folder:
        files = []
        for place, upload in enumerate(uploads):
            path = Path(folder, str(place), Path(upload.name).name)
            path.parent.mkdir()
            path.write_bytes(upload.getvalue())
            files.append(path)
        yield files


def _form(files: Sequence[Path], mark: str) -> OwnForm | None:
    """Questions about the table; None while they do not make a form. `mark` names the upload: its answers are its own."""
    proposal = files[0].stem.replace("_", " ").replace("-", " ")[:80]
    name = st.text_input("Name of the task", proposal, max_chars=80, key=f"own_name_{mark}")
    left, right = st.columns(2)
    kind = left.selectbox("What is the answer?", list(KINDS), format_func=KINDS.__getitem__, key=f"own_kind_{mark}")
    encoding = right.selectbox(
        "Encoding", ENCODINGS, key=f"own_encoding_{mark}", help="Tables from older spreadsheets are often cp1252."
    )
    try:
        table = read_table(files[0], encoding)
        if not table.rows:
            raise BadInput("The table has no rows.")
    except PtlibError as error:
        st.error(words.literal(str(error)), icon=":material/error:")
        return None
    _preview(table.rows)
    columns = _columns(table, kind, mark)
    found = _labels(table.rows, columns["label"]) if kind == "classification" else ()
    chosen = _words(found, mark) if len(found) <= MOST_LABELS else ()
    values = {"name": name, "kind": kind, "encoding": encoding, "columns": columns, "labels": list(found)}
    try:
        return form_from(values | {"words": list(chosen), "template": _template(columns, mark)})
    except PtlibError as error:
        st.error(words.literal(str(error)), icon=":material/error:")
        return None


def _judge(form: OwnForm, files: Sequence[Path], uploads: Sequence[UploadedFile], spec: BackboneSpec) -> None:
    """Findings, and the button that accepts."""
    ok = _findings(form, files, spec)
    problem = st.session_state.pop("own_problem", None)
    if problem:
        st.error(words.literal(problem), icon=":material/error:")
    st.button(
        "Add this task",
        type="primary",
        icon=":material/add:",
        key="own_add",
        disabled=not ok,
        width="stretch",
        on_click=_accept,
        args=(form, uploads, spec),
    )


def _findings(form: OwnForm, files: Sequence[Path], spec: BackboneSpec) -> bool:
    """Show every finding, the worst first, and the counts; returns whether the task can be accepted. Messages quote the table."""
    single = single_token_of(spec)
    checked = check(form, files[0], files[1] if len(files) > 1 else None, single_token=single)
    for severity, (show, icon) in _SHOW.items():
        for finding in checked.findings:
            if finding.severity == severity:
                show(words.literal(finding.message), icon=icon)
    if checked.ok:
        st.markdown(_counts(checked))
        if form.words and spec.family == MASKED_LM and single is None:
            st.caption(f"The tokenizer of {spec.name} is not on this machine yet: the run checks the label words first.")
    return checked.ok


def _counts(checked: Checked) -> str:
    """`32 rows to tune on (16 bad, 16 good), 8 to evaluate on.`"""
    classes = ", ".join(f"{count} {words.literal(label)}" for label, count in checked.counts.items())
    return (
        f"{words.counted(len(checked.train), 'row')} to tune on{f' ({classes})' if classes else ''}, "
        f"{len(checked.evaluation)} to evaluate on."
    )


def _accept(form: OwnForm, uploads: Sequence[UploadedFile], spec: BackboneSpec) -> None:
    """Callback: put the task away; the Lab then proposes to tune on it."""
    try:
        with _on_disk(uploads) as files:
            train, held = files[0], files[1] if len(files) > 1 else None
            st.session_state["lab_own"] = accept(form, train, held, single_token=single_token_of(spec)).id
        st.toast("The task is in; it is chosen as source and target.", icon=":material/check:")
    except PtlibError as error:
        st.session_state["own_problem"] = str(error)


def _preview(rows: Sequence[Row]) -> None:
    """The first rows as plain text: nothing in them is read as HTML, Markdown or a formula."""
    frame = pd.DataFrame([{key: shown(value)[:300] for key, value in row.items()} for row in rows[:SHOWN_ROWS]])
    told = f"The first {len(frame)} of {words.counted(len(rows), 'row')}, as they stand in the table."
    wide = {name: st.column_config.TextColumn(width=260) for name in frame.columns}
    parts.table(frame, told, row_height=parts.WRAPPED, column_config=wide)
    st.caption(told)


def _columns(table: Table, kind: str, mark: str) -> dict[str, str | None]:
    """Which column is what; proposed from names and contents."""
    names = list(table.columns)
    text, label = guess(table.rows, names)
    a, b, c = st.columns(3)
    first = a.selectbox("Text", names, index=names.index(text), key=f"own_text_a_column_{mark}")
    second = b.selectbox(
        "Second text", [NONE, *names], key=f"own_text_b_column_{mark}", help="For pairs, e.g. premise and hypothesis."
    )
    last = c.selectbox("Answer", names, index=names.index(label), key=f"own_label_column_{mark}")
    answer = "label" if kind == "classification" else "targets"
    return {"text_a": first, "text_b": None if second == NONE else second, "label": None, answer: last}


def guess(rows: Sequence[Row], names: Sequence[str]) -> tuple[str, str]:
    """(text column, answer column): the longest cells, and the fewest different values among the others."""
    sample = rows[:200]
    text = max(names, key=lambda name: sum(len(shown(row.get(name))) for row in sample))
    others = [name for name in names if name != text] or names
    named = [name for name in others if name.lower() in ("label", "class", "target", "y", "answer", "summary", "sentiment")]
    return text, (named or sorted(others, key=lambda name: len({shown(row.get(name)) for row in sample})))[0]


def _labels(rows: Sequence[Row], column: str | None) -> tuple[str, ...]:
    """Labels of the table in order: numbers by size, names by the alphabet."""
    return in_order(key for row in rows if (key := label_key(row.get(column)))) if column else ()


def _words(labels: Sequence[str], mark: str) -> list[str]:
    """One word for each label; labels that are words already are proposed as they are."""
    if not labels:
        return []
    st.caption("The word that stands for each label. The model answers with it, so it should be a common short word.")
    given = []
    columns = st.columns(min(4, len(labels)))
    for place, label in enumerate(labels):
        proposal = label if label.isalpha() else ""
        box = columns[place % len(columns)]
        given.append(
            box.text_input(
                f"Word for {words.literal(label[:30])}", proposal, max_chars=40, key=f"own_word_{place}_{label[:30]}_{mark}"
            )
        )
    return [word.strip() for word in given if word.strip()]


def _template(columns: dict[str, str | None], mark: str) -> str:
    """What a T5 reads; field names and separators are visible here."""
    pair = bool(columns["text_b"])
    proposal = "first: {text_a} second: {text_b}" if pair else "{text_a}"
    note = "Masked LMs read the texts alone."
    return st.text_input("What a T5 reads", proposal, max_chars=200, key=f"own_template_{pair}_{mark}", help=note)


def _mine() -> None:
    """Tasks that are there, each with a way to remove it."""
    for task in load_own_tasks():
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(f"**{words.literal(task.name)}** `{task.id}`", width="stretch")
            st.button("Remove", type="tertiary", icon=":material/delete:", key=f"own_remove_{task.id}", on_click=_remove,
                      args=(task.id,), help="Results that were measured on it stay.")  # fmt: skip


def _remove(task_id: str) -> None:
    """Callback: take a task away."""
    try:
        delete_own_task(task_id)
    except PtlibError as error:
        st.toast(words.literal(str(error)), icon=":material/error:")
