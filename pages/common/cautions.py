"""What a reader must know beside a result: texts that two tasks share, and tasks that a model saw in its pretraining."""

from collections.abc import Sequence

import streamlit as st

from pages.common import data, words
from ptlib.models.spec import BackboneSpec
from ptlib.runs import queue
from ptlib.tasks import shared_texts
from ptlib.tasks.published.registry import overlap as declared

MOST = 4
"""Notes shown at once."""


def beside_result(source: str, target: str, backbone: str, runs: Sequence[str]) -> None:
    """Warnings for one cell; nothing where there is nothing to say. runs: own ones behind it, which say what was cut."""
    for text in cautions(source, target, data.backbone(backbone)):
        st.warning(text, icon=":material/warning:")
    for text in queue.cuts(runs, (source, target))[:MOST]:
        st.warning(words.literal(text), icon=":material/content_cut:")
    task = data.task_index().get(target)
    if task is not None and task.source == "hub":
        st.caption(task.evaluation_note)


def before_run(sources: Sequence[str], targets: Sequence[str], spec: BackboneSpec) -> None:
    """The same before a run is launched, and on which examples each published task is measured."""
    texts = (text for source in sources for target in targets for text in cautions(source, target, spec))
    for text in list(dict.fromkeys(texts))[:MOST]:
        st.caption(f":orange[{text}]")
    measured = [task for name in targets if (task := data.task_index().get(name)) and task.source == "hub"]
    for task in measured[:MOST]:
        st.caption(f"**{task.name}**: {task.evaluation_note}")


def cautions(source: str, target: str, spec: BackboneSpec | None) -> list[str]:
    """Shared texts, known and counted, and contamination, in words."""
    found = [text for text in (declared(source, target) if source != target else "", _counted(source, target)) if text]
    seen = [name for name in dict.fromkeys((source, target)) if _saw(spec, name)]
    if seen and spec is not None:
        found.append(
            f"{spec.name} saw {words.listing(map(data.task_name, seen))} in its pretraining: a score there is no evidence that a "
            "prompt transfers to an unseen task."
        )
    return found


def _saw(spec: BackboneSpec | None, task_id: str) -> bool:
    task = data.task_index().get(task_id)
    return spec is not None and task is not None and bool({task.id, task.variant_of} & set(spec.saw_tasks))


def _counted(source: str, target: str) -> str:
    found = shared_texts.known(source, target)
    if found is None or not found.shared:
        return ""
    first, second = (words.literal(data.task_name(name)) for name in (source, target))
    return (
        f"{found.shared:,} of the {found.total:,} evaluation texts of {second} ({words.percent(found.share, 1)}) also stand in "
        f"the training data of {first}."
    )
