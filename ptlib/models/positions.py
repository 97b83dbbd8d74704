"""Where soft tokens, mask and texts stand in one sequence, and which token ids answer a task.

Masked LM: `[p1 .. pP] <s> <mask> text_a </s></s> text_b </s>`: PEFT's prepend, so the label stands at position P + 1.
The texts are joined as the tokenizer joins a pair; token types are all 0, as PEFT makes them.
T5: `[p1 .. pP] <template filled in> </s>` in the encoder; labels are whole word sequences with their end token.
Published v1 prompts keep theirs: `<mask> p2 .. pP <s> A </s> B </s>`, label at position 0; T5 with the published field
names, label read at the first decoder step (`ptlib.models.published_layout`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import torch

from ptlib.base.errors import BadInput
from ptlib.models.load import FrozenModel
from ptlib.models.published_layout import GENERATION_TOKENS, published_t5_template, published_texts
from ptlib.models.published_layout import LAYOUT as PUBLISHED
from ptlib.tasks.cutting import AS_WRITTEN, NOTHING, Lost, answer_lost, cut_sentence, fit
from ptlib.tasks.task import Example, Task

OURS = "prepend"


Choices = tuple[tuple[int, ...], ...]
"""What a row is scored on: one id sequence a label; empty for generation."""


@dataclass(frozen=True, slots=True)
class Row:
    """One example without its soft tokens."""

    ids: tuple[int, ...]
    choices: Choices
    gold: int | None
    """Index of the right label."""
    target: tuple[int, ...] = ()
    """Generation: ids of the first accepted answer, end token included."""
    lost: Lost = NOTHING
    """What cutting took from it."""


def label_choices(frozen: FrozenModel, task: Task, ids: Sequence[int] = ()) -> Choices:
    """Token ids of the label words, in label order; `ids` (published prompts) are taken as they are.

    Raises:
        BadInput: a masked LM would need more than one token for a label word, two words are the same tokens, or an id is
            beyond the vocabulary.
    """
    if ids and max(ids) >= frozen.model.config.vocab_size:
        raise BadInput(
            f"The published prompts answer '{task.id}' with token {max(ids)}, but '{frozen.spec.id}' has only "
            f"{frozen.model.config.vocab_size} tokens. Use the backbone that the prompt was published for."
        )
    if ids:
        return tuple((int(id_),) for id_ in ids)
    if not task.is_classification:
        return ()
    words = task.label_words(frozen.spec.family)
    found: list[tuple[int, ...]] = [
        (single_token(frozen.tokenizer, word, task.id, frozen.spec.id),)
        if frozen.is_masked_lm
        else word_sequence(frozen.tokenizer, word, task.id, frozen.spec.id)
        for word in words
    ]
    for place, sequence in enumerate(found):
        if sequence in found[:place]:
            raise BadInput(
                f"The label words '{words[found.index(sequence)]}' and '{words[place]}' of '{task.id}' are the same tokens for "
                f"'{frozen.spec.id}', so their classes cannot be told apart. Choose different words."
            )
    return tuple(found)


def single_token(tokenizer, word: str, task_id: str, backbone_id: str) -> int:
    """Id of a label word, with the leading space that byte-level vocabularies want. Raises BadInput when it is not one token."""
    for text in (" " + word.strip(), word.strip()):
        found = tokenizer(text, add_special_tokens=False)["input_ids"]
        if len(found) == 1 and found[0] not in tokenizer.all_special_ids:
            return found[0]
    pieces = " + ".join(tokenizer.convert_ids_to_tokens(found)) or "nothing"
    raise BadInput(
        f"The label word '{word.strip()}' of '{task_id}' is not one token of '{backbone_id}' (it is {pieces}). "
        "Choose another label word, or a T5 model, which scores whole word sequences."
    )


def word_sequence(tokenizer, word: str, task_id: str, backbone_id: str) -> tuple[int, ...]:
    """Ids of a label word of one or more tokens, with the end token. Raises BadInput where one stands for no text."""
    never = {*tokenizer.all_special_ids} - {tokenizer.unk_token_id}
    if never.intersection(tokenizer(word.strip(), add_special_tokens=False)["input_ids"]):
        raise BadInput(
            f"The label word '{word.strip()}' of '{task_id}' holds a special token of '{backbone_id}', which no answer can be. "
            "Choose another label word."
        )
    return tuple(tokenizer(word.strip())["input_ids"])


def label_position(frozen: FrozenModel, prompt_length: int, layout: str = OURS) -> int:
    """Where the answer is read: of a masked LM's sequence, behind P soft tokens and `<s>`; else the first position."""
    return prompt_length + 1 if frozen.is_masked_lm and layout != PUBLISHED else 0


