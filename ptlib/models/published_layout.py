"""How the published prompts were trained (paper 1.3, 1.4): what to reproduce when one is evaluated.

The labels of our tasks stand in the published order, so `LABEL_IDS[...][label]` belongs to `Task.labels[label]`.
Masked LM, published layout "published_v1": `<mask> p2 .. p100 <s> A </s> B </s>`, label read at position 0; row 0
of every stored prompt is a by-product. T5: the published prompts score only the first piece of each label, at the
first decoder step. Their code let the encoder attend to padding, which made scores depend on the batch; here it does not.
"""

from collections.abc import Mapping
from types import MappingProxyType

from ptlib.tasks.task import Example

LAYOUT = "published_v1"
GENERATION_TOKENS = 384
"""Longest encoder text of the published T5 prompts for questions and summaries; elsewhere 128."""
MODEL_TYPES = ("roberta", "bert", "t5")
"""Model types that published prompts exist for."""
_ASPECTS = ("laptop", "restaurant", "laptop_conflict", "restaurant_conflict")

FAMILIES_OF_WORDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "sentiment": ("imdb", "sst2", "movie_rationales", "rotten_tomatoes"),
        "tweet": ("tweeteval_sentiment",),
        "aspect": _ASPECTS,
        "inference": ("mnli", "snli"),
        "qnli": ("qnli",),
        "paraphrase": ("qqp", "mrpc"),
        "ethics": ("ethics_deontology", "ethics_justice"),
    }
)

_IDS: Mapping[str, Mapping[str, tuple[int, ...]]] = {
    "roberta": {
        "sentiment": (33407, 22173),
        "tweet": (33407, 19397, 22173),
        "aspect": (33407, 19397, 22173, 17075),
        "inference": (2362, 12516, 10932),
        "qnli": (2362, 10932),
        "paraphrase": (22303, 29225),
        "ethics": (897, 32047),
    },  # 897 as trained; the 879 in a comment of the published code is not what it used
    "bert": {
        "sentiment": (4997, 3893),
        "tweet": (4997, 8777, 3893),
        "aspect": (4997, 8777, 3893, 4736),
        "inference": (2053, 8699, 2748),
        "qnli": (2053, 2748),
        "paraphrase": (6270, 2995),
    },
    "t5": {
        "sentiment": (2841, 1465),
        "tweet": (2841, 8107, 1465),
        "aspect": (2841, 8107, 1465, 4129),
        "inference": (27252, 7163, 3),
        "qnli": (27252, 3),
        "paraphrase": (6136, 1176),
        "ethics": (29452, 9961),
    },
}


def label_ids(model: str, task_id: str, n_labels: int) -> tuple[int, ...] | None:
    """Vocabulary ids that the published prompts of a model ("roberta", "bert", "t5") answer a task with.

    Returns None where nothing was published; a task with fewer classes gets the first ones.
    """
    for words, tasks in FAMILIES_OF_WORDS.items():
        if task_id in tasks:
            ids = _IDS.get(model, {}).get(words)
            return ids[:n_labels] if ids and len(ids) >= n_labels else None
    return None


def published_texts(task_id: str, example: Example) -> tuple[str, str]:
    """The two texts of an example as the published code puts them: hypothesis first, aspect joined to its sentence."""
    if task_id in ("mnli", "snli"):
        return example.text_b, example.text_a
    if task_id in _ASPECTS:
        return f"{example.text_a} {example.text_b}", ""
    return example.text_a, example.text_b


_T5_TEXTS: Mapping[str, str] = MappingProxyType(
    {
        "imdb": "{a}",
        "mnli": "hypothesis: {b} [SEP] sentence: premise: {a}",
        "snli": "hypothesis: {b} [SEP] sentence: premise: {a}",
        "qnli": "question: {a} [SEP] sentence: sentence: {b}",
        "ethics_deontology": "{a} {b}",
        "ethics_justice": "{a}",
        "squad": "context: {b} SEP question:{a}",
        "nq_open": "context: {a}",
        "multi_news": "{a}",
        "samsum": "context: {a}",
    }
)
"""Encoder texts that get no end token."""
_T5_ENDED: Mapping[str, str] = MappingProxyType(
    dict.fromkeys(("qqp", "mrpc"), "{a} <extra_id_0> {b}") | dict.fromkeys(_ASPECTS, "{a} {b}")
)


def published_t5_template(task_id: str) -> tuple[str, bool]:
    """The published encoder text of a task with {a} and {b} for its texts, and whether an end token follows."""
    if task_id in _T5_TEXTS:
        return _T5_TEXTS[task_id], False
    return _T5_ENDED.get(task_id, "{a}"), True


def model_of(width: int, name: str) -> str:
    """Which published backbone a prompt belongs to, from the folder's or file's name and its width; empty when unclear."""
    known = {
        ("roberta", 768): "FacebookAI/roberta-base",
        ("roberta", 1024): "FacebookAI/roberta-large",
        ("bert", 768): "google-bert/bert-base-uncased",
        ("t5", 512): "google-t5/t5-small",
        ("t5", 768): "google-t5/t5-base",
        ("t5", 1024): "google-t5/t5-large",
        ("t5", 4096): "google/t5-xxl-lm-adapt",
    }
    return known.get((kind_of(name), width), "")


def kind_of(name: str) -> str:
    """ "roberta", "bert" or "t5" as named by a folder or file; empty when it says nothing."""
    lowered = name.lower()
    return next((kind for kind in ("roberta", "bert", "t5") if kind in lowered), "")
