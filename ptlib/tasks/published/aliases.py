"""One table from every published spelling of a task to its id.

Spellings are compared by their letters and digits alone, so "SST-2", "sst2" and "SST2" are one entry. Sources: the
paper, the slide deck, both releases of its code (folder names, result tables, configurations), and the Hub.
"""

import re

ALIASES = {
    "imdb": ("IMDB", "stanfordnlp/imdb"),
    "sst2": ("SST-2", "SST2", "glue/sst2", "stanfordnlp/sst2"),
    "rotten_tomatoes": ("rotten_tomatoes", "Rotten Tomatoes", "cornell-movie-review-data/rotten_tomatoes"),
    "laptop": ("laptop", "Laptop", "laptops"),
    "restaurant": ("restaurant", "Restaurant", "restaurants"),
    "movie_rationales": ("Movie", "movies", "movierationales", "Movie Rationales", "Movie, Regionales"),
    "tweeteval_sentiment": ("Tweet", "TweetEval", "tweetevalsentiment", "tweet_eval/sentiment"),
    "mnli": ("MNLI", "glue/mnli"),
    "qnli": ("QNLI", "glue/qnli"),
    "snli": ("SNLI", "stanfordnlp/snli"),
    "ethics_deontology": ("deontology", "ethicsdeontology", "ethicsdeontology_1", "Ethics Deontology"),
    "ethics_justice": ("justice", "ethicsjustice", "Ethics Justice"),
    "qqp": ("QQP", "glue/qqp"),
    "mrpc": ("MRPC", "glue/mrpc"),
    "squad": ("SQuAD", "rajpurkar/squad"),
    "nq_open": ("NQ-Open", "nq_open", "nq"),
    "multi_news": ("Multi-News", "multi_news", "multinews"),
    "samsum": ("SAMSum", "samsum"),
}
"""Task id -> its published spellings; the names of our own registry count as well."""


def plain(name: str) -> str:
    """Letters and digits of a name, in lower case."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


_BY_SPELLING = {plain(spelling): id_ for id_, spellings in ALIASES.items() for spelling in (id_, *spellings)}


def task_id_of(name: str) -> str | None:
    """Id of the task that a published spelling means; None where it is no task of ours."""
    return _BY_SPELLING.get(plain(name))
