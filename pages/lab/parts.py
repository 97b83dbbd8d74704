"""The Lab's three steps: what, how, cost. Values live in widgets; a new preset or cell brings new proposals."""

import json
from collections.abc import Sequence
from typing import Any

import streamlit as st

from pages.common import address, cautions, context, data, plans, words
from pages.common.plans import Plan
from pages.lab import budget_parts, cost_parts, own_task_parts, reference_parts, start_parts
from ptlib.base.errors import BadInput, PtlibError
from ptlib.hub.remote import offline
from ptlib.models.registry import all_backbones, backbone_for_visitor
from ptlib.models.spec import BackboneSpec
from ptlib.prompts.spec import QUICK_EXAMPLES, TuneSettings, default_settings, quick
from ptlib.results.earlier import as_known
from ptlib.tasks.registry import resolve_task
from ptlib.tasks.task import Task
from ptlib.transfer.kinds import TRANSFER
from ptlib.transfer.spec import TransferSpec

_PACES = {"full": "Full", "quick": "Quick"}
_PACE_HELP = (
    "Quick: a prompt that fits its training examples stops after two validations without gain, cells are measured on fewer "
    "examples. A recipe of its own, so that its results never share a map with those of the full one."
)
_STARTS = {"vocab": "sampled vocabulary", "random": "random numbers", "labels": "the label words"}


def form() -> None:
    """The whole page."""
    copied = _copied()
    if copied is None:
        names = {name: name for name in plans.PRESETS}
        preset = address.choice("Start from", "preset", names, old={"The deck's experiment": plans.DECK})
        st.markdown(plans.PRESETS[preset])
        if preset == plans.DECK:
            _deck_numbers()
    else:
        preset = f"copy of {copied.id}"
    left, right = st.columns([3, 2], gap="medium")
    with left:
        backbone, plan = _what(preset, copied)
        tasks = [resolve_task(name) for name in dict.fromkeys((*plan.sources, *plan.targets))]
        settings, limit = _how(backbone, copied, tasks)
    with right:
        cost_parts.cost(backbone, plan, settings, limit, copied)
    start_parts.section(backbone, plan, settings)
    reference_parts.section(backbone, plan, settings)


def _copied() -> TransferSpec | None:
    """The run that is being duplicated, with a way back to the presets."""
    text = st.session_state.get("lab_copy")
    if text is None:
        return None
    spec = TRANSFER.read(json.loads(text))
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        st.markdown(f"Copy of run `{spec.id}`. Change at least one thing: the same choices are the same run.", width="stretch")
        if st.button("Back to the presets", icon=":material/undo:", key="lab_reset"):
            del st.session_state["lab_copy"]
            st.rerun()
    return spec


def _deck_numbers() -> None:
    with st.container(border=True):
        st.markdown("**The slides' own numbers** (RoBERTa-base, accuracy; measured by their authors, not by this app)")
        for column, (label, value) in zip(st.columns(3), plans.DECK_NUMBERS, strict=True):
            column.metric(label, f"{value:.2f} %")
        st.caption(
            "The slides' relative score is 100 × 72.13 / 74.10 = 97.3 %. On a demo backbone the same steps run on the "
            "analogous pair of generated tasks: the numbers will differ, the pattern can be compared."
        )


def _backbone(preferred: str | None) -> BackboneSpec | None:
    options = {spec.id: spec for spec in all_backbones()}
    if not options:
        st.error(
            "No backbone is available: the demo's weights are missing. Make them with `python -m ptlib demo pretrain`.",
            icon=":material/error:",
        )
        return None
    first = preferred if preferred in options else next(iter(options))
    ids = list(options)
    chosen = st.selectbox(
        "Backbone",
        ids,
        index=ids.index(first),
        format_func=lambda i: options[i].name if i in options else i,
        key=f"lab_backbone_{first}",
        accept_new_options=True,
        help="Demo backbones are on this machine. Others are downloaded from the Hugging Face Hub when the run starts. Any "
        "masked LM or T5 works: type its id on the Hub (owner/name), or a folder below those that PTLIB_FOLDERS names.",
    )
    try:
        spec = options.get(chosen) or as_known(backbone_for_visitor(chosen))
    except PtlibError as error:
        st.error(words.literal(str(error)), icon=":material/error:")
        return None
    _origin(spec)
    return spec