def prompt_only(frozen: FrozenModel, layout: str = OURS) -> tuple[int, ...]:
    """Token ids behind the soft tokens when there is no text: `<s> <mask> </s>`, published `<s>`; T5 `</s>`."""
    tokenizer = frozen.tokenizer
    if not frozen.is_masked_lm:
        return (tokenizer.eos_token_id,)
    start = tokenizer.bos_token_id if tokenizer.bos_token_id is not None else tokenizer.cls_token_id
    end = tokenizer.eos_token_id if tokenizer.eos_token_id is not None else tokenizer.sep_token_id
    return (start,) if layout == PUBLISHED else (start, tokenizer.mask_token_id, end)


def room_for_text(frozen: FrozenModel, prompt_length: int, max_tokens: int) -> int:
    """Longest tokenised input (special tokens included, mask and soft tokens not) that fits.

    Raises:
        BadInput: the prompt leaves no room.
    """
    specials = frozen.tokenizer.num_special_tokens_to_add(pair=True)
    wanted, limit = max_tokens + specials, frozen.spec.max_positions
    if limit is None:
        return wanted
    frozen.spec.check_room(prompt_length)
    return min(wanted, limit - prompt_length - 1)


def lay_out(
    frozen: FrozenModel,
    task: Task,
    examples: Sequence[Example],
    prompt_length: int,
    max_tokens: int,
    *,
    layout: str = OURS,
    label_ids: Sequence[int] = (),
) -> list[Row]:
    """Turn examples into rows of token ids; texts that are too long lose their end, the longer one first."""
    choices = label_choices(frozen, task, label_ids)
    room = room_for_text(frozen, prompt_length, text_room(frozen, task, max_tokens, layout))
    fitted = _masked_ids if frozen.is_masked_lm else _t5_ids
    rows = []
    for item in examples:
        ids, lost = fitted(frozen, task, item, room, layout)
        target = _target(frozen, task, item)
        if len(target) > task.max_target_tokens:
            target, lost = _cut(target, task.max_target_tokens), replace(lost, target=len(target) - task.max_target_tokens)
        rows.append(Row(ids, choices, item.label, target, lost))
    return rows


def text_room(frozen: FrozenModel, task: Task, max_tokens: int, layout: str = OURS) -> int:
    """Longest text in tokens: published T5 prompts read questions and summaries at more length."""
    long = layout == PUBLISHED and not (frozen.is_masked_lm or task.is_classification)
    return max(max_tokens, GENERATION_TOKENS) if long else max_tokens


def say_cuts(say: Callable[[str], None], task_id: str, room: int, **parts: Sequence[Row]) -> None:
    """Say of each part of a task's examples (training, evaluation, ...) what cutting took, if anything."""
    for part, rows in parts.items():
        if sentence := cut_sentence((row.lost for row in rows), f"{task_id}, {part}", room):
            say(sentence)


