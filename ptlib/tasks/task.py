"""Tasks as data: what is asked, how it is rendered, which words answer it, where the examples come from.

A classification example is read at one position: the masked LM's `<mask>` or the T5 decoder's first steps.
Layout (ptlib.models.positions): masked LM `[p1 .. pP] <s> <mask> text_a </s></s> text_b </s>`;
T5 `[p1 .. pP] <t5_template filled in> </s>` in the encoder.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from ptlib.base.errors import BadInput, unknown

Kind = Literal["classification", "extractive_qa", "open_qa", "summarisation"]
Metric = Literal["accuracy", "exact_match", "rouge_l"]
USUAL_TEXT, LONG_TEXT = 128, 384
"""Longest text in tokens by default; 384 for questions about passages and for summaries, as published (paper 1.4)."""
MASKED_LM, T5 = "mlm", "t5"
FAMILY_NAMES = MappingProxyType(
    {
        "sentiment": "Sentiment",
        "inference": "Inference",
        "ethics": "Ethics",
        "paraphrase": "Paraphrase",
        "question_answering": "Question answering",
        "summarisation": "Summarisation",
        "own": "Own tasks",
    }
)
FAMILIES = tuple(FAMILY_NAMES)


@dataclass(frozen=True, slots=True)
class Example:
    """One example, already reduced to what every model family needs."""

    id: str
    text_a: str
    text_b: str = ""
    label: int | None = None
    """Index into `Task.labels`; None for generation tasks."""
    targets: tuple[str, ...] = ()
    """Accepted answers (QA) or the one reference (summaries); empty for classification."""


@dataclass(frozen=True, slots=True)
class HubFiles:
    """One place on the Hugging Face Hub that holds the splits of a task."""

    repo: str
    files: Mapping[str, tuple[str, ...]]
    """Split name -> file names in the repository; `*` in a name is looked up in the repository's listing."""
    revision: str = "main"
    note: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    """Column here -> column of the task, where this place names them differently."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """Everything the tool knows about a task; nothing here is computed from data."""

    id: str
    name: str
    family: str
    kind: Kind = "classification"
    description: str = ""
    labels: tuple[str, ...] = ()
    """Class names by label index; empty for generation."""
    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Verbalizer: model family ("mlm", "t5") -> one word per label, in label order."""
    t5_template: str = "{text_a}"
    """Encoder text; placeholders {text_a} {text_b}; separators and field names are visible here."""
    hand_written: Mapping[str, str] = field(default_factory=dict)
    """One hard prompt in words per model family: the `hand_written` reference row."""
    metric: Metric = "accuracy"
    second_metrics: tuple[str, ...] = ()
    """Shown beside `metric`: f1 (of the last label), token_f1, rouge_1, rouge_2."""
    max_target_tokens: int = 8
    """Limit of greedy generation, in tokens (QA and summaries)."""
    source: Literal["embedded", "hub", "own"] = "embedded"
    hub: tuple[HubFiles, ...] = ()
    """First the preferred place, then fallbacks in order."""
    columns: Mapping[str, str] = field(default_factory=dict)
    """Source column -> "text_a" | "text_b" | "label" | "targets"."""
    label_names: Mapping[str, int] = field(default_factory=dict)
    """Source label (as text) -> index into `labels`; a label that is absent here is dropped or refused."""
    drop_labels: tuple[str, ...] = ()
    train_split: str = "train"
    evaluation_split: str = "evaluation"
    evaluation_note: str = ""
    licence: str = ""
    citation: str = ""
    version: int = 1
    variant_of: str = ""
    """Id of the task this one is a visible alternative of, e.g. with a fourth class."""
    facts: Mapping[str, str] = field(default_factory=dict)
    """Short facts for the task card (latent knowledge, shortcut score, overlaps)."""

    def __post_init__(self) -> None:
        if self.family not in FAMILIES:
            raise unknown("task family", self.family, FAMILIES)
        for family, words in self.words.items():
            if len(words) != len(self.labels):
                raise BadInput(
                    f"Task '{self.id}' has {len(self.labels)} labels but {len(words)} label words for {family}. "
                    "Give exactly one word per label, in label order."
                )
            if len(set(words)) != len(words):
                raise BadInput(
                    f"Task '{self.id}' uses one label word twice for {family}: {', '.join(words)}. Use distinct words."
                )

    @property
    def is_classification(self) -> bool:
        return self.kind == "classification"

    @property
    def text_tokens(self) -> int:
        """Tokens that its texts need: passages and articles more than sentences; embedded ones are short."""
        long = self.kind in ("extractive_qa", "summarisation") and self.source != "embedded"
        return LONG_TEXT if long else USUAL_TEXT

    @property
    def chance(self) -> float | None:
        """Accuracy of guessing one of the labels; None for generation."""
        return 1 / len(self.labels) if self.labels else None

    def supports(self, model_family: str) -> bool:
        """Whether a backbone of this family can run the task (generation needs T5)."""
        return bool(self.words.get(model_family)) if self.is_classification else model_family == T5

    def label_words(self, model_family: str) -> tuple[str, ...]:
        """Label words of a model family, in label order. Raises BadInput when the family has none."""
        try:
            return self.words[model_family]
        except KeyError:
            raise BadInput(f"Task '{self.id}' has no label words for {model_family} models. Choose another backbone.") from None