def _origin(spec: BackboneSpec) -> None:
    """Where a backbone and its tasks come from, and what is known of it."""
    if spec.source == "folder":
        st.caption(f"{words.literal(spec.location)} is read from this machine; the tasks are fetched from the Hugging Face Hub.")
    elif not spec.is_demo:
        st.caption(f"{words.literal(spec.location)} is fetched from the Hugging Face Hub, and so are its tasks. {spec.notes}")
    if offline() and not spec.is_demo:
        st.caption("The offline switch is on (PTLIB_OFFLINE or HF_HUB_OFFLINE): only what is on disk can be used.")


def _what(preset: str, copied: TransferSpec | None) -> tuple[BackboneSpec | None, Plan]:
    st.header("What", anchor=False)
    now = context.current()
    spec = _backbone(copied.backbone if copied else now.backbone if now else None)
    if spec is not None:
        own_task_parts.section(spec)
    proposal, usable = _proposal(preset, copied, spec)
    if spec is None or not usable:
        return spec, proposal
    if proposal.note:
        st.caption(proposal.note)
    return spec, _fields(proposal, usable, f"{preset}|{spec.id}", spec)


def _proposal(preset: str, copied: TransferSpec | None, spec: BackboneSpec | None) -> tuple[Plan, list[str]]:
    """What the form starts with, and the tasks the backbone can run."""
    tasks, now = data.task_index(), context.current()
    matrix = now.matrix if now and spec and now.backbone == spec.id else None
    usable = plans.usable_tasks(tasks, spec)
    if not usable or spec is None:
        return Plan((), (), ()), []
    if copied is not None and copied.backbone == spec.id:
        return Plan(copied.sources, copied.targets, copied.seeds), usable
    taken = _taken(data.catalogue().fingerprint(), spec.id, now.recipe) if now and matrix else {}
    own = st.session_state.get("lab_own")
    if own in usable:
        seed, note = plans.next_seed(taken.get(own, ())), f"{tasks[own].name} is chosen, because you just added it."
        return Plan((own,), (own,), (seed,), note), usable
    pair = plans.deck_pair(tasks, spec.family, spec.is_demo)
    plan = plans.propose(preset, matrix, now.source if now else None, now.target if now else None, usable, pair=pair, taken=taken)
    return budget_parts.cut(preset, plan, now if matrix else None), usable


@st.cache_data(max_entries=8, show_spinner=False)
def _taken(fingerprint: str, backbone: str, recipe: str | None) -> dict[str, set[int]]:
    """Task -> seeds that were run, also those that the map does not show: another run of them would be the same run."""
    found: dict[str, set[int]] = {}
    for entry in data.catalogue().entries(backbone, recipe, everything=True):
        found.setdefault(entry.source, set()).add(entry.seed)
    return found


def _fields(proposal: Plan, usable: list[str], token: str, spec: BackboneSpec) -> Plan:
    """Sources, targets and seeds; a new proposal makes new widgets, so that its values are the defaults."""
    token += f"|{'+'.join(proposal.sources)}|{'+'.join(proposal.targets)}|{proposal.seeds}"
    sources = _several("Source prompts", usable, proposal.sources, token, format_func=data.task_name)
    targets = _several("Target tasks", usable, proposal.targets, token, format_func=data.task_name)
    cautions.before_run(sources, targets, spec)
    told = "One prompt is tuned for each task and seed. Proposed: the first seed that nobody has run yet."
    free = range(max(10, *(seed + 1 for seed in proposal.seeds)))
    seeds = _several("Seeds", free, proposal.seeds, token, format_func=lambda seed: f"seed {seed}", help=told)
    same = (tuple(sources), tuple(targets)) == (proposal.sources, proposal.targets)
    return Plan(tuple(sources), tuple(targets), tuple(sorted(seeds)), asked=proposal.asked if same else ())


