"""What the check of one's own task found, and its acceptance. Messages quote the user's table, so they are shown literally."""

from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from pages.common import words
from ptlib.models.spec import BackboneSpec
from ptlib.models.words import single_token_of
from ptlib.tasks.own import OwnForm, check
from ptlib.tasks.own import accept as put_away
from ptlib.tasks.own.checks import Checked
from ptlib.tasks.task import MASKED_LM

_SHOW = {
    "error": (st.error, ":material/error:"),
    "warning": (st.warning, ":material/warning:"),
    "note": (st.info, ":material/info:"),
}


def findings(form: OwnForm, files: Sequence[Path], spec: BackboneSpec) -> bool:
    """Show every finding, the worst first, and the counts; returns whether the task can be accepted."""
    single = single_token_of(spec)
    checked = check(form, *files, single_token=single)
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


def accept(form: OwnForm, files: Sequence[Path], spec: BackboneSpec) -> str:
    """Put the task into the store; returns its id. Raises BadInput or RunFailed."""
    return put_away(form, *files, single_token=single_token_of(spec)).id
