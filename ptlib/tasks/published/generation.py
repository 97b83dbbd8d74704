"""The four tasks that are answered in free text; T5 only, greedy decoding with the stated limits."""

from typing import Any

from ptlib.tasks.published import places
from ptlib.tasks.task import T5, Kind, Task

_BLEU = "The published code reports a per-batch BLEU for it, which is not comparable with this score."


def _generation(kind: Kind, **more: Any) -> Task:
    """Questions are scored by exact match and token F1, summaries by ROUGE; all are measured on validation."""
    summary = kind == "summarisation"
    return Task(
        kind=kind,
        family="summarisation" if summary else "question_answering",
        source="hub",
        metric="rouge_l" if summary else "exact_match",
        second_metrics=("rouge_1", "rouge_2") if summary else ("token_f1",),
        max_target_tokens=50 if summary else 20,
        evaluation_split="validation",
        **{"facts": {"metric": _BLEU}, **more},
    )


GENERATION_TASKS: tuple[Task, ...] = (
    _generation(
        "extractive_qa",
        id="squad",
        name="SQuAD",
        hub=places.SQUAD,
        description="Answer a question with words of the given paragraph.",
        columns={"context": "text_b", "question": "text_a", "answers": "targets"},
        t5_template="question: {text_a} context: {text_b}",
        hand_written={T5: "Answer the question with words from the context."},
        evaluation_note="Measured on validation: the test answers are hidden. Every accepted answer counts.",
        licence="CC BY-SA 4.0",
        citation="Rajpurkar et al. 2016, SQuAD, EMNLP",
        facts={"metric": _BLEU, "overlaps": "QNLI was made from its questions and paragraphs."},
    ),
    _generation(
        "open_qa",
        id="nq_open",
        name="NQ-Open",
        hub=places.NQ_OPEN,
        description="Answer a question from memory, without any text to read.",
        columns={"question": "text_a", "answer": "targets"},
        t5_template="question: {text_a}",
        hand_written={T5: "Answer the question in a few words."},
        evaluation_note="Measured on validation; there is no test split. Every accepted answer counts.",
        licence="CC BY-SA 3.0",
        citation="Kwiatkowski et al. 2019, Natural Questions, TACL; Lee et al. 2019, ACL",
    ),
    _generation(
        "summarisation",
        id="multi_news",
        name="Multi-News",
        hub=places.MULTI_NEWS,
        description="Summarise several news articles about one event; articles are separated by a blank line.",
        columns={"document": "text_a", "summary": "targets"},
        t5_template="summarize: {text_a}",
        hand_written={T5: "Write a short summary of these articles."},
        evaluation_note="Measured on validation, like the published code.",
        licence="unknown (research use)",
        citation="Fabbri et al. 2019, Multi-News, ACL",
        facts={"metric": _BLEU, "length": "Articles are cut to the model's room; summaries end after 50 tokens, as published."},
    ),
    _generation(
        "summarisation",
        id="samsum",
        name="SAMSum",
        hub=places.SAMSUM,
        description="Summarise a chat between friends.",
        columns={"dialogue": "text_a", "summary": "targets"},
        t5_template="summarize: {text_a}",
        hand_written={T5: "Write a short summary of this conversation."},
        evaluation_note="Measured on validation, like the published code.",
        licence="CC BY-NC-ND 4.0",
        citation="Gliwa et al. 2019, SAMSum, workshop at EMNLP",
    ),
)
