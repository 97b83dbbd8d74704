"""The chosen cell of the matrix: what it says, its examples beside the target's own prompt, and a box for own sentences."""

import pandas as pd
import streamlit as st

from pages.common import address, context, data, parts
from pages.common.sentence import parts as sentence_parts
from pages.models import store_parts, view
from pages.models.choice_parts import Choice
from pages.models.store_parts import Look
from pages.models.view import Key, Slot
from ptlib.projection import stored
from ptlib.projection.spec import carried_name
from ptlib.transfer import flips

_EVERY = {"": "All"}


def _row_names(look: Look) -> dict[str, str]:
    more = {"random_tuned_norm": "Untrained, tuned length", "random": "Untrained"}
    names = {row.key: row.name if row.key[1] else f"Own prompt, {row.name.lower()}" for row in look.grid.rows}
    return {_spell(key): f"{more[key[0]]} {int(key[1]) + 1}" if key[0] in more else name for key, name in names.items()}


def _spell(key: Key) -> str:
    """A row's key as one word, as the address holds it."""
    return ":".join(key)


def clicked(key: str) -> None:
    """Callback of the matrix: make the clicked cell the chosen one."""
    found = context.clicked(key)
    if len(found) == 3:
        st.session_state["row"], st.session_state["column"] = _spell((found[0], found[1])), found[2]


def _first(look: Look) -> tuple[str, str]:
    """The cell to begin with: an unseen task's own prompt, else the first one."""
    target = view.main_part(look.parts).targets[0]
    row = next((row for row in look.grid.rows if row.key == ("task", target)), look.grid.rows[0])
    return _spell(row.key), target


def chosen(look: Look) -> tuple[Key, str]:
    """The chosen cell as the controls below the matrix hold it."""
    row, column = (st.session_state.get(name) for name in ("row", "column"))
    first = _first(look)
    known = {_spell(one.key): one.key for one in look.grid.rows}
    targets = {one.key[1] for one in look.grid.columns}
    return known[row if row in known else first[0]], column if column in targets else first[1]


def section(choice: Choice, look: Look) -> None:
    """The chosen cell, by click or by these two boxes."""
    st.header("What is behind a cell", anchor=False)
    first = _first(look)
    rows = {_spell(row.key): row for row in look.grid.rows}
    columns = {column.key[1]: column.name for column in look.grid.columns}
    one, two, three = st.columns([2, 2, 2])
    with one:
        row = rows[address.select("Prompt that is carried", "row", _row_names(look), first[0])]
    with two:
        target = address.select("Target task", "column", columns, first[1])
    cell = view.cell_at(look.projection.matrix, row.key, target)
    if cell is None:
        st.markdown(view.cell_reading(look.names, row, look.projection.matrix, target))
        return
    with three:
        seed = int(address.select("Held-out seed", "held", {str(seed): f"seed {seed}" for seed in cell.seeds}))
    st.markdown(view.cell_reading(look.names, row, look.projection.matrix, target))
    _examples(choice, look, row, target, seed)
    _own_sentence(choice, look, row, target, seed)


def _examples(choice: Choice, look: Look, row: Slot, target: str, seed: int) -> None:
    """Answers under the projected prompt, beside those of the target's own prompt of the same seed where there is one."""
    answers = stored.examples(look.projection, data.catalogue(), row.key[0], row.key[1] or target, target, seed=seed)
    if answers is None:
        st.markdown("The examples of this cell are not on this machine.")
        return
    table = _beside_own(choice, target, seed, answers)
    counts = flips.counts(table) if "quadrant" in table else {}
    if counts:
        st.markdown(f"Seed {seed}: {flips.reading(counts).replace('reused', 'projected')}")
        names = _EVERY | {key: f"{word} ({counts[key]})" for key, word in flips.WORDS.items()}
    else:
        wrong = int((~table.right).sum())
        names = _EVERY | {"wrong": f"Wrong ({wrong})", "right": f"Right ({len(table) - wrong})"}
    shown = address.choice("Examples", "flips", names)
    if counts:
        table = table[table.quadrant == shown] if shown else table
    else:
        table = table[table.right == (shown == "right")] if shown else table
    titles = {"gold": "Truth", "own": "Own", "reused": "Projected", "predicted": "Projected"}
    change, alt = "the projected prompt minus that of the own prompt", f"{len(table)} examples of the chosen cell"
    height, file = min(38 + 35 * len(table), 260), f"cell-{look.projection.spec.id}"
    parts.answer_table(table, titles, change, "cell_rows", alt, height=height, box="models", file=file)


def _beside_own(choice: Choice, target: str, seed: int, answers: pd.DataFrame) -> pd.DataFrame:
    prompt = store_parts.prompts(choice.fingerprint, choice.wish.target).get((target, seed))
    own = data.predictions(choice.fingerprint, prompt, target) if prompt else None
    if own is None:
        return answers
    mine = answers.assign(example_id=answers["id"].astype(str), score=answers.right.astype(float))
    mine = mine[["example_id", "gold", "predicted", "score", "margin"]]
    return flips.join(own.astype({"example_id": str}), mine, answers[["id", "text_a", "text_b"]])


def _own_sentence(choice: Choice, look: Look, row: Slot, target: str, seed: int) -> None:
    """One's own sentence under the projected and the own prompt, or why this prompt cannot be asked."""
    st.markdown("**Try your own sentence under this prompt**")
    task = data.task_index().get(target)
    prompt = store_parts.prompts(choice.fingerprint, choice.wish.source).get((row.key[1], seed))
    if row.key[0] != "task" or task is None or prompt is None:
        st.caption("Only prompts of a source task can be asked; choose such a row.")
    elif seed not in look.has_projectors:
        st.caption(
            "Of this projection only the results are stored, not the projectors themselves (the demo keeps those of its default "
            "recipe). Run it here to ask it, or choose the default recipe on one task."
        )
    else:
        prompts = {"projected": carried_name(look.projection.spec, seed, prompt)}
        own = store_parts.prompts(choice.fingerprint, choice.wish.target).get((target, seed))
        prompts |= {"own": own} if own else {}
        asked = sentence_parts.Asked("models", choice.wish.target, task, prompts)
        sentence_parts.box(asked, data.first_texts(choice.fingerprint, target))
