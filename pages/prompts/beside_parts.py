"""A hand-written and a soft prompt side by side on the same examples. Part of the Prompts page."""

import pandas as pd
import streamlit as st

from pages.common import address, data, parts, words
from pages.common.context import Context
from ptlib.transfer import flips

WORDS = {
    "gained": "Only soft right",
    "lost": "Only hand-written right",
    "both": "Both right",
    "neither": "Both wrong",
}


def section(now: Context) -> None:
    """Counts in a sentence, and the examples behind them."""
    name = now.names[now.target]
    st.header(f"Hand-written and soft prompt on {name}", anchor=False)
    task, spec = data.task_index().get(now.target), data.backbone(now.backbone)
    told = task.hand_written.get(spec.family, "") if task and spec else ""
    if told:
        st.markdown(
            f"Hand-written: “{words.literal(told)}”. Soft: {words.owner(name)} own tuned vectors, which no text spells out."
        )
    table = _table(now)
    if table is None:
        st.markdown(
            "The hand-written prompt or the task's own soft prompt was not measured here, or its predictions are not stored. "
            "Run the task with the hand-written row in the Lab."
        )
        return
    numbers = flips.counts(table)
    st.markdown(_reading(numbers, name))
    labels = {key: f"{word} ({numbers[key]})" for key, word in WORDS.items()}
    first = next((key for key in WORDS if numbers[key]), "gained")
    shown = address.choice("Examples", "which", WORDS, first, bare=True)
    titles = {"gold": "Truth", "hand_written": "Hand-written says", "soft": "Soft says"}
    change = "the soft prompt minus that of the hand-written one"
    parts.answer_table(table[table.quadrant == shown], titles, change, "beside_rows", labels[shown], height=420)
    parts.save_menu(table, f"hand-written and soft {now.target}".replace("/", " "), "beside", _reading(numbers, name))


def _table(now: Context) -> pd.DataFrame | None:
    own, hand = now.matrix.get(now.target, now.target), now.matrix.get("hand_written", now.target)
    if own is None or hand is None or not own.run_ids or not hand.run_ids:
        return None
    first, second = (data.predictions(now.fingerprint, cell.run_ids[0], now.target) for cell in (hand, own))
    if first is None or second is None:
        return None
    return flips.join(first, second, data.examples(now.fingerprint, now.target)).rename(
        columns={"own": "hand_written", "reused": "soft", "own_margin": "hand_written_margin", "reused_margin": "soft_margin"}
    )


def _reading(numbers: dict[str, int], name: str) -> str:
    total = max(sum(numbers.values()), 1)
    hand, soft = numbers["both"] + numbers["lost"], numbers["both"] + numbers["gained"]
    return (
        f"Of {total} examples of {name} the hand-written prompt has {hand} right ({words.percent(hand / total)}), the soft one "
        f"{soft} ({words.percent(soft / total)}): {numbers['gained']} only the soft one, {numbers['lost']} only the "
        "hand-written one. First seed of the soft prompt."
    )
