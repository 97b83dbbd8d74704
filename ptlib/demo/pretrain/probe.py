"""Probes: what a model answers with a query, without one, after noise, and after the wrong query.

The loss says little here; these curves decide the curriculum. Items come from the split "validation", which is in no corpus.
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import torch
from transformers import PreTrainedModel

from ptlib.demo.pretrain.batches import Batch, Maker, collate
from ptlib.demo.pretrain.models import embed, logits
from ptlib.demo.world import families
from ptlib.demo.world.corpus import START, Corpus, Document, Noise, Piece, Slot
from ptlib.demo.world.corpus_queries import BEFORE, CLASSIFYING
from ptlib.demo.world.items import Item
from ptlib.tasks.task import Task

CONDITIONS = ("cue", "words", "noise", "none", "cross")
Scores = dict[str, dict[str, float]]
"""Task id -> condition -> score in 0..1."""


class Probe:
    """A fixed set of validation items, asked in every condition."""

    def __init__(self, corpus: Corpus, maker: Maker, items: int, pad: int, device: str, *, seed: int = 7) -> None:
        self.corpus, self.maker, self.pad, self.device = corpus, maker, pad, device
        self.items: dict[str, list[Item]] = {}
        for task in corpus.tasks:
            self.items[task.id] = balanced(task, items, random.Random(f"{seed}{task.id}"))

    def prefix(self, rng: random.Random, task: Task, item: Item, condition: str) -> tuple[Piece, ...]:
        """What stands in front of the text."""
        if condition == "cue":
            return (rng.choice(BEFORE[task.family]),)
        if condition == "words":
            return (Noise("rows", 20),)
        if condition == "noise":
            return (Noise("uniform", 20),)
        if condition == "cross":
            return (rng.choice(BEFORE[self.corpus.unanswered(rng, task, item)]),)
        return ()

    @torch.no_grad()
    def run(self, model: PreTrainedModel, conditions: Sequence[str] = CONDITIONS) -> Scores:
        """Accuracy (restricted to the task's label words) or exact match, by task and condition."""
        model.eval()
        scores: Scores = {}
        for task in self.corpus.tasks:
            scores[task.id] = {}
            for condition in conditions if task.is_classification else conditions[:3]:
                rng = random.Random(f"{task.id}{condition}")
                score = self._classify if task.is_classification else self._generate
                scores[task.id][condition] = round(score(model, rng, task, condition), 3)
            if not task.is_classification:
                items = self.items[task.id]
                guess = sum(1 / len(item.candidates) for item in items if item.candidates) / len(items)
                scores[task.id]["guess"] = round(guess, 3)
        model.train()
        return scores

    def _classify(self, model: PreTrainedModel, rng: random.Random, task: Task, condition: str) -> float:
        words = self.corpus.words(task)
        items = self.items[task.id] if condition == "cue" else self.items[task.id][: len(self.items[task.id]) // 2]
        slot = Slot((words[0],), (1.0,))
        documents = []
        for item in items:
            prefix = self.prefix(rng, task, item, condition)
            if self.corpus.model == "mlm":
                documents.append(Document("task", task.family, task.id, (*prefix, START, slot, *self.corpus.pair(item))))
            else:
                documents.append(Document("task", task.family, task.id, (*prefix, *self.corpus.encoder(task, item)), (slot,)))
        rows = [self._bare(document, rng) for document in documents]
        scores = logits(model, collate(rows, self.pad, self.device), torch.Generator().manual_seed(0))
        ids = torch.tensor([self.maker.encoder.single(word) for word in words], device=scores.device)
        guessed = scores[:, ids].argmax(-1).tolist()
        return sum(guess == item.label for guess, item in zip(guessed, items, strict=True)) / len(items)

    def _bare(self, document: Document, rng: random.Random):
        """The encoded document with its label as the only target and nothing covered."""
        self.maker.span = 0.0
        plain = replace(document, kind="task")
        row = self.maker.encode(plain, rng)
        while any(group == "text" for *_, group in row.targets) and self.corpus.model == "mlm":
            row = self.maker.encode(plain, rng)
        row.targets = [target for target in row.targets if target[3] == "label"]
        row.shift = 0
        return row

    def _generate(self, model: PreTrainedModel, rng: random.Random, task: Task, condition: str) -> float:
        items = self.items[task.id][: 40 if condition == "cue" else 12]
        rows = []
        for item in items:
            pieces = (*self.prefix(rng, task, item, condition), *self.corpus.encoder(task, item))
            row = self.maker.encode(Document("gate", task.family, task.id, pieces, ("x",)), rng)
            rows.append(row)
        batch = collate(rows, self.pad, self.device)
        said = greedy(model, batch, min(task.max_target_tokens, 16))
        texts = [self.maker.encoder.tokenizer.decode(ids).strip() for ids in said]
        return sum(text in item.targets for text, item in zip(texts, items, strict=True)) / len(items)


@torch.no_grad()
def greedy(model: Any, batch: Batch, limit: int) -> list[list[int]]:
    """Greedy decoding of at most `limit` tokens, without the end token."""
    given = embed(model.shared, batch, torch.Generator().manual_seed(0))
    said = model.generate(inputs_embeds=given, attention_mask=batch.attention.long(), max_new_tokens=limit, do_sample=False)
    return [ids[: ids.index(1)] if 1 in ids else ids for ids in said[:, 1:].tolist()]


def balanced(task: Task, count: int, rng: random.Random) -> list[Item]:
    """About `count` validation items with labels in turn, so that a constant answer scores exactly chance."""
    labels = max(1, len(task.labels))
    found: list[Item] = []
    for index in range(max(1, count // (2 * labels)) * 2 * labels):
        item = families.make(task.id, rng, "validation")
        while task.labels and item.label != index % labels:
            item = families.make(task.id, rng, "validation")
        found.append(item)
    return found


def summary(scores: Scores, tasks: Sequence[Task]) -> dict[str, float]:
    """Means over the classification tasks, as gain over chance in 0..1, by condition."""
    chosen = [task for task in tasks if task.is_classification]
    return {name: round(sum(gain(task, scores[task.id], name) for task in chosen) / len(chosen), 3) for name in CONDITIONS}


def gain(task: Task, scores: Mapping[str, float], condition: str) -> float:
    """(accuracy - chance) / (1 - chance); for generation the exact match, for reading above the type guess."""
    floor = task.chance if task.chance is not None else (scores.get("guess", 0.0) if condition == "cue" else 0.0)
    return (scores.get(condition, floor) - floor) / max(1e-6, 1 - floor)


def line(scores: Scores) -> str:
    """One readable line: task cue/words/noise/none/cross in percent."""
    return "  ".join(
        f"{name.partition('/')[2]} " + "/".join(f"{100 * row[condition]:.0f}" for condition in CONDITIONS if condition in row)
        for name, row in scores.items()
    )


def families_of(tasks: Sequence[Task]) -> tuple[str, ...]:
    """The families in the order they are taught."""
    order = (*CLASSIFYING, "question_answering", "summarisation")
    return tuple(name for name in order if any(task.family == name for task in tasks))
