"""What a preset can do in a given time: the cells from which most is learned first, on a small map before the launch."""

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from pages.common import address, data, parts, pick_data, plans, words
from pages.common.context import Context
from pages.common.plans import Plan
from pages.lab import plan_charts
from ptlib.results.speeds import speed
from ptlib.runs.planning import budget
from ptlib.runs.planning.budget import Needed, Pair
from ptlib.transfer.spec import TransferSpec

TIMES = {"any": "All of it", "2": "2 min", "5": "5 min", "10": "10 min", "30": "30 min", "120": "2 h"}
ORDERS = {"widest": "Widest intervals", "disagree": "Where indicators disagree"}
_TOLD = {
    "widest": "whose gain kept is known least exactly (widest 95 % intervals)",
    "disagree": "on which the cosine of mean tokens and the overlap of activated neurons disagree most",
    "holes": "that nobody has run",
}
"""Which cells come first."""
_INDICATORS = "cosine_mean", "neurons"


def cut(preset: str, plan: Plan, now: Context | None) -> Plan:
    """The preset's plan, cut to what fits a time that the reader chooses; as it is for other presets, or without a limit."""
    if preset not in (plans.ONE_ROW, plans.FILL) or now is None or now.recipe is None:
        return plan
    with st.container(horizontal=True, vertical_alignment="bottom"):
        minutes = address.choice("What can I learn in …", "minutes", TIMES)
        first = address.choice("First the cells …", "first", ORDERS)
    if minutes == "any":
        return plan
    tasks = tuple(dict.fromkeys((*plan.sources, *plan.targets)))
    holes = budget.not_run(now.matrix, tasks) if preset == plans.FILL else []
    found = holes or _order(now, tasks, first)
    if not found:
        st.caption(":orange[No neurons were read here, so indicators cannot be compared: the widest intervals come first.]")
        first, found = "widest", _order(now, tasks, "widest")
    pairs = [pair for pair in found if pair[0] in plan.sources and pair[1] in plan.targets]
    needed = _needed(now.fingerprint, now.backbone, now.recipe, tasks, plan.seeds)
    return _fitting(plan, pairs, "holes" if holes else first, 60 * int(minutes), needed)


def _order(now: Context, tasks: tuple[str, ...], first: str) -> list[Pair]:
    """Cells in an order of merit; none where neurons, of which one order is made, were not read."""
    if first == "widest":
        return budget.widest(now.matrix, tasks)
    found = pick_data.similarities(now.fingerprint, now.backbone, now.recipe, now)
    if any(name not in found for name in _INDICATORS):
        return []
    first_found, second_found = (found[name] for name in _INDICATORS)
    return budget.disagreement(first_found, second_found, tasks)


@st.cache_data(max_entries=8, show_spinner=False)
def _needed(fingerprint: str, backbone: str, recipe: str, tasks: tuple[str, ...], seeds: tuple[int, ...]) -> Needed:
    settings = data.recipes(fingerprint, backbone)[recipe]
    return Needed.of(TransferSpec(backbone, tasks, tasks, seeds, settings), data.catalogue(), speed)


def _fitting(plan: Plan, pairs: Sequence[Pair], first: str, seconds: float, needed: Needed) -> Plan:
    """The plan of what fits; of the first cell alone where nothing does, which is said."""
    chosen = budget.within(pairs, seconds, needed)
    note = f"Of the cells {_TOLD[first]}, {len(chosen)} of {len(pairs)} fit into {words.duration(seconds)}"
    if not chosen:
        if not pairs:
            return replace(plan, note="There is no cell to choose.")
        chosen = tuple(pairs[:1])
        least = words.duration(needed.seconds(*({place} for place in chosen[0])))
        note = f"No cell fits into {words.duration(seconds)}: one takes about {least}, most of it for tuning its two prompts"
    sources, targets = (tuple(dict.fromkeys(pair[side] for pair in chosen)) for side in (0, 1))
    more = len(sources) * len(targets) - len(chosen)
    others = words.counted(more, "other cell")
    extra = f"; {others} between the same tasks come along at little cost or are there already" if more else ""
    return replace(plan, sources=sources, targets=targets, note=f"{note}{extra}.", asked=chosen)


def small_map(run: TransferSpec, plan: Plan, now: Context | None) -> None:
    """Where the run lands on the map; nothing where there is no map yet."""
    matrix = now.matrix if now and now.backbone == run.backbone else None
    if matrix is None:
        return
    known = [task for task in matrix.targets if task in data.task_index()]
    tasks = list(dict.fromkeys((*known, *run.sources, *run.targets)))
    names = {task: data.task_name(task) for task in tasks}
    figure = plan_charts.small_map(matrix, tasks, (run.sources, run.targets, plan.asked), parts.colours(), names)
    cells = words.counted(len(run.sources) * len(run.targets), "cell")
    dots = ", a dot in those that it is for" if plan.asked else ""
    told = f"Rows: source prompts, columns: target tasks; blue: gain kept so far. Framed: the {cells} of this run{dots}."
    parts.chart(figure, "lab_map", told, caption=told)


def reason(run: TransferSpec, prompts: int) -> str:
    """Why so many prompts are tuned; empty for one or none."""
    if prompts < 2:
        return ""
    tasks = list(dict.fromkeys((*run.sources, *run.targets)))
    seeds = f" and {words.counted(len(run.seeds), 'seed')}" if len(run.seeds) > 1 else ""
    less = ", less what is there already" if prompts < len(tasks) * len(run.seeds) else ""
    return (
        f"Why {prompts} prompts: one for each of {words.counted(len(tasks), 'task')}{seeds}{less}. A target "
        "needs its own prompt of the same seed, because gain kept is measured between the untrained and the own one."
    )
