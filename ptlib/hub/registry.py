"""The 18 tasks of the paper and its second code release, as data (paper 1.1; fact sheet of the Hub).

Label order is the published one: negative, neutral, positive, conflict; contradiction, neutral, entailment; no, yes.
Inference: text_a is the premise, text_b the hypothesis. Aspect tasks: text_b is the aspect term, so that all
aspects of a sentence stay on one side of a split. Label words are whole words; `ptlib.layout` adds the space.
"""

from dataclasses import replace

from ptlib.hub import places
from ptlib.hub.generation import GENERATION_TASKS
from ptlib.tasks import MASKED_LM, T5, Task

_SENTIMENT = {"0": 0, "1": 1, "negative": 0, "positive": 1, "neg": 0, "pos": 1}
_GOOD_BAD = {MASKED_LM: ("terrible", "great"), T5: ("negative", "positive")}
_NO_TEST_LABELS = "The labels of GLUE's test split are hidden, so scores are measured on validation; early stopping uses a slice of train."
_SST_RT = "SST-2's sentences and phrases come from the sentences of rotten_tomatoes."
_MR = "Its reviews and the sentences of rotten_tomatoes and SST-2 come from the same critics' collection."


def _binary_sentiment(id: str, name: str, what: str, *, evaluation: str = "validation", **more: object) -> Task:
    """Sentiment with two classes, as in four of the tasks."""
    values: dict[str, object] = {
        "labels": ("negative", "positive"), "words": _GOOD_BAD, "label_names": _SENTIMENT,
        "t5_template": "review: {text_a} sentiment:",
        "hand_written": {MASKED_LM: f"The sentiment of this {what}, terrible or great, is", T5: f"Is the sentiment of this {what} negative or positive?"},
        "second_metrics": ("f1",),
    }
    return Task(id=id, name=name, family="sentiment", source="hub", evaluation_split=evaluation, **{**values, **more})


def _aspect(id: str, name: str, domain: str) -> Task:
    """Sentiment towards one aspect of a sentence, three classes."""
    return Task(
        id=id, name=name, family="sentiment", source="hub", hub=places.semeval(domain), evaluation_split="test",
        description=f"Sentiment of a sentence about {domain} towards one named aspect.",
        labels=("negative", "neutral", "positive"), second_metrics=("f1",),
        words={MASKED_LM: ("terrible", "okay", "great"), T5: ("negative", "neutral", "positive")},
        t5_template="review: {text_a} aspect: {text_b} sentiment:",
        hand_written={MASKED_LM: "The sentiment towards the aspect, terrible, okay or great, is",
                      T5: "Is the sentiment towards the aspect negative, neutral or positive?"},
        columns={"text": "text_a", "span": "text_b", "label": "label"},
        label_names={"negative": 0, "neutral": 1, "positive": 2}, drop_labels=("conflict",),
        evaluation_note="Measured on test, like the published code: the data set has no validation split.",
        licence="not stated (SemEval research use)", citation="Pontiki et al. 2014, SemEval-2014 Task 4, SemEval",
        facts={"classes": "Three classes; the published code has four, see the variant with \"conflict\"."},
    )


def _with_conflict(task: Task) -> Task:
    """The published four-class form of an aspect task."""
    return replace(
        task, id=f"{task.id}_conflict", name=f"{task.name}, four classes", variant_of=task.id,
        labels=(*task.labels, "conflict"), label_names={**task.label_names, "conflict": 3}, drop_labels=(),
        words={MASKED_LM: (*task.words[MASKED_LM], "mixed"), T5: (*task.words[T5], "conflict")},
        hand_written={MASKED_LM: "The sentiment towards the aspect, terrible, okay, great or mixed, is",
                      T5: "Is the sentiment towards the aspect negative, neutral, positive or conflict?"},
        facts={"classes": "Four classes, as in the published code; \"conflict\" is rare."},
    )


def _inference(id: str, name: str, **more: object) -> Task:
    """Three-way inference between a premise and a hypothesis."""
    names = {"0": 2, "1": 1, "2": 0, "entailment": 2, "neutral": 1, "contradiction": 0}
    values: dict[str, object] = {
        "labels": ("contradiction", "neutral", "entailment"), "label_names": names,
        "columns": {"premise": "text_a", "hypothesis": "text_b", "label": "label"},
        "words": {MASKED_LM: ("no", "maybe", "yes"), T5: ("contradiction", "neutral", "entailment")},
        "t5_template": "hypothesis: {text_b} premise: {text_a}",
        "hand_written": {MASKED_LM: "Does the second sentence follow from the first, yes, no or maybe?",
                         T5: "Does the premise entail the hypothesis: entailment, neutral or contradiction?"},
        "facts": {"order": "The published code reads the hypothesis before the premise; its prompts are evaluated that way."},
    }
    return Task(id=id, name=name, family="inference", source="hub", **{**values, **more})


