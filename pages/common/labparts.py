"""The Lab's three steps: what, how, cost. Values live in widgets; a new preset or cell brings new proposals."""

import streamlit as st

from pages.common import context, data, frame, parts, plans, words
from pages.common.plans import Plan
from ptlib import jobs
from ptlib.backbones import BackboneSpec, all_backbones, default_settings
from ptlib.errors import BadInput, PtlibError
from ptlib.specs import TransferSpec, TuneSettings


def form() -> None:
    """The whole page."""
    preset = parts.choice("Start from", list(plans.PRESETS), plans.ONE_CELL, "preset")
    st.markdown(plans.PRESETS[preset])
    if preset == plans.DECK:
        _deck_numbers()
    left, right = st.columns([3, 2], gap="large")
    with left:
        spec_of, plan = _what(preset)
        settings = _how(spec_of, preset)
    with right:
        _cost(spec_of, plan, settings)


def _deck_numbers() -> None:
    with st.container(border=True):
        st.markdown("**The deck's own numbers** (RoBERTa-base, accuracy; measured by the deck's authors, not by this app)")
        for column, (label, value) in zip(st.columns(3), plans.DECK_NUMBERS, strict=True):
            column.metric(label, f"{value:.2f} %")
        st.caption(
            "The deck's relative score is 100 × 72.13 / 74.10 = 97.3 %. On a demo backbone the same steps run on the "
            "analogous pair of "
            "generated tasks: the numbers will differ, the pattern can be compared."
        )


def _backbone(preset: str) -> BackboneSpec | None:
    options = {spec.id: spec for spec in all_backbones()}
    now = context.current()
    if not options:
        st.error(
            "No backbone is available: the demo's weights are missing. Make them with `python -m ptlib demo pretrain`.",
            icon=":material/error:",
        )
        return None
    first = now.backbone if now and now.backbone in options else next(iter(options))
    ids = list(options)
    chosen = st.selectbox(
        "Backbone",
        ids,
        index=ids.index(first),
        format_func=lambda i: options[i].name,
        key=f"lab_backbone_{first}",
        help="Demo backbones are on this machine. Others are downloaded from the Hugging Face Hub when the run starts.",
    )
    spec = options[chosen]
    if not spec.is_demo:
        st.caption(f"`{spec.location}` is fetched from the Hugging Face Hub, and so are its tasks. {spec.notes}")
    return spec


def _what(preset: str) -> tuple[BackboneSpec | None, Plan]:
    st.subheader("What", anchor=False)
    spec = _backbone(preset)
    tasks, now = data.task_index(), context.current()
    matrix = now.matrix if now and spec and now.backbone == spec.id else None
    usable = plans.usable_tasks(tasks, spec)
    if not usable:
        return spec, Plan((), (), ())
    pair = plans.deck_pair(tasks, spec.family, spec.is_demo)
    proposal = plans.propose(preset, matrix, now.source if now else None, now.target if now else None, usable, pair)
    if proposal.note:
        st.caption(proposal.note)
    token = f"{preset}|{spec.id}|{'+'.join(proposal.sources)}|{'+'.join(proposal.targets)}|{proposal.seeds}"
    first, second = st.columns(2)
    sources = first.multiselect(
        "Source prompts", usable, default=list(proposal.sources), format_func=data.task_name, key=f"sources|{token}"
    )
    targets = second.multiselect(
        "Target tasks", usable, default=list(proposal.targets), format_func=data.task_name, key=f"targets|{token}"
    )
    for column, chosen, what in ((first, sources, "source"), (second, targets, "target")):
        if not chosen:
            column.caption(f":red[Pick at least one {what}.]")
    seeds = st.multiselect(
        "Seeds",
        range(max(10, *(s + 1 for s in proposal.seeds))),
        default=list(proposal.seeds),
        key=f"seeds|{token}",
        format_func=lambda s: f"seed {s}",
        help="One prompt is tuned for each task and seed. Proposed: the first seed that nobody has run yet.",
    )
    if not seeds:
        st.caption(":red[Pick at least one seed.]")
    return spec, Plan(tuple(sources), tuple(targets), tuple(sorted(seeds)))


def _base_settings(spec: BackboneSpec) -> TuneSettings:
    now = context.current()
    if now and now.backbone == spec.id and now.recipe:
        known = data.recipes(now.fingerprint, spec.id).get(now.recipe)
        if known:
            return known
    return default_settings(spec)


def _how(spec: BackboneSpec | None, preset: str) -> TransferSpec | TuneSettings | None:
    if spec is None:
        return None
    st.subheader("How", anchor=False)
    base = _base_settings(spec)
    st.caption(
        f"{base.prompt_length} soft tokens, {base.steps} steps of {base.batch_size} examples, learning rate {base.lr:g}, "
        f"initialised from {_init_words(base.init)}: the settings of the map."
    )
    with st.expander("Change the settings", icon=":material/tune:"):
        return _settings_fields(spec, base)


