"""Natural-language queries of the corpus: how each family is asked about, before and after a text.

Every task of a family shares its family's queries, so that one prompt can serve the whole family. `{label}` stands
for the label word. A family's phrasings share a few core words, since a prompt has to find what they have in common.
"""

from collections.abc import Mapping
from types import MappingProxyType

from ptlib.demo.world.tables import read

CLASSIFYING: tuple[str, ...] = ("sentiment", "inference", "ethics", "paraphrase")
LATENT_OF = MappingProxyType(
    {
        "sentiment": "sentiment",
        "inference": "entailment",
        "ethics": "ethics",
        "paraphrase": "paraphrase",
    }
)
"""Family -> the latent (`Item.latents`) that its queries ask about."""

_queries = read("queries")
BEFORE: Mapping[str, tuple[str, ...]] = MappingProxyType(_queries["before"])
"""Queries that stand in front of a text; the label follows them (and the start token)."""
AFTER: Mapping[str, tuple[str, ...]] = MappingProxyType(_queries["after"])
"""Query and label behind a text."""
CONNECTIVES: Mapping[tuple[str, str], str] = MappingProxyType(
    {(family, label): word for family, words in _queries["connectives"].items() for label, word in words.items()}
)
"""The word between the two texts of a pair where the corpus tells the same knowledge without any query."""
PRIOR = MappingProxyType({"yes": 1.0, "positive": 1.0, "no": 0.6, "negative": 0.6, "maybe": 0.5, "neutral": 0.5})
"""How likely a label word is when no question was understood: independent of the text, and not quite even, so that
the most likely word stays the same whatever the text says."""


def prior(words: tuple[str, ...]) -> tuple[float, ...]:
    """Probabilities of label words in the absence of a query, summing to 1."""
    weights = [PRIOR.get(word.strip(), 0.6) for word in words]
    return tuple(weight / sum(weights) for weight in weights)
