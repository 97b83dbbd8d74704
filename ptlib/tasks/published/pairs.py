"""Inference, ethics and paraphrase. Inference: text_a is the premise, text_b the hypothesis."""

from typing import Any

from ptlib.tasks.published import places
from ptlib.tasks.task import MASKED_LM, T5, Task


def _inference(id: str, name: str, **more: Any) -> Task:
    """Three-way inference between a premise and a hypothesis."""
    names = {"0": 2, "1": 1, "2": 0, "entailment": 2, "neutral": 1, "contradiction": 0}
    values: dict[str, Any] = {
        "labels": ("contradiction", "neutral", "entailment"),
        "label_names": names,
        "columns": {"premise": "text_a", "hypothesis": "text_b", "label": "label"},
        "words": {MASKED_LM: ("no", "maybe", "yes"), T5: ("contradiction", "neutral", "entailment")},
        "t5_template": "hypothesis: {text_b} premise: {text_a}",
        "hand_written": {
            MASKED_LM: "Does the second sentence follow from the first, yes, no or maybe?",
            T5: "Does the premise entail the hypothesis: entailment, neutral or contradiction?",
        },
        "facts": {"order": "The published code reads the hypothesis before the premise; its prompts are evaluated that way."},
    }
    return Task(id=id, name=name, family="inference", source="hub", **{**values, **more})


def _ethics(id: str, name: str, folder: str, words: tuple[str, str], question: str, **more: Any) -> Task:
    """Judging whether something is acceptable."""
    return Task(
        id=id,
        name=name,
        family="ethics",
        source="hub",
        hub=places.ethics(folder),
        labels=("unacceptable", "acceptable"),
        words={MASKED_LM: words, T5: ("unacceptable", "acceptable")},
        second_metrics=("f1",),
        hand_written={MASKED_LM: f"{question}, {words[0]} or {words[1]}?", T5: f"{question}: unacceptable or acceptable?"},
        label_names={"0": 0, "1": 1, "unreasonable": 0, "reasonable": 1},
        evaluation_split="validation",
        evaluation_note="The export's validation split is the original test file, which the published code uses; "
        "its test split is the hard one.",
        licence="MIT",
        citation="Hendrycks et al. 2021, Aligning AI With Shared Human Values, ICLR",
        **more,
    )


def _paraphrase(id: str, name: str, columns: tuple[str, str], yes: str, **more: Any) -> Task:
    """Do two texts mean the same?"""
    return Task(
        id=id,
        name=name,
        family="paraphrase",
        source="hub",
        hub=places.glue(id, *columns),
        labels=(f"not_{yes}", yes),
        columns={columns[0]: "text_a", columns[1]: "text_b", "label": "label"},
        second_metrics=("f1",),
        label_names={"0": 0, "1": 1, f"not_{yes}": 0, yes: 1},
        words={MASKED_LM: ("different", "similar"), T5: ("false", "true")},
        t5_template="first: {text_a} second: {text_b}",
        hand_written={
            MASKED_LM: "The two texts, different or similar, are",
            T5: "Do the two texts mean the same: false or true?",
        },
        evaluation_split="validation",
        evaluation_note=places.NO_TEST_LABELS,
        **more,
    )


PAIR_TASKS = (
    _inference(
        "mnli",
        "MNLI",
        hub=places.glue("mnli", "premise", "hypothesis", evaluation="validation_matched"),
        description="Does a premise from mixed genres entail a hypothesis?",
        evaluation_split="validation_matched",
        evaluation_note="Measured on validation_matched, like the paper's code; its second release uses validation_mismatched. "
        + places.NO_TEST_LABELS,
        licence="other (OANC and others)",
        citation="Williams et al. 2018, MultiNLI, NAACL; Wang et al. 2019, GLUE, ICLR",
    ),
    Task(
        id="qnli",
        name="QNLI",
        family="inference",
        source="hub",
        hub=places.glue("qnli", "question", "sentence"),
        description="Does the sentence answer the question?",
        labels=("not_entailment", "entailment"),
        second_metrics=("f1",),
        columns={"question": "text_a", "sentence": "text_b", "label": "label"},
        label_names={"0": 1, "1": 0, "entailment": 1, "not_entailment": 0},
        words={MASKED_LM: ("no", "yes"), T5: ("contradiction", "entailment")},
        t5_template="question: {text_a} sentence: {text_b}",
        hand_written={
            MASKED_LM: "Does the sentence answer the question, yes or no?",
            T5: "Does the sentence answer the question: entailment or contradiction?",
        },
        evaluation_split="validation",
        evaluation_note=places.NO_TEST_LABELS,
        licence="other (from SQuAD, CC BY-SA 4.0)",
        citation="Rajpurkar et al. 2016, SQuAD, EMNLP; Wang et al. 2019, GLUE, ICLR",
        facts={"overlaps": "Made from SQuAD's questions and paragraphs."},
    ),
    _inference(
        "snli",
        "SNLI",
        hub=places.SNLI,
        description="Does the caption of a picture entail another sentence?",
        evaluation_split="test",
        drop_labels=("-1",),
        evaluation_note="Measured on test; the published code used validation. Rows without a gold label (-1) are left out.",
        licence="CC BY-SA 4.0",
        citation="Bowman et al. 2015, A Large Annotated Corpus for Natural Language Inference, EMNLP",
    ),
    _ethics(
        "ethics_deontology",
        "ETHICS deontology",
        "deontology",
        ("unreasonable", "reasonable"),
        "Is this excuse reasonable",
        columns={"scenario": "text_a", "excuse": "text_b", "label": "label"},
        t5_template="scenario: {text_a} excuse: {text_b}",
        description="Is an excuse, or a duty, reasonable in its scenario?",
    ),
    _ethics(
        "ethics_justice",
        "ETHICS justice",
        "justice",
        ("unfair", "fair"),
        "Is this treatment fair",
        columns={"scenario": "text_a", "label": "label"},
        t5_template="scenario: {text_a}",
        description="Is a treatment of somebody justified by its reason?",
    ),
    _paraphrase(
        "qqp",
        "QQP",
        ("question1", "question2"),
        "duplicate",
        description="Do two questions ask the same?",
        licence="other (Quora's terms)",
        citation="Iyer et al. 2017, Quora Question Pairs; Wang et al. 2019, GLUE, ICLR",
    ),
    _paraphrase(
        "mrpc",
        "MRPC",
        ("sentence1", "sentence2"),
        "equivalent",
        description="Do two news sentences say the same?",
        licence="other (Microsoft research)",
        citation="Dolan and Brockett 2005, IWP; Wang et al. 2019, GLUE, ICLR",
    ),
)
