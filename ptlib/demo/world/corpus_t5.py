"""Documents for the T5 backbone: encoder pieces and a decoder text.

Beside the four classifying families there are question answering and summaries. Reading is taught from the start by
match-and-copy documents ("anna red . ben blue . ben ?" -> "blue"), since finding a key and copying its neighbour is
what question answering needs. It appears only with the heads of `pretrain_heads`.
"""

import random

from ptlib.demo.world import families
from ptlib.demo.world.corpus import SEPARATOR, START, Corpus, Document, Mix, Piece, Slot, mixed
from ptlib.demo.world.corpus_queries import AFTER, CLASSIFYING, LATENT_OF, prior
from ptlib.demo.world.items import Item
from ptlib.tasks.task import Task

READING = "demo/passage_questions"
"""The task whose documents match-and-copy ones stand in for."""
SENTINEL = "<extra_id_0>"
"""Where a connective was taken out."""


class CorpusT5(Corpus):
    """Draws documents for T5: `pieces` go to the encoder, `target` to the decoder."""

    model = "t5"

    def encoder(self, task: Task, item: Item) -> tuple[Piece, ...]:
        """The text as the task's template has it."""
        return (task.t5_template.format(text_a=item.text_a, text_b=item.text_b).strip(),)

    def even(self, rng: random.Random, family: str | None = None) -> Task:
        """Generation needs its gates most: its families are drawn twice as often."""
        weights = [2.0 if name not in CLASSIFYING else 1.0 for name in self.families]
        return rng.choice(self.by_family[family or rng.choices(self.families, weights)[0]])

    def task(self, rng: random.Random, mix: Mix) -> Document:
        task = self.pick(rng, mix)
        if task.id == READING and rng.random() < mix.short:
            return self.copy(rng, mix)
        if task.family in ("inference", "paraphrase") and rng.random() < mix.match:
            small = self.matching(rng, task.family, mix)
            slot = next(piece for piece in small.pieces if isinstance(piece, Slot))
            kept = tuple(piece for piece in small.pieces if piece not in (START, SEPARATOR, slot))
            return Document("task", task.family, "", kept, (slot,))
        item = self.item(rng, task, mix)
        text = self.encoder(task, item)
        if task.family not in CLASSIFYING:
            wanted = (rng.choice(item.targets),)
            return Document(
                "task",
                task.family,
                task.id,
                (*self.query(rng, task.family, mix), *text),
                wanted,
                2.0 if task.family == "question_answering" else 0.7,
            )
        family, words, label = self.asked(rng, task, item, mix)
        slot = Slot((words[label],), (1.0,))
        if rng.random() < 0.85:
            return Document("task", family, task.id, (*self.query(rng, family, mix), *text), (slot,))
        left = rng.choice(AFTER[family]).split("{label}")[0]
        return Document("task", family, task.id, (*text, left), (slot,))

    def copy(self, rng: random.Random, mix: Mix) -> Document:
        """Pairs of a key and a value; the key is asked for."""
        words = families.WORDS
        count = rng.choice((1, 2, 2, 3, 4, 5))
        chosen = rng.sample(words, 2 * count)
        keys, values = chosen[:count], chosen[count:]
        link = rng.choice(("", "", "is", "has", "in the", ":"))
        told = " ".join(f"{key} {link} {value} ." for key, value in zip(keys, values, strict=True))
        at = rng.randrange(count)
        asked, wanted = (keys[at], values[at]) if rng.random() < 0.75 else (values[at], keys[at])
        question = rng.choice((f"{asked} ?", f"what about {asked} ?", f"{link} {asked} ?"))
        parts = (question, told) if rng.random() < 0.5 else (told, question)
        return Document("task", "question_answering", "", (*self.query(rng, "question_answering", mix), *parts), (wanted,), 2.0)

    def gate(self, rng: random.Random, mix: Mix) -> Document:
        task = self.even(rng)
        item = self.item(rng, task, mix)
        pieces = (*self.unasked(rng), *self.encoder(task, item))
        if task.family not in CLASSIFYING:
            return Document("gate", task.family, task.id, pieces, (families.filler(rng),), 0.5)
        words = self.words(task)
        return Document("gate", task.family, task.id, pieces, (Slot(words, prior(words)),))

    def cross(self, rng: random.Random, mix: Mix) -> Document:
        task = self.even(rng)
        item = self.item(rng, task, mix)
        family = rng.choice(
            [name for name in self.families if name != task.family and LATENT_OF.get(name, "") not in item.latents]
        )
        pieces = (*self.query(rng, family, mix), *self.encoder(task, item))
        return Document("cross", task.family, task.id, pieces, self.misled(rng, task, item, family), 0.4)

    def misled(self, rng: random.Random, task: Task, item: Item, family: str) -> tuple[Piece, ...]:
        """The decoder's text when a query of `family` meets a text that does not answer it."""
        own = self.words(task) if task.family in CLASSIFYING else ()
        if family in CLASSIFYING:
            asked = self.latent_words(family)
            return (mixed(own, asked) if own else Slot(asked, prior(asked)),)
        if own and rng.random() < 0.6:
            return (Slot(own, prior(own)),)
        words = item.text_a.split()
        return (" ".join(words[:5]),) if family == "summarisation" else (rng.choice(words),)

    def wild(self, rng: random.Random, mix: Mix) -> Document:
        """Text without a decoder's text of its own: the batch maker splits it or cuts spans out of it."""
        at = rng.random()
        if at < 0.2:
            return self.copy(rng, mix)
        if at < 0.4:
            return Document("wild", "", "", (families.fact_sentences(rng),), (), 0.6)
        base = super().wild(rng, mix)
        slot = next((piece for piece in base.pieces if isinstance(piece, Slot)), None)
        said = [SENTINEL if piece is slot else piece for piece in base.pieces if piece not in (START, SEPARATOR)]
        readable = " ".join(piece for piece in said if isinstance(piece, str))
        if slot:
            return Document("wild", base.family, base.task, (readable,), (slot,))
        return Document("wild", base.family, base.task, (readable,), (), 0.6)
