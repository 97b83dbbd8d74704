"""Texts that are too long for a model: cut in tokens, both texts of a pair kept, and what is lost counted."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from ptlib.tasks.task import Example, Task

_TRIES = 8
AS_WRITTEN: dict[str, Any] = {"split_special_tokens": True, "verbose": False}
"""How a text is tokenised: a `<mask>` or `</s>` that stands in it is what somebody wrote, not the model's own token."""


@dataclass(frozen=True, slots=True)
class Lost:
    """What cutting took from one example."""

    tokens: int = 0
    answer: bool = False
    """Whether none of the accepted answers stands in what is left, though one stood in the whole text."""
    target: int = 0
    """Tokens by which the accepted answer is longer than what the model may say."""


NOTHING = Lost()


def cut_sentence(lost: Iterable[Lost], what: str, room: int) -> str:
    """`squad, training: 82 of 100 examples are longer than 128 tokens and are cut ...`; empty when nothing is lost."""
    every, told = list(lost), list[str]()
    sizes, answers = [item.tokens for item in every if item.tokens], sum(item.answer for item in every)
    if sizes:
        gone = f"; {answers} of them lose every accepted answer" if answers else ""
        told.append(
            f"{len(sizes)} of {len(every)} examples are longer than {room} tokens and are cut (half of them lose "
            f"{int(median(sizes))} tokens or more){gone}. --max-tokens says how long a text may be."
        )
    if beyond := [item.target for item in every if item.target]:
        told.append(
            f"{len(beyond)} of {len(every)} accepted answers are longer than the model may answer on this task (half of them by "
            f"{int(median(beyond))} tokens or more): they are learned up to there, and never said whole."
        )
    return f"{what}: {' '.join(told)}" if told else ""


def shares(first: int, second: int, budget: int) -> tuple[int, int]:
    """Tokens that two texts keep of a budget: the longer one is cut first, then both alike."""
    budget = max(0, budget)
    if first + second <= budget:
        return first, second
    half = budget // 2
    if min(first, second) <= half:
        return (first, budget - first) if first <= second else (budget - second, second)
    return budget - half, half


def prefix(tokenizer: Any, text: str, tokens: int) -> str:
    """The longest start of a text with at most so many tokens."""
    if tokens <= 0:
        return ""
    if getattr(tokenizer, "is_fast", False):
        spans = tokenizer(text, add_special_tokens=False, return_offsets_mapping=True, **AS_WRITTEN)["offset_mapping"]
        return text if len(spans) <= tokens else text[: spans[tokens - 1][1]]
    least, most = 0, len(text)  # tokenizers in plain Python (ByT5) know no places
    while least < most:
        middle = (least + most + 1) // 2
        if len(tokenizer(text[:middle], add_special_tokens=False, **AS_WRITTEN)["input_ids"]) <= tokens:
            least = middle
        else:
            most = middle - 1
    return text[:least]


def fit(
    tokenizer: Any, fill: Callable[[str, str], Sequence[int]], texts: tuple[str, str], room: int
) -> tuple[Sequence[int], tuple[str, str], int]:
    """Cut two texts until what `fill` makes of them has at most `room` ids.

    Returns:
        (ids, the texts that are left, tokens lost). Where even empty texts do not fit, the ids are too many.
    """
    ids = fill(*texts)
    lost = len(ids) - room
    if lost <= 0:
        return ids, texts, 0
    one, other = (len(tokenizer(text, add_special_tokens=False, **AS_WRITTEN)["input_ids"]) if text else 0 for text in texts)
    budget, kept = one + other - lost, texts
    for _ in range(_TRIES):
        first, second = shares(one, other, budget)
        kept = (prefix(tokenizer, texts[0], first), prefix(tokenizer, texts[1], second))
        ids = fill(*kept)
        if len(ids) <= room or budget <= 0:
            break
        budget -= len(ids) - room
    return ids, kept, lost


def answer_lost(task: Task, item: Example, kept: tuple[str, str]) -> bool:
    """Whether an answer that stands in the text of a question is cut away."""
    if task.kind != "extractive_qa":
        return False
    whole, left = (f"{first}\n{second}".casefold() for first, second in ((item.text_a, item.text_b), kept))
    there = [target.casefold() for target in item.targets if target.casefold() in whole]
    return bool(there) and not any(target in left for target in there)