def _init_words(init: str) -> str:
    return {"random": "random numbers", "vocab": "sampled vocabulary", "labels": "the label words"}.get(init, init)


def _settings_fields(spec: BackboneSpec, base: TuneSettings) -> TuneSettings | None:
    key, (a, b, c) = f"{spec.id}|{base.recipe}", st.columns(3)
    values = {
        "prompt_length": a.number_input("Soft tokens (P)", 1, 500, base.prompt_length, key=f"p|{key}"),
        "steps": b.number_input("Steps", 1, 100_000, base.steps, step=50, key=f"steps|{key}"),
        "batch_size": c.number_input("Batch size", 1, 512, base.batch_size, key=f"batch|{key}"),
        "lr": a.number_input("Peak learning rate", 1e-5, 10.0, base.lr, format="%.4g", step=base.lr / 5, key=f"lr|{key}"),
        "eval_every": b.number_input("Validate every … steps", 1, 10_000, base.eval_every, key=f"every|{key}"),
        "validation_size": c.number_input("Validation examples", 1, 10_000, base.validation_size, key=f"val|{key}"),
        "init": a.selectbox(
            "Initialisation",
            ["vocab", "random", "labels"],
            index=["vocab", "random", "labels"].index(base.init) if base.init in ("vocab", "random", "labels") else 0,
            format_func=_init_words,
            key=f"init|{key}",
        ),
        "train_size": b.number_input("Training examples (empty = all)", 1, 1_000_000, base.train_size, key=f"train|{key}"),
        "dtype": c.selectbox("Number format", ["fp32", "bf16"], index=["fp32", "bf16"].index(base.dtype), key=f"dtype|{key}"),
    }
    if spec.max_positions and values["prompt_length"] + 16 > spec.max_positions:
        a.caption(
            f":red[{spec.name} has {spec.max_positions} positions: {values['prompt_length']} soft tokens leave no room for "
            f"the text.]"
        )
        return None
    try:
        settings = TuneSettings(
            **{**{n: getattr(base, n) for n in ("warmup", "weight_decay", "patience", "max_tokens")}, **values}
        )
    except BadInput as error:
        st.caption(f":red[{error}]")
        return None
    if settings.recipe != base.recipe:
        st.caption(
            f"Changed settings make a map of their own (recipe `{settings.recipe}`); it is chosen in the sidebar once it has "
            f"results."
        )
    return settings


def _cost(spec: BackboneSpec | None, plan: Plan, settings: TuneSettings | None) -> None:
    st.subheader("Cost", anchor=False)
    warm = st.toggle(
        "Also start each target from the source's prompt",
        key="lab_warm",
        help="Transfer as initialisation: tunes every target once more, starting from every source's prompt.",
    )
    if spec is None or settings is None or not (plan.sources and plan.targets and plan.seeds):
        st.markdown("Complete the choices on the left; the estimate appears here.")
        st.button("Launch", type="primary", icon=":material/play_arrow:", disabled=True, key="launch_off")
        return
    run = TransferSpec(spec.id, plan.sources, plan.targets, plan.seeds, settings, warm_start=warm)
    _estimate(run)
    if any(job.id == run.id and job.state == "done" for job in jobs.listing()):
        st.success("This run is finished already. Launching opens its result.", icon=":material/check_circle:")
    if st.button("Launch", type="primary", icon=":material/play_arrow:", key="launch", width="stretch"):
        launch(run)
    st.caption("The same in a terminal")
    st.code(plans.command_line(run, spec), language="bash", wrap_lines=True)
    if plans.runs_more(run):
        st.caption("The command runs every pair of the tasks it names, so a few cells more than this proposal.")
    st.caption(f"Run id `{run.id}`: the same choices always have the same id, so nothing is computed twice.")


def _estimate(run: TransferSpec) -> None:
    try:
        found = jobs.estimate(run)
    except PtlibError as error:
        st.warning(str(error), icon=":material/info:")
        return
    a, b, c = st.columns(3)
    a.metric("Time", words.duration(found.seconds))
    b.metric("Prompts to tune", found.prompts_to_tune)
    c.metric("Cells to evaluate", found.cells_to_evaluate)
    ahead = len(jobs.active())
    queue = "Starts at once." if not ahead else f"{words.counted(ahead, 'run')} ahead of it in the queue."
    st.caption(f"{queue} Estimate: {found.basis}")


def launch(run: TransferSpec) -> None:
    """Queue the run, make sure that somebody works, and follow it."""
    names = {task: data.task_name(task) for task in (*run.sources, *run.targets)}
    try:
        job = jobs.enqueue(run, plans.title(run, names))
        jobs.start_worker()
    except PtlibError as error:
        st.error(str(error), icon=":material/error:")
        return
    frame.go("runs", run=job.id)
