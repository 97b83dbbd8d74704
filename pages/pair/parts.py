"""Parts of the Pair page, in reading order."""

from functools import partial

import pandas as pd
import streamlit as st

from pages.common import address, analyses, cautions, charts, context, data, frame, parts, words
from pages.common.context import Context
from pages.common.sentence import parts as sentence_parts
from pages.pair import charts as pair_charts
from pages.pair import input_view
from pages.transfer import cell_parts, warm_charts, warm_parts
from ptlib.prompts.soft import SoftPrompt
from ptlib.results.answers import SECOND, SECOND_NAMES
from ptlib.transfer import flips


def head(now: Context) -> None:
    """What is compared, in one sentence, and the way to a run of one's own."""
    names = now.names
    parts.header(f"{names[now.source]} → {names[now.target]}")
    st.markdown(parts.reading(now))
    if now.cell is not None:
        parts.seeds_and_runs(now)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            "Run this for real",
            key="pair_run",
            type="primary",
            icon=":material/science:",
            help="Opens the Lab with this cell filled in and a seed that has not been run.",
            on_click=parts.run_this,
        )
        st.page_link(frame.script("transfer"), label="Back to the map", icon=":material/grid_on:")
    _not_learnable(now)
    cautions.beside_result(now.source, now.target, now.backbone, parts.own_runs(now))


def _not_learnable(now: Context) -> None:
    own, base = now.matrix.get(now.target, now.target), now.matrix.get("untrained", now.target)
    name = now.names[now.target]
    if own is None:
        st.info(
            f"No prompt was tuned on {name} with these settings yet, so there is nothing to compare a reused prompt with. "
            "Run it in the Lab.",
            icon=":material/info:",
        )
    elif base is not None and not words.known(own.gain_kept):
        st.warning(
            f"It is not clear that {name} can be learned here: on {words.counted(own.n_examples, 'example')} its own prompt "
            f"({words.percent(own.score, 1)} {words.interval(own.low, own.high, digits=1)}) is not clearly better than an "
            f"untrained one ({words.percent(base.score, 1)}), so gain kept has no meaning for this column.",
            icon=":material/rule:",
        )


def scores_and_curves(now: Context) -> None:
    """The dumbbell, and how the target's own prompt was learned."""
    left, right = parts.row(460, 408)
    with left:
        st.header("Scores", anchor=False)
        rows = [*cell_parts.conditions(now), *warm_parts.conditions(now)]
        rows.sort(key=lambda c: ("untrained", "hand_written", "transfer", "warm", "own").index(c.key))
        if rows:
            caption = (
                "Line: 95 % interval (dotted: one seed, over examples only). Shaded: from untrained to own prompt, the gain "
            )
            cell_parts.scores(now, rows, "pair_scores", caption + "that a reused prompt can keep.")
            _second(now)
        else:
            st.markdown("Nothing has been measured on this target yet.")
    with right:
        _curves(now)
        warm_parts.beside_pair(now)


def _second(now: Context) -> None:
    """Second scores of the same answers: classes one by one, F1 where the task declares it, token F1 and ROUGE."""
    names = now.names
    cells = [now.matrix.get(source, now.target) for source in dict.fromkeys(("untrained", now.source, now.target))]
    rows = {names[cell.source]: now.matrix.second(cell) for cell in cells if cell is not None}
    table = pd.DataFrame.from_dict(rows, orient="index", columns=list(SECOND)).dropna(axis=1, how="all").mul(100)
    if table.empty:
        return
    shown = {name: st.column_config.NumberColumn(SECOND_NAMES[name], format="%.1f %%") for name in table.columns}
    st.dataframe(table.rename_axis("Prompt of"), column_config=shown, alt=f"Second scores on {names[now.target]}")
    st.caption("From the same stored answers, means over seeds. Commonest class: what always answering it would give.")


def _curves(now: Context) -> None:
    """Validation while the target's own prompt was tuned; beside it the levels to beat."""
    name = now.names[now.target]
    st.header(f"How {words.owner(name)} own prompt was learned", anchor=False)
    own = now.matrix.get(now.target, now.target)
    mine = _seed_curves(now, dict(zip(own.seeds, own.run_ids, strict=False))) if own else {}
    source, warm = now.names[now.source], warm_parts.prompts(now)
    started = _seed_curves(now, {f"{row.seed}, started from {source}": row.prompt_id for row in warm.itertuples()})
    curves = mine | started
    if not curves:
        st.markdown("No learning curve is stored for this task.")
        return
    x = address.choice("Against", "curve_x", {"step": "Steps", "seconds": "Seconds"}, bare=True)
    styles = warm_charts.curve_styles(mine, started, source, parts.colours())
    table = pd.concat([frame_.assign(series=series) for series, frame_ in curves.items()])
    ends = [frame_.validation.dropna().iloc[-1] for frame_ in curves.values() if frame_.validation.notna().any()]
    takeaway = f"Validation score of {name} rises to {words.percent(max(ends), 1)}" if ends else "Learning curve"
    parts.chart(
        charts.curves_figure(curves, parts.colours(), charts.untrained_level(mine), x=x, styles=styles),
        "pair_curves",
        takeaway,
        table,
        caption="Validation examples are cut from the training side; evaluation examples are never seen in tuning. No smoothing.",
    )


def _seed_curves(now: Context, prompts: dict[object, str]) -> dict[str, pd.DataFrame]:
    found = {}
    for seed, prompt_id in prompts.items():
        frame_ = data.curve(now.fingerprint, prompt_id)
        if len(frame_):
            found[f"seed {seed}"] = frame_
    return found