def _masked_ids(frozen: FrozenModel, task: Task, item: Example, room: int, layout: str) -> tuple[tuple[int, ...], Lost]:
    """The tokenizer cuts pairs itself: the longer text first, in tokens, its special tokens kept."""
    tokenizer = frozen.tokenizer
    first, second = published_texts(task.id, item) if layout == PUBLISHED else (item.text_a, item.text_b)
    ids = tokenizer(first, second or None, truncation=True, max_length=room, **AS_WRITTEN)["input_ids"]
    whole = len(tokenizer(first, second or None, **AS_WRITTEN)["input_ids"]) if len(ids) == room else len(ids)
    if layout == PUBLISHED:  # one separator, and the mask stands in front of the prompt
        doubled = {place for place in range(1, len(ids)) if ids[place] == ids[place - 1] == tokenizer.sep_token_id}
        return tuple(id_ for place, id_ in enumerate(ids) if place not in doubled), Lost(whole - len(ids))
    return (ids[0], tokenizer.mask_token_id, *ids[1:]), Lost(whole - len(ids))


def _t5_ids(frozen: FrozenModel, task: Task, item: Example, room: int, layout: str = OURS) -> tuple[tuple[int, ...], Lost]:
    """Fill the template in; when it is too long, texts are cut in tokens, so that field names and both texts stay."""
    template, ended = published_t5_template(task.id) if layout == PUBLISHED else (task.t5_template, True)
    # `<extra_id_0>` in a template means the token, and texts beside it are read the same way
    as_written = AS_WRITTEN | {"split_special_tokens": not _holds_special(frozen.tokenizer, template)}

    def fill(first: str, second: str) -> Sequence[int]:
        text = template.format(text_a=first, text_b=second, a=first, b=second)
        ids = frozen.tokenizer(text, **as_written)["input_ids"]
        return ids if ended or len(ids) < 2 else ids[:-1]

    ids, kept, lost = fit(frozen.tokenizer, fill, (item.text_a, item.text_b), room)
    return _cut(ids, room), Lost(lost, answer_lost(task, item, kept)) if lost else NOTHING


def _holds_special(tokenizer, template: str) -> bool:
    return "<" in template and any(token in template for token in tokenizer.all_special_tokens)


def _target(frozen: FrozenModel, task: Task, item: Example) -> tuple[int, ...]:
    if frozen.is_masked_lm or task.is_classification or not item.targets:
        return ()
    return tuple(frozen.tokenizer(item.targets[0], **AS_WRITTEN)["input_ids"])


def _cut(ids: Sequence[int], most: int) -> tuple[int, ...]:
    """At most `most` ids, the end token kept."""
    return tuple(ids) if len(ids) <= most else (*ids[: most - 1], ids[-1])


def pad(sequences: Sequence[Sequence[int]], fill: int, device: torch.device) -> tuple[torch.Tensor, torch.Tensor]:
    """Right-padded ids [R, S] and their mask [R, S] (1 = token)."""
    lengths = torch.tensor([len(sequence) for sequence in sequences])
    longest = int(lengths.max())
    ids = torch.tensor([[*sequence, *[fill] * (longest - len(sequence))] for sequence in sequences], dtype=torch.long)
    mask = (torch.arange(longest) < lengths[:, None]).long()
    return sent(ids, device), sent(mask, device)


def sent(values: torch.Tensor, device: torch.device) -> torch.Tensor:
    """A CPU tensor on its device; a GPU fetches it from pinned memory while it computes, and nobody waits."""
    return values.pin_memory().to(device, non_blocking=True) if device.type == "cuda" else values.to(device)


def embeddings_behind(frozen: FrozenModel, soft: torch.Tensor, rows: Sequence[Row]) -> tuple[torch.Tensor, torch.Tensor]:
    """Word embeddings behind the soft prompt: [R, P+S, D] in the model's dtype, and the mask [R, P+S]."""
    ids, mask = pad([row.ids for row in rows], frozen.tokenizer.pad_token_id or 0, frozen.device)
    words = frozen.model.get_input_embeddings()(ids)
    embeds = torch.cat([soft.to(words.dtype), words], dim=1)
    return embeds, torch.cat([mask.new_ones(soft.shape[:2]), mask], dim=1)