def _ethics(id: str, name: str, folder: str, words: tuple[str, str], question: str, **more: object) -> Task:
    """Judging whether something is acceptable."""
    return Task(
        id=id, name=name, family="ethics", source="hub", hub=places.ethics(folder), labels=("unacceptable", "acceptable"),
        words={MASKED_LM: words, T5: ("unacceptable", "acceptable")}, second_metrics=("f1",),
        hand_written={MASKED_LM: f"{question}, {words[0]} or {words[1]}?", T5: f"{question}: unacceptable or acceptable?"},
        label_names={"0": 0, "1": 1, "unreasonable": 0, "reasonable": 1}, evaluation_split="validation",
        evaluation_note="The export's validation split is the original test file, which the published code uses; its test split is the hard one.",
        licence="MIT", citation="Hendrycks et al. 2021, Aligning AI With Shared Human Values, ICLR", **more,
    )


def _paraphrase(id: str, name: str, columns: tuple[str, str], yes: str, **more: object) -> Task:
    """Do two texts mean the same?"""
    return Task(
        id=id, name=name, family="paraphrase", source="hub", hub=places.glue(id, *columns), labels=(f"not_{yes}", yes),
        columns={columns[0]: "text_a", columns[1]: "text_b", "label": "label"}, second_metrics=("f1",),
        label_names={"0": 0, "1": 1, f"not_{yes}": 0, yes: 1},
        words={MASKED_LM: ("different", "similar"), T5: ("false", "true")}, t5_template="first: {text_a} second: {text_b}",
        hand_written={MASKED_LM: "The two texts, different or similar, are", T5: "Do the two texts mean the same: false or true?"},
        evaluation_split="validation", evaluation_note=_NO_TEST_LABELS, **more,
    )


_SENTIMENT_TASKS = (
    _binary_sentiment(
        "imdb", "IMDB", "film review", evaluation="test", hub=places.IMDB, columns={"text": "text_a", "label": "label"},
        description="Long film reviews, negative or positive.", evaluation_note="Measured on test; there is no validation split.",
        licence="other (research use)", citation="Maas et al. 2011, Learning Word Vectors for Sentiment Analysis, ACL"),
    _binary_sentiment(
        "sst2", "SST-2", "sentence", hub=places.SST2, columns={"sentence": "text_a", "label": "label"},
        description="Sentences and phrases from film reviews, negative or positive.", evaluation_note=_NO_TEST_LABELS,
        licence="other (GLUE, research use)", citation="Socher et al. 2013, Recursive Deep Models (SST), EMNLP; Wang et al. 2019, GLUE, ICLR",
        facts={"overlaps": _SST_RT}),
    _binary_sentiment(
        "rotten_tomatoes", "Rotten Tomatoes", "sentence", evaluation="test", hub=places.ROTTEN_TOMATOES,
        columns={"text": "text_a", "label": "label"}, description="One-sentence film reviews, negative or positive.",
        evaluation_note="Measured on test. Not one of the paper's 17 tasks: it comes from the second code release.",
        licence="unknown", citation="Pang and Lee 2005, Seeing Stars, ACL", facts={"overlaps": _SST_RT}),
    _aspect("laptop", "Laptop aspects", "laptops"),
    _aspect("restaurant", "Restaurant aspects", "restaurants"),
    _binary_sentiment(
        "movie_rationales", "Movie Rationales", "film review", hub=places.MOVIE_RATIONALES, columns={"review": "text_a", "label": "label"},
        description="Very long film reviews, negative or positive; the marked evidence is not used.",
        evaluation_note="Measured on validation, like the published code.", licence="unknown",
        citation="Zaidan et al. 2007, Annotator Rationales, NAACL; DeYoung et al. 2020, ERASER, ACL", facts={"overlaps": _MR}),
    Task(
        id="tweeteval_sentiment", name="TweetEval sentiment", family="sentiment", source="hub", hub=places.TWEETEVAL,
        description="Tweets, negative, neutral or positive.", labels=("negative", "neutral", "positive"), second_metrics=("f1",),
        columns={"text": "text_a", "label": "label"}, label_names={"0": 0, "1": 1, "2": 2, "negative": 0, "neutral": 1, "positive": 2},
        words={MASKED_LM: ("negative", "neutral", "positive"), T5: ("negative", "neutral", "positive")},
        t5_template="tweet: {text_a} sentiment:",
        hand_written={MASKED_LM: "The sentiment of this tweet, negative, neutral or positive, is",
                      T5: "Is the sentiment of this tweet negative, neutral or positive?"},
        evaluation_split="validation", evaluation_note="Measured on validation, like the published code; test is a different year's set.",
        licence="unknown", citation="Rosenthal et al. 2017, SemEval-2017 Task 4, SemEval; Barbieri et al. 2020, TweetEval, EMNLP Findings"),
)