def flip_browser(now: Context) -> None:
    """Four quadrants and the examples behind them."""
    st.header("Which examples flip", anchor=False)
    pairs = flips.prompt_pairs(now.matrix, now.source, now.target)
    if now.source == now.target or not pairs:
        st.markdown(
            "This is the task's own prompt: choose another source to see what changes."
            if now.source == now.target
            else "The own and the reused prompt share no seed yet, so their answers cannot be laid side by side."
        )
        return
    seed = next(iter(pairs))
    if len(pairs) > 1:
        seed = int(address.choice("Seed", "seed", {str(number): f"seed {number}" for number in pairs}, bare=True))
    own, reused = (data.predictions(now.fingerprint, prompt_id, now.target) for prompt_id in pairs[seed])
    if own is None or reused is None:
        st.warning(
            "The predictions of this pair are not stored, or were damaged and left out. Run the cell again in the Lab.",
            icon=":material/report:",
        )
        return
    table = flips.join(own, reused, data.examples(now.fingerprint, now.target))
    _quadrants(table)


def _quadrants(table: pd.DataFrame) -> None:
    numbers = flips.counts(table)
    st.markdown(flips.reading(numbers))
    left, right = parts.row(248, 620)
    labels = {key: f"{word} ({numbers[key]})" for key, word in flips.WORDS.items()}
    first = next((key for key in flips.WORDS if numbers[key]), "lost")
    with right:
        shown = address.choice("Examples", "flip", flips.WORDS, first, bare=True)
        _example_table(table[table.quadrant == shown], labels[shown])
    with left:
        parts.chart(
            pair_charts.quadrant_figure(numbers, parts.colours(), shown),
            "quadrants",
            flips.reading(numbers),
            table.drop(columns=["text_b"]) if not table.text_b.fillna("").any() else table,
            on_click=partial(context.take_click, "flip"),
            file="flips",
        )


def _example_table(rows: pd.DataFrame, title: str) -> None:
    """The examples of a quadrant; a chosen row goes into the box for own sentences."""
    titles, alt = {"gold": "Truth", "own": "Own", "reused": "Reused"}, f"{title}, sorted by the size of the margin change"
    change = "the reused prompt minus that of the own prompt"
    parts.answer_table(rows, titles, change, "flip_rows", alt, box="own", height=236)


def own_sentence(now: Context) -> None:
    """One's own sentence under both prompts."""
    st.header("Try your own sentence", anchor=False)
    task, pairs = data.task_index().get(now.target), flips.prompt_pairs(now.matrix, now.source, now.target)
    if task is None or not pairs:
        st.markdown("Both prompts have to exist before they can answer. Run this cell in the Lab.")
        return
    own, reused = next(iter(pairs.values()))
    prompts = {"own": own} if now.source == now.target else {"own": own, "transfer": reused}
    first = analyses.tuned(now.fingerprint, now.backbone, now.recipe).drop_duplicates("task")
    everyone = {data.task_name(row.task): row.prompt_id for row in first.itertuples()}
    asked = sentence_parts.Asked("own", now.backbone, task, prompts, everyone)
    sentence_parts.box(asked, data.first_texts(now.fingerprint, now.target))


def _take_along(now: Context) -> None:
    """Both prompts of the pair as stock PEFT adapters."""
    first = analyses.tuned(now.fingerprint, now.backbone, now.recipe).drop_duplicates("task").set_index("task").prompt_id
    for task in dict.fromkeys((now.source, now.target)):
        if task in first:
            file = f"{now.names[task]} adapter.zip".replace("/", " ")
            more = {"key": f"adapter_{task}", "type": "tertiary"}
            parts.save(f"{words.owner(now.names[task])} prompt (PEFT)", partial(_adapter, first[task]), file, **more)


def _adapter(prompt_id: str) -> bytes:
    info = data.catalogue().prompt(prompt_id)
    assert info is not None, "a prompt of the map without its record"
    return SoftPrompt(data.catalogue().values(prompt_id), info).zipped()


def input_structure(now: Context) -> None:
    """What the frozen model really reads."""
    box = parts.drawer("What the model reads", ":material/data_object:", "pair_input_open")
    if box is not None:
        with box:
            _input_structure(now)


def _input_structure(now: Context) -> None:
    task, spec = data.task_index().get(now.target), data.backbone(now.backbone)
    settings = data.recipes(now.fingerprint, now.backbone).get(now.recipe or "")
    if task is None or spec is None or settings is None:
        st.markdown("The description of this task or backbone is not on this machine.")
        return
    text_a, text_b = data.first_texts(now.fingerprint, now.target)
    built = input_view.structure(task, spec.family, settings.prompt_length, text_a or "text_a", text_b)
    left, right = st.columns([2, 5], gap="large")
    with left:
        st.metric(
            "Soft prompt",
            f"[{settings.prompt_length}, {spec.width}]",
            help="Soft tokens × width of the model: the only numbers that "
            "are tuned. They stand before the input; the model itself is frozen.",
        )
        st.caption(
            f"{settings.prompt_length} soft tokens × {spec.width} numbers = {settings.prompt_length * spec.width:,} tuned values"
        )
        _take_along(now)
    with right:
        st.markdown("Template")
        st.code(built.template, language=None, wrap_lines=True)
        st.markdown("One example of the target task, rendered")
        st.code(built.rendered, language=None, wrap_lines=True)
        st.caption(input_view.scoring(task, spec.family))
        if built.answers:
            st.caption("Answer words: " + " · ".join(words.literal(f"{word} = {label}") for label, word in built.answers))
