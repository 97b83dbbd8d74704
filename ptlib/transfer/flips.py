"""Which examples flip when a prompt is replaced by a reused one. Pure; no Streamlit."""

import pandas as pd

from ptlib.tasks.names import REFERENCE_ROWS
from ptlib.transfer.matrix import TransferMatrix

RIGHT = 0.5
"""An answer counts as right from this score on (classification and exact match: 0 or 1; ROUGE-L: a middling summary)."""
WORDS = {"lost": "Lost", "gained": "Gained", "both": "Both right", "neither": "Both wrong"}
"""Quadrants in the order in which they are worth reading."""


def prompt_pairs(matrix: TransferMatrix, source: str, target: str) -> dict[int, tuple[str, str]]:
    """Seed -> (own prompt, reused prompt), ids, for the seeds that both have; a single reference is paired with every seed."""
    own, cell = matrix.get(target, target), matrix.get(source, target)
    if own is None or cell is None:
        return {}
    mine = dict(zip(own.seeds, own.run_ids, strict=False))
    theirs = dict(zip(cell.seeds, cell.run_ids, strict=False))
    if len(theirs) == 1 and source in REFERENCE_ROWS:
        theirs = dict.fromkeys(mine, next(iter(theirs.values())))
    return {seed: (mine[seed], theirs[seed]) for seed in mine if seed in theirs}


def join(own: pd.DataFrame, reused: pd.DataFrame, examples: pd.DataFrame) -> pd.DataFrame:
    """Put the predictions of both prompts beside the texts, one row an example that both have answered.

    Returns:
        Columns id, text_a, text_b, gold, own, reused, quadrant, own_margin, reused_margin, change; largest change first.
    """
    both = own.merge(reused, on="example_id", suffixes=("_own", "_reused"))
    table = pd.DataFrame(
        {
            "id": both.example_id,
            "gold": both.gold_own,
            "own": both.predicted_own,
            "reused": both.predicted_reused,
            "quadrant": [_quadrant(a >= RIGHT, b >= RIGHT) for a, b in zip(both.score_own, both.score_reused, strict=True)],
        }
    )
    measure = "margin" if "margin_own" in both and both.margin_own.notna().any() else "score"
    table["own_margin"], table["reused_margin"] = both[f"{measure}_own"], both[f"{measure}_reused"]
    table["change"] = table.reused_margin - table.own_margin
    texts = examples[["id", "text_a", "text_b"]].astype({"id": str})
    table = table.astype({"id": str}).merge(texts, on="id", how="left")
    return table.sort_values("change", key=lambda c: -c.abs(), kind="stable").reset_index(drop=True)


def _quadrant(own_right: bool, reused_right: bool) -> str:
    if own_right:
        return "both" if reused_right else "lost"
    return "gained" if reused_right else "neither"


def damaged(table: pd.DataFrame, count: int = 3) -> pd.DataFrame:
    """The examples that the reused prompt lost with the largest fall of its margin; columns as `join` gives them."""
    return table[table.quadrant == "lost"].sort_values("change", kind="stable").head(count)


def flipped(table: pd.DataFrame, count: int = 3) -> pd.DataFrame:
    """The examples whose answer changed between right and wrong, largest change first."""
    return table[table.quadrant.isin(("lost", "gained"))].head(count)


def counts(table: pd.DataFrame) -> dict[str, int]:
    """Examples in each quadrant."""
    found = table.quadrant.value_counts()
    return {key: int(found.get(key, 0)) for key in WORDS}


def reading(numbers: dict[str, int]) -> str:
    """What the four numbers say."""
    total = sum(numbers.values())
    if not total:
        return "No example was answered by both prompts."
    lost, gained = numbers["lost"], numbers["gained"]
    if lost == gained == 0:
        return f"Both prompts are right and wrong on exactly the same of the {total} examples."
    side = (
        "loses more than it gains"
        if lost > gained
        else "gains more than it loses"
        if gained > lost
        else "loses as much as it gains"
    )
    return (
        f"Of {total} examples the reused prompt loses {lost} that the own prompt had right and gains {gained}: it {side}. "
        f"They agree on {total - lost - gained}."
    )