def _several(label: str, options: Sequence[Any], proposed: Sequence[Any], token: str, **more: Any) -> list[Any]:
    """At least one of the options."""
    chosen = st.multiselect(label, options, default=list(proposed), key=f"{label}|{token}", **more)
    if not chosen:
        st.caption(f":red[Pick at least one {label.lower().removesuffix('s')}.]")
    return list(chosen)


def _base_settings(
    spec: BackboneSpec, copied: TransferSpec | None, tasks: Sequence[Task]
) -> tuple[TuneSettings, int | None, str]:
    """The proposed settings, examples a cell (None = all), and where they come from in words."""
    if copied is not None and copied.backbone == spec.id:
        return copied.settings, copied.limit, "the settings of the copied run"
    usual, now = default_settings(spec, tasks), context.current()
    if address.choice("Recipe", "pace", _PACES, help=_PACE_HELP) == "quick":
        return quick(usual), QUICK_EXAMPLES, f"the quick recipe; cells are measured on {QUICK_EXAMPLES} examples"
    known = data.recipes(now.fingerprint, spec.id).get(now.recipe or "") if now and now.backbone == spec.id else None
    return (known, None, "the settings of the map") if known else (usual, None, f"the defaults for {spec.name}")


def _how(spec: BackboneSpec | None, copied: TransferSpec | None, tasks: Sequence[Task]) -> tuple[TuneSettings | None, int | None]:
    """Settings (None: not possible), and examples a cell (None: all)."""
    if spec is None:
        return None, None
    st.header("How", anchor=False)
    base, limit, origin = _base_settings(spec, copied, tasks)
    st.caption(
        f"{base.prompt_length} soft tokens, {base.steps} steps of {base.batch_size} examples, learning rate {base.lr:g}, "
        f"initialised from {words.literal(_init_words(base.init))}: {origin}."
    )
    with st.expander("Change the settings", icon=":material/tune:"):
        return _settings_fields(spec, base), limit


def _init_words(init: str) -> str:
    return _STARTS.get(init, init)


def _settings_fields(spec: BackboneSpec, base: TuneSettings) -> TuneSettings | None:
    key, (a, b, c) = f"{spec.id}|{base.recipe}", st.columns(3)
    start = list(_STARTS).index(base.init) if base.init in _STARTS else 0
    values: dict[str, Any] = {
        "prompt_length": a.number_input("Soft tokens (P)", 1, 500, base.prompt_length, key=f"p|{key}"),
        "steps": b.number_input("Steps", 1, 100_000, base.steps, step=50, key=f"steps|{key}"),
        "batch_size": c.number_input("Batch size", 1, 512, base.batch_size, key=f"batch|{key}"),
        "lr": a.number_input("Peak learning rate", 1e-5, 10.0, base.lr, format="%.4g", step=base.lr / 5, key=f"lr|{key}"),
        "eval_every": b.number_input("Validate every … steps", 1, 10_000, base.eval_every, key=f"every|{key}"),
        "validation_size": c.number_input("Validation examples", 1, 10_000, base.validation_size, key=f"val|{key}"),
        "init": a.selectbox("Initialisation", list(_STARTS), start, format_func=_init_words, key=f"init|{key}"),
        "train_size": b.number_input("Training examples (empty = all)", 1, 1_000_000, base.train_size, key=f"train|{key}"),
        "max_tokens": a.number_input("Longest text in tokens", 8, 4096, base.max_tokens, key=f"longest|{key}"),
        "dtype": c.selectbox("Number format", ["fp32", "bf16"], index=["fp32", "bf16"].index(base.dtype), key=f"dtype|{key}"),
    }
    try:
        spec.check_room(values["prompt_length"])
        settings = TuneSettings(**{**{n: getattr(base, n) for n in ("warmup", "weight_decay", "patience", "fitted")}, **values})
    except BadInput as error:
        st.caption(f":red[{words.literal(str(error))}]")
        return None
    if settings.recipe != base.recipe:
        st.caption(
            f"Changed settings make a map of their own (recipe `{settings.recipe}`); it is chosen in the sidebar once it has "
            f"results."
        )
    return settings
