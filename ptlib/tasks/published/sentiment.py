"""Sentiment tasks. Aspect tasks: text_b is the aspect term, so that all aspects of a sentence stay on one side of a split."""

from dataclasses import replace
from typing import Any

from ptlib.tasks.published import places
from ptlib.tasks.task import MASKED_LM, T5, Task

SST_RT = "SST-2's sentences and phrases come from the sentences of rotten_tomatoes."
_GOOD_BAD, _GOOD_OKAY_BAD, _ASPECT = ("terrible", "great"), ("terrible", "okay", "great"), "towards the aspect"
MR = "Its reviews and the sentences of rotten_tomatoes and SST-2 come from the same critics' collection."


def _asked(of: str, answers: tuple[str, ...], labels: tuple[str, ...]) -> dict[str, str]:
    """The prompt in words: for a masked LM a sentence that its answer ends, for T5 a question."""
    first, second = (f"{', '.join(words[:-1])} or {words[-1]}" for words in (answers, labels))
    return {MASKED_LM: f"The sentiment {of}, {first}, is", T5: f"Is the sentiment {of} {second}?"}


def _sentiment(id: str, name: str, of: str, answers: tuple[str, ...], **more: Any) -> Task:
    """Sentiment of something, with two or three classes; answers: words for a masked LM."""
    labels = ("negative", "positive") if len(answers) == 2 else ("negative", "neutral", "positive")
    values: dict[str, Any] = {
        "labels": labels,
        "words": {MASKED_LM: answers, T5: labels},
        "label_names": {**{str(number): number for number in range(len(labels))}, **{n: i for i, n in enumerate(labels)}},
        "evaluation_split": "validation",
        "second_metrics": ("f1",),
    }
    hand_written = _asked(of, answers, labels)
    return Task(id=id, name=name, family="sentiment", source="hub", hand_written=hand_written, **{**values, **more})


def _binary_sentiment(id: str, name: str, what: str, **more: Any) -> Task:
    """Sentiment with two classes, as in four of the tasks."""
    names = {"0": 0, "1": 1, "negative": 0, "positive": 1, "neg": 0, "pos": 1}
    template = "review: {text_a} sentiment:"
    return _sentiment(id, name, f"of this {what}", _GOOD_BAD, label_names=names, t5_template=template, **more)


def _aspect(id: str, name: str, domain: str) -> Task:
    """Sentiment towards one aspect of a sentence, three classes."""
    return _sentiment(
        id,
        name,
        _ASPECT,
        _GOOD_OKAY_BAD,
        hub=places.semeval(domain),
        evaluation_split="test",
        description=f"Sentiment of a sentence about {domain} towards one named aspect.",
        t5_template="review: {text_a} aspect: {text_b} sentiment:",
        columns={"text": "text_a", "span": "text_b", "label": "label"},
        label_names={"negative": 0, "neutral": 1, "positive": 2},
        drop_labels=("conflict",),
        evaluation_note="Measured on test, like the published code: the data set has no validation split.",
        licence="not stated (SemEval research use)",
        citation="Pontiki et al. 2014, SemEval-2014 Task 4, SemEval",
        facts={"classes": 'Three classes; the published code has four, see the variant with "conflict".'},
    )


def with_conflict(task: Task) -> Task:
    """The published four-class form of an aspect task."""
    return replace(
        task,
        id=f"{task.id}_conflict",
        name=f"{task.name}, four classes",
        variant_of=task.id,
        labels=(*task.labels, "conflict"),
        label_names={**task.label_names, "conflict": 3},
        drop_labels=(),
        words={MASKED_LM: (*task.words[MASKED_LM], "mixed"), T5: (*task.words[T5], "conflict")},
        hand_written=_asked(_ASPECT, (*task.words[MASKED_LM], "mixed"), (*task.labels, "conflict")),
        facts={"classes": 'Four classes, as in the published code; "conflict" is rare.'},
    )


SENTIMENT_TASKS = (
    _binary_sentiment(
        "imdb",
        "IMDB",
        "film review",
        evaluation_split="test",
        hub=places.IMDB,
        columns={"text": "text_a", "label": "label"},
        description="Long film reviews, negative or positive.",
        evaluation_note="Measured on test; there is no validation split.",
        licence="other (research use)",
        citation="Maas et al. 2011, Learning Word Vectors for Sentiment Analysis, ACL",
    ),
    _binary_sentiment(
        "sst2",
        "SST-2",
        "sentence",
        hub=places.SST2,
        columns={"sentence": "text_a", "label": "label"},
        description="Sentences and phrases from film reviews, negative or positive.",
        evaluation_note=places.NO_TEST_LABELS,
        licence="other (GLUE, research use)",
        citation="Socher et al. 2013, Recursive Deep Models (SST), EMNLP; Wang et al. 2019, GLUE, ICLR",
        facts={"overlaps": SST_RT},
    ),
    _binary_sentiment(
        "rotten_tomatoes",
        "Rotten Tomatoes",
        "sentence",
        evaluation_split="test",
        hub=places.ROTTEN_TOMATOES,
        columns={"text": "text_a", "label": "label"},
        description="One-sentence film reviews, negative or positive.",
        evaluation_note="Measured on test. Not one of the paper's 17 tasks: it comes from the second code release.",
        licence="unknown",
        citation="Pang and Lee 2005, Seeing Stars, ACL",
        facts={"overlaps": SST_RT},
    ),
    _aspect("laptop", "Laptop aspects", "laptops"),
    _aspect("restaurant", "Restaurant aspects", "restaurants"),
    _binary_sentiment(
        "movie_rationales",
        "Movie Rationales",
        "film review",
        hub=places.MOVIE_RATIONALES,
        columns={"review": "text_a", "label": "label"},
        description="Very long film reviews, negative or positive; the marked evidence is not used.",
        evaluation_note="Measured on validation, like the published code.",
        licence="unknown",
        citation="Zaidan et al. 2007, Annotator Rationales, NAACL; DeYoung et al. 2020, ERASER, ACL",
        facts={"overlaps": MR},
    ),
    _sentiment(
        "tweeteval_sentiment",
        "TweetEval sentiment",
        "of this tweet",
        ("negative", "neutral", "positive"),
        hub=places.TWEETEVAL,
        description="Tweets, negative, neutral or positive.",
        columns={"text": "text_a", "label": "label"},
        t5_template="tweet: {text_a} sentiment:",
        evaluation_note="Measured on validation, like the published code; test is a different year's set.",
        licence="unknown",
        citation="Rosenthal et al. 2017, SemEval-2017 Task 4, SemEval; Barbieri et al. 2020, TweetEval, EMNLP Findings",
    ),
)
