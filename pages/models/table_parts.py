"""Tables of the Cross-model page: the rows that always stand, the deck's table beside ours, the fits, JSON."""

import json
from dataclasses import asdict
from functools import partial

import pandas as pd
import streamlit as st

from pages.common import data, parts, words
from pages.models import run_parts, store_parts, table_view
from pages.models.choice_parts import Choice
from pages.models.store_parts import Look
from ptlib.projection.fitting import published as left_out
from ptlib.projection.methods import methods as methods_of
from ptlib.transfer import published


def standing(look: Look) -> None:
    """Own, untrained, other maps and controls as numbers, for every set of targets."""
    st.header("What it has to beat", anchor=False)
    table = table_view.standing(look.projection.matrix, look.parts)
    parts.table(table, "Gain kept by own prompts through every map, and by the controls")
    st.caption(
        "Gain kept with its 95 % interval. Own: the target's own prompt, 100 % by definition; untrained: 0 %. Prompts through "
        "the vocabulary map, relative space and anchors need no training."
    )
    with st.container(horizontal=True):
        parts.save_menu(table, f"standing-{look.projection.spec.id}", "standing", "Gain kept by own prompts and by controls")
        told = table_view.as_json(look.projection, look.parts)
        file, write = f"projection-{look.projection.spec.id}.json", partial(json.dumps, told, indent=1, ensure_ascii=False)
        parts.save("All of it (JSON)", write, file, key="projection_json", type="tertiary")


def methods(look: Look) -> None:
    """A paragraph for a report."""
    box = parts.drawer("Methods, for a report", ":material/article:", "methods_open")
    if box is not None:
        box.code(methods_of(look.projection, data.task_name), language=None, wrap_lines=True)


def deck(choice: Choice) -> None:
    """The deck's table of scores, and ours in the same form: one row a projector."""
    box = parts.drawer("The slides' cross-model table beside ours", ":material/menu_book:", "deck_open")
    if box is None:
        return
    with box:
        wish = choice.wish
        st.markdown(f"**Ours, {data.backbone_name(wish.source)} to {data.backbone_name(wish.target)}** (scores in percent)")
        looks = [store_parts.look(choice.fingerprint, one)
                 for one in store_parts.specs(choice.fingerprint, wish.source, wish.target)]  # fmt: skip
        table = table_view.scores([look.projection for look in looks if look], data.task_name)
        if table.empty:
            st.markdown("Nothing was fitted between these two models yet.")
        else:
            _scores(table, "Scores of own prompts through every stored projector, percent", table_view.WAY, table_view.ON)
            parts.save_menu(table, "projectors", "ours", "Scores of own prompts through every stored projector")
        st.caption("Own prompt of a seed that the fit has not seen, zero-shot on each target, mean over held-out seeds.")
        theirs = published.table("deck-cross-model")
        st.markdown(f"**{theirs.name}** (scores in percent)")
        frame = theirs.load().rename(columns=data.task_name).round(1).reset_index(names=table_view.WAY)
        _scores(frame, f"{theirs.name}, percent", table_view.WAY)
        st.caption(
            f"Source: {theirs.source}. {theirs.note} Other models and tasks than ours: compare the pattern, not the numbers."
        )


def published_prompts() -> None:
    """What distance minimising does to prompts that others published."""
    box = parts.drawer("Published prompts: T5-base to RoBERTa-base", ":material/inventory_2:", "published_open")
    if box is None:
        return
    with box:
        st.markdown(left_out.VERDICT)
        look = {name: st.column_config.NumberColumn(format="%.2f") for name in ("left out", "low", "high", "fitted")}
        parts.table(left_out.measured(), "Errors of left-out prompts by form of distance minimising", column_config=look)
        st.caption(
            "Distance minimising on pairs of prompts: squared distance to the left-out prompt over that of the mean of the "
            "others (below 1 is better), mean over tasks with its 95 % interval; fitted: the same on the prompts it was fitted "
            "on. Size made equal: every prompt has a root mean square of 1. "
            f"Source: {left_out.SOURCE}, with `{left_out.COMMAND}`."
        )


def _scores(table: pd.DataFrame, alt: str, *words_: str) -> None:
    """A wide table of numbers: narrow columns, what the rows are stays in view."""
    look = {name: st.column_config.NumberColumn(format="%.1f", width=84) for name in table if name not in words_}
    look |= {words_[0]: st.column_config.TextColumn(pinned=True, width=230)}
    look |= {name: st.column_config.TextColumn(width=110) for name in words_[1:]}
    parts.table(table, alt, column_config=look, height="content")


def details(look: Look) -> None:
    """What was told of every fit."""
    box = parts.drawer("The fits", ":material/notes:", "fits_open")
    if box is None:
        return
    with box:
        rows = [{"held-out seed": seed, **told} for seed, told in sorted(look.projection.told.items())]
        told = pd.DataFrame(rows).rename(columns=lambda name: name.replace("_", " "))
        parts.table(told, "Scale, loss and time of every fit")
        spec = {name: value for name, value in asdict(look.projection.spec).items() if value not in ((), None)}
        settings = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in spec.items() if not isinstance(value, tuple))
        st.caption(words.literal(f"Run {look.projection.spec.id}, from {look.projection.origin}. {settings}."))
        run_parts.command(look.projection.spec)
