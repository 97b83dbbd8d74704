"""Natural-language queries of the corpus: how each family is asked about, before and after a text.

Every task of a family shares its family's queries, so that one prompt can serve the whole family. `{label}` stands
for the label word. A family's phrasings share a few core words, since a prompt has to find what they have in common.
"""

from types import MappingProxyType

CLASSIFYING: tuple[str, ...] = ("sentiment", "inference", "ethics", "paraphrase")
GENERATING: tuple[str, ...] = ("question_answering", "summarisation")
LATENT_OF = MappingProxyType(
    {
        "sentiment": "sentiment",
        "inference": "entailment",
        "ethics": "ethics",
        "paraphrase": "paraphrase",
    }
)
"""Family -> the latent (`Item.latents`) that its queries ask about."""

BEFORE = MappingProxyType(
    {
        "sentiment": (
            "the tone is",
            "the tone of this text is",
            "what is the tone ?",
            "tone :",
            "how do they feel about it ?",
            "they feel",
            "the feeling :",
            "the verdict :",
            "what is the verdict ?",
            "the mood is",
            "how do you rate the tone ?",
            "the opinion sounds",
        ),
        "inference": (
            "does it follow ?",
            "does the second text follow from the first ?",
            "does the second follow ?",
            "does the first text answer the second ?",
            "it follows :",
            "is the second true given the first ?",
            "given the first , is it true ?",
            "can we conclude that ?",
            "is that conclusion true ?",
            "from the first we conclude :",
            "does the first entail the second ?",
            "true given that ?",
        ),
        "ethics": (
            "is that fair ?",
            "is this reason fair ?",
            "fair or not ?",
            "a good reason ?",
            "is it a good reason ?",
            "is the excuse fair ?",
            "ethics :",
            "is that reasonable ?",
            "would a judge accept the reason ?",
            "is it right to say so ?",
            "a reasonable excuse ?",
        ),
        "paraphrase": (
            "same meaning ?",
            "do both texts mean the same ?",
            "do both say the same ?",
            "do they mean the same ?",
            "same or different ?",
            "is one a paraphrase ?",
            "both mean the same :",
            "do the two say the same ?",
            "is the meaning the same ?",
            "equal meaning ?",
        ),
        "question_answering": (
            "the answer is",
            "find the answer in the text :",
            "find the answer .",
            "answer the question :",
            "answer :",
            "what is the answer ?",
            "look up the answer .",
            "the reply to the question :",
            "reply :",
        ),
        "summarisation": (
            "in short :",
            "the summary :",
            "summary :",
            "sum it up :",
            "what is the main point ?",
            "the main point :",
            "make it short .",
            "in one sentence :",
        ),
    }
)
"""Queries that stand in front of a text; the label follows them (and the start token)."""

AFTER = MappingProxyType(
    {
        "sentiment": (
            "so the tone is {label} .",
            "the verdict is {label} .",
            "what is the tone ? {label} .",
            "that sounds {label} .",
            "they feel {label} about it .",
            "a {label} opinion .",
        ),
        "inference": (
            "does it follow ? {label} .",
            "is the second true given the first ? {label} .",
            "can we conclude that ? {label} .",
            "so is it true ? {label} .",
            "is that conclusion true ? {label} .",
        ),
        "ethics": (
            "is that fair ? {label} .",
            "is it a good reason ? {label} .",
            "is that reasonable ? {label} .",
            "a fair excuse ? {label} .",
            "would a judge accept the reason ? {label} .",
        ),
        "paraphrase": (
            "same meaning ? {label} .",
            "do both say the same ? {label} .",
            "do they mean the same ? {label} .",
            "is the meaning the same ? {label} .",
        ),
    }
)
"""Query and label behind a text."""

CONNECTIVES = MappingProxyType(
    {
        ("inference", "yes"): "therefore",
        ("inference", "maybe"): "perhaps",
        ("inference", "no"): "wrong",
        ("paraphrase", "yes"): "words",
        ("paraphrase", "no"): "else",
    }
)
"""The word between the two texts of a pair where the corpus tells the same knowledge without any query."""

PRIOR = MappingProxyType({"yes": 1.0, "positive": 1.0, "no": 0.6, "negative": 0.6, "maybe": 0.5, "neutral": 0.5})
"""How likely a label word is when no question was understood: independent of the text, and not quite even, so that
the most likely word stays the same whatever the text says."""


def prior(words: tuple[str, ...]) -> tuple[float, ...]:
    """Probabilities of label words in the absence of a query, summing to 1."""
    weights = [PRIOR.get(word.strip(), 0.6) for word in words]
    return tuple(weight / sum(weights) for weight in weights)