_PAIR_TASKS = (
    _inference(
        "mnli", "MNLI", hub=places.glue("mnli", "premise", "hypothesis", evaluation="validation_matched"),
        description="Does a premise from mixed genres entail a hypothesis?", evaluation_split="validation_matched",
        evaluation_note="Measured on validation_matched, like the paper's code; its second release uses validation_mismatched. " + _NO_TEST_LABELS,
        licence="other (OANC and others)", citation="Williams et al. 2018, MultiNLI, NAACL; Wang et al. 2019, GLUE, ICLR"),
    Task(
        id="qnli", name="QNLI", family="inference", source="hub", hub=places.glue("qnli", "question", "sentence"),
        description="Does the sentence answer the question?", labels=("not_entailment", "entailment"), second_metrics=("f1",),
        columns={"question": "text_a", "sentence": "text_b", "label": "label"},
        label_names={"0": 1, "1": 0, "entailment": 1, "not_entailment": 0},
        words={MASKED_LM: ("no", "yes"), T5: ("contradiction", "entailment")}, t5_template="question: {text_a} sentence: {text_b}",
        hand_written={MASKED_LM: "Does the sentence answer the question, yes or no?", T5: "Does the sentence answer the question: entailment or contradiction?"},
        evaluation_split="validation", evaluation_note=_NO_TEST_LABELS, licence="other (from SQuAD, CC BY-SA 4.0)",
        citation="Rajpurkar et al. 2016, SQuAD, EMNLP; Wang et al. 2019, GLUE, ICLR", facts={"overlaps": "Made from SQuAD's questions and paragraphs."}),
    _inference(
        "snli", "SNLI", hub=places.SNLI, description="Does the caption of a picture entail another sentence?",
        evaluation_split="test", drop_labels=("-1",),
        evaluation_note="Measured on test; the published code used validation. Rows without a gold label (-1) are left out.",
        licence="CC BY-SA 4.0", citation="Bowman et al. 2015, A Large Annotated Corpus for Natural Language Inference, EMNLP"),
    _ethics(
        "ethics_deontology", "ETHICS deontology", "deontology", ("unreasonable", "reasonable"), "Is this excuse reasonable",
        columns={"scenario": "text_a", "excuse": "text_b", "label": "label"}, t5_template="scenario: {text_a} excuse: {text_b}",
        description="Is an excuse, or a duty, reasonable in its scenario?"),
    _ethics(
        "ethics_justice", "ETHICS justice", "justice", ("unfair", "fair"), "Is this treatment fair",
        columns={"scenario": "text_a", "label": "label"}, t5_template="scenario: {text_a}",
        description="Is a treatment of somebody justified by its reason?"),
    _paraphrase("qqp", "QQP", ("question1", "question2"), "duplicate", description="Do two questions ask the same?",
                licence="other (Quora's terms)", citation="Iyer et al. 2017, Quora Question Pairs; Wang et al. 2019, GLUE, ICLR"),
    _paraphrase("mrpc", "MRPC", ("sentence1", "sentence2"), "equivalent", description="Do two news sentences say the same?",
                licence="other (Microsoft research)", citation="Dolan and Brockett 2005, IWP; Wang et al. 2019, GLUE, ICLR"),
)

HUB_TASKS: tuple[Task, ...] = (*_SENTIMENT_TASKS, *_PAIR_TASKS, *GENERATION_TASKS)
"""The 18 tasks, in the order of the paper's matrices."""
HUB_VARIANTS: tuple[Task, ...] = tuple(_with_conflict(task) for task in HUB_TASKS if task.drop_labels == ("conflict",))
"""Visible alternatives of some of them."""

OVERLAPS = {
    frozenset(("sst2", "rotten_tomatoes")): _SST_RT,
    frozenset(("sst2", "movie_rationales")): _MR,
    frozenset(("rotten_tomatoes", "movie_rationales")): _MR,
    frozenset(("qnli", "squad")): "QNLI was made from SQuAD's questions and paragraphs.",
}


def overlap(first: str, second: str) -> str:
    """What two tasks are known to share, as a warning beside their transfer; empty when nothing is known."""
    tasks = {task.id: task for task in HUB_VARIANTS}
    pair = frozenset(tasks[id_].variant_of if id_ in tasks else id_ for id_ in (first, second))
    if len(pair) == 1 and first != second:
        return "Both are the same data with another set of classes."
    found = OVERLAPS.get(pair, "")
    return f"{found} A high transfer between the two contains this overlap." if found else ""
