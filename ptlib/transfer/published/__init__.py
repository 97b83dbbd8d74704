"""Tables that others published, copied as facts: the deck's and those of the paper's public code. None was measured by us.

"Deck" is the slide deck of "On Transferability of Prompt Tuning for Natural Language Processing" (Su et al., NAACL 2022),
"code" the result folder of github.com/thunlp/Prompt-Transferability, version 1.0 (MIT licence). Rows are sources, columns
targets, numbers percent. Spellings of tasks are mapped to our ids; the random prompt's row is `untrained_uniform`, since the
code draws it evenly from [0, 1).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import pandas as pd

from ptlib.base.errors import unknown
from ptlib.tasks.names import RANDOM, is_reference, task_id

Metric = Literal["relative", "absolute"]
RELATIVE: Final = "relative"
ABSOLUTE: Final = "absolute"
TRANSFER: Final = "transfer"
CROSS_MODEL: Final = "cross_model"
_DECK = 'Slide deck of "On Transferability of Prompt Tuning for NLP" (Su et al., NAACL 2022)'
_CODE = "Result folder of github.com/thunlp/Prompt-Transferability, version 1.0 (MIT licence, © 2022 Yusheng Su)"
_ROWS = "Deck and code use different training runs for the rows IMDB, QNLI and MNLI: single cells differ by up to 82 points."
_SNLI = "MNLI to SNLI is 62 on the slides and 94 in the code's results; 62 is probably misread from the picture."
_SAMPLED = (
    "The code scores a random part of the evaluation split (for SST-2 832 of 872 examples), and the checkpoint was "
    "chosen by hand on that split. One run a cell, no seeds."
)
_BLEU = (
    "SQuAD, NQ-Open, Multi-News and SAMSum are rounded-down smoothed BLEU, neither exact match nor ROUGE; some of their "
    "scores are so small that relative values mean little."
)
_NO_RANDOM = "The random prompt's row is missing: the published code cannot run it for this model."


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedTable:
    """One table, what it shows, where it is from, and what is doubtful about it."""

    id: str
    name: str
    backbone: str
    """Id of the backbone the prompts are used on."""
    metric: Metric
    """relative = 100 x transfer / own, in percent; absolute = score in percent."""
    source: str
    file: str
    doubts: tuple[str, ...] = ()
    note: str = ""
    kind: Literal["transfer", "cross_model"] = "transfer"
    """transfer: square, with reference rows; cross_model: rows are ways to bring a prompt from another model."""

    def load(self, references: bool = True) -> pd.DataFrame:
        """The table in percent: rows sources (cross_model: descriptions), columns target task ids; NaN = not published.

        references: keep the random prompt's row.
        """
        frame = pd.read_csv(Path(__file__).with_name(self.file), index_col=0)
        texts = [name for name in frame if frame[name].dtype.kind not in "fi" and frame[name].notna().any()]
        if self.kind == CROSS_MODEL:
            ways = frame[texts].fillna("").agg(lambda row: ", ".join(filter(None, row)), axis=1) if texts else frame.index
            frame.index = [str(way or row) for way, row in zip(ways, frame.index, strict=True)]
            frame.index.name = "row"
        else:
            frame.index = [RANDOM if is_reference(row) else task_id(row) for row in frame.index]
            frame.index.name = "source"
        frame = frame.drop(columns=texts).rename(columns=task_id).astype(float)
        frame.columns.name = "target"
        frame = frame.dropna(how="all")
        return frame if references or self.kind == CROSS_MODEL else frame.drop(index=RANDOM, errors="ignore")

    def long(self) -> pd.DataFrame:
        """One row a cell that was published: columns source, target, value (percent)."""
        frame = self.load()
        return frame.rename_axis("source").reset_index().melt("source", var_name="target").dropna(ignore_index=True)


_BACKBONES = {
    "roberta_base": ("FacebookAI/roberta-base", "RoBERTa-base"),
    "roberta_large": ("FacebookAI/roberta-large", "RoBERTa-large"),
    "t5_small": ("google-t5/t5-small", "T5-small"),
    "t5_base": ("google-t5/t5-base", "T5-base"),
    "t5_xxl": ("google/t5-xxl-lm-adapt", "T5-XXL"),
}


def _code_tables() -> Iterable[PublishedTable]:
    """Four backbones, relative and absolute, and RoBERTa-base with ordinary position embeddings."""
    for key in ("roberta_base", "roberta_large", "t5_base", "t5_small", "roberta_base_with_position_emb"):
        backbone, name = _BACKBONES[key.removesuffix("_with_position_emb")]
        positions = key.endswith("_with_position_emb")
        doubts = (
            _SAMPLED,
            *((_BLEU,) if key.startswith("t5") else ()),
            *((_ROWS, _SNLI, _NO_RANDOM) if key == "roberta_large" else ()),
        )
        files: dict[Metric, str] = {RELATIVE: f"code_relative_{key}.csv", ABSOLUTE: f"code_abs_{key}.csv"}
        for metric, file in files.items():
            yield PublishedTable(
                id=f"code-{key.replace('_', '-')}-{metric}",
                backbone=backbone,
                metric=metric,
                source=_CODE,
                file=file,
                doubts=doubts,
                name=f"{name}{', with position embeddings' if positions else ''}: the code's results, {metric}",
                note="Soft tokens get ordinary position embeddings here; the main results set those of the first 100 positions "
                "to zero."
                if positions
                else "",
            )


TABLES: tuple[PublishedTable, ...] = (
    PublishedTable(
        id="deck-roberta-large",
        name="RoBERTa-large: the slides' map, relative",
        backbone="FacebookAI/roberta-large",
        metric=RELATIVE,
        source=_DECK,
        file="deck_relative_roberta_large.csv",
        doubts=(_SNLI, _ROWS),
    ),
    PublishedTable(
        id="deck-t5-xxl",
        name="T5-XXL: the slides' map, relative",
        backbone="google/t5-xxl-lm-adapt",
        metric=RELATIVE,
        source=_DECK,
        file="deck_relative_t5_xxl.csv",
        doubts=(
            "Whole numbers, so every cell is known to half a point only.",
            "Which checkpoint of T5-XXL was used is not stated; its shapes are those of the v1.1 family.",
        ),
    ),
    *_code_tables(),
    PublishedTable(
        id="deck-cross-model",
        name="RoBERTa to T5-XXL: the slides' cross-model table",
        metric=ABSOLUTE,
        backbone="google/t5-xxl-lm-adapt",
        source=_DECK,
        file="deck_cross_model_roberta_to_t5xxl.csv",
        kind=CROSS_MODEL,
        note="Zero-shot. Minimising the distance repeats the training task only; tuning on the task carries over to "
        "tasks of its kind and not to others.",
    ),
    PublishedTable(
        id="code-cross-model",
        name="Cross-model results of the code",
        backbone="",
        metric=ABSOLUTE,
        source=_CODE,
        file="code_cross_model.csv",
        kind=CROSS_MODEL,
        doubts=(_SAMPLED, "Which tasks a projector was trained on is not recorded; it is inferred from the scores."),
        note="Each row names the model that the prompts are used on.",
    ),
)
"""The deck's tables first, then the code's."""


def tables(kind: str = TRANSFER) -> tuple[PublishedTable, ...]:
    """All tables of one kind."""
    return tuple(table for table in TABLES if table.kind == kind)


def table(id: str) -> PublishedTable:
    """A table by id. Raises BadInput with the closest known one."""
    known = {table.id: table for table in TABLES}
    if id not in known:
        raise unknown("published table", id, known)
    return known[id]
