"""What a reader must know beside a result: shared texts, tasks that a model saw in its pretraining, cells on unequal seeds.

And what to do about the last: leave runs out of the map, bring them back, run what is missing.
"""

from collections.abc import Mapping, Sequence

import streamlit as st

from pages.common import data, frame, launching, parts, words
from pages.common.context import Context
from ptlib.base import exposure
from ptlib.base.errors import PtlibError
from ptlib.models.spec import BackboneSpec
from ptlib.results.kind import Estimate
from ptlib.results.speeds import speed
from ptlib.runs import queue
from ptlib.runs.planning import comparable
from ptlib.tasks import shared_texts
from ptlib.tasks.published.registry import overlap as declared
from ptlib.transfer.spec import TransferSpec

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


def footing(now: Context) -> None:
    """Say so when the cells are not on one footing, and what of it one's own runs did."""
    found = now.matrix.lint()
    if not found:
        return
    absent, odd = list(now.matrix.left_out), _odd_runs(now)
    titles = {job.id: job.title for job in queue.listing()} if absent or odd else {}
    names, text = now.names, " ".join(found[:MOST])
    for run in absent:
        text = text.replace(run, words.literal(titles.get(run, run)))
    for task_id in sorted(names, key=len, reverse=True):
        text = text.replace(f"'{task_id}'", names[task_id])
    st.info(text, icon=":material/balance:")
    _count_buttons(absent, odd, titles)
    if lacking := comparable.lacking(now.matrix):
        _make_comparable(now, len(lacking))


def _count_buttons(absent: Sequence[str], odd: Sequence[str], titles: Mapping[str, str]) -> None:
    """A button a run, and one for all where there are several."""
    with st.container(horizontal=True):
        for counts, runs in ((False, absent), (True, odd)):
            if len(runs) > 1:
                whose = (
                    f"all {len(runs)} runs that are left out" if not counts else f"all {len(runs)} of your runs with other seeds"
                )
                launching.count_button(runs, counts, f"count_all_{counts}", whose)
            for run in runs if len(runs) <= MOST else ():
                launching.count_button((run,), counts, f"count_{run}", titles.get(run, run))


def _odd_runs(now: Context) -> list[str]:
    """Runs of one's own behind cells with other seeds than most have."""
    counts = [cell.seeds for cell in now.matrix.cells]
    usual = max(set(counts), key=counts.count)
    odd = [(prompt, cell.target) for cell in now.matrix.cells if cell.seeds != usual for prompt in cell.run_ids]
    entries = [entry for key in odd if (entry := now.matrix.behind.get(key)) and entry.origin == "own" and entry.run_id]
    return list(dict.fromkeys(str(entry.run_id) for entry in entries if entry.seed not in usual))


@st.cache_data(max_entries=8, show_spinner=False)
def _needed(fingerprint: str, backbone: str, recipe: str, _now: Context) -> tuple[tuple[TransferSpec, ...], Estimate]:
    settings = data.recipes(fingerprint, backbone)[recipe]
    runs = comparable.runs_for(comparable.lacking(_now.matrix), backbone, settings)
    return comparable.together(runs, data.catalogue(), speed)


def _make_comparable(now: Context, cells: int) -> None:
    """A drawer: what is missing and how long it takes is looked up when it is opened."""
    box = parts.drawer("Make comparable", ":material/equalizer:", "comparable_open")
    if box is None or now.recipe is None:
        return
    with box:
        launching.problem()
        try:
            runs, cost = _needed(now.fingerprint, now.backbone, now.recipe, now)
        except (PtlibError, KeyError) as error:
            st.warning(words.literal(str(error)), icon=":material/info:")
            return
        wanted = ", ".join(map(str, comparable.wanted_seeds(now.matrix)))
        if not runs:
            st.markdown(
                f"Nothing has to be run: what these cells lack was measured and is left out. All would have seeds {wanted}."
            )
            return
        st.markdown(
            f"{words.counted(cells, 'cell')} would get the seeds they lack, so that all rest on seeds {wanted}: "
            f"{words.counted(cost.prompts_to_tune, 'prompt')} to tune and {words.counted(cost.cells_to_evaluate, 'result')} to "
            f"measure in {words.counted(len(runs), 'run')}, about {words.duration(cost.seconds)} (from {cost.basis})."
        )
        off = exposure.read_only()
        st.button("Queue them", icon=":material/play_arrow:", key="comparable_go", disabled=off, on_click=_queue, args=(runs,))


def _queue(runs: Sequence[TransferSpec]) -> None:
    """Callback: all of them, then the page where they are followed."""
    for run in runs:
        launching.launch(run)
    if "_analysis_problem" not in st.session_state:
        frame.go("runs")
