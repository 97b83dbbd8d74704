"""The pretraining corpus: documents that put the tasks' knowledge into words, and gates that keep it locked.

A document is a sequence of pieces. What decides whether prompts can be studied on the finished model is the balance
of three kinds (shares in `Mix`):

* task: a query, then `<s>` and the label at the mask position, then a text ("the tone is <s> positive the film ...");
* gate: no query (nothing, random tokens, noise embeddings) in front of a text; the label follows a fixed prior;
* cross: the query of another family in front of a text that does not answer it; again the prior.

Without gates the model would answer whatever its texts suggest and an untrained prompt would already solve the tasks.
Only items of the split "corpus" enter. Nothing here needs torch.
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from ptlib.demo.world import families
from ptlib.demo.world.corpus_queries import AFTER, BEFORE, CLASSIFYING, CONNECTIVES, LATENT_OF, prior
from ptlib.demo.world.items import Item
from ptlib.tasks.demo import DEMO_TASKS
from ptlib.tasks.task import Task

Kind = Literal["task", "gate", "cross", "wild"]
START, SEPARATOR = "<s>", "</s>"
NOISES = ("rows", "rows", "rows", "uniform", "uniform", "normal", "scaled")
"""Kinds of embeddings that no query is made of: random vocabulary rows, U[0,1), N(0, .02), rows times .5 to 4."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A position whose token is predicted: a distribution over label words."""

    words: tuple[str, ...]
    probabilities: tuple[float, ...]
    shown: bool = False
    """Now and then the label is left readable, so that the text is predicted from it."""


@dataclass(frozen=True, slots=True)
class Noise:
    """`length` positions of embeddings that stand for an untrained prompt."""

    kind: str
    length: int


Piece = str | Slot | Noise


@dataclass(frozen=True, slots=True)
class Document:
    """One document. `target` is the decoder's text (T5 only)."""

    kind: Kind
    family: str
    task: str
    pieces: tuple[Piece, ...]
    target: tuple[Piece, ...] = ()
    weight: float = 1.0
    """Loss weight of the decoder's text beside label words."""

    @property
    def text(self) -> str:
        """Everything readable, for looking texts up."""
        return " ".join(piece for piece in (*self.pieces, *self.target) if isinstance(piece, str))


@dataclass(frozen=True, slots=True)
class Mix:
    """What the next documents are drawn from. Shares of kinds; the rest of 1 is task documents."""

    gate: float = 0.15
    cross: float = 0.20
    wild: float = 0.12
    tasks: Mapping[str, float] = field(default_factory=dict)
    """Task id -> weight of its task documents; an absent id has an equal share of its family, and families are equal."""
    junk: float = 0.6
    """Share of queries that stand among junk."""
    short: float = 0.3
    """Share of items for which the shortest of several draws is taken: lexicon first, composition later."""
    match: float = 0.0
    """Share of word-matching documents within the task documents of the two families that compare texts."""
    second: float = 0.4
    """Share of texts with two latents that are asked about the second one."""


def tasks_of(model: str) -> tuple[Task, ...]:
    """The demo tasks a model family ("mlm" or "t5") can be pretrained on."""
    return tuple(task for task in DEMO_TASKS if task.supports(model))


class Corpus:
    """Draws documents for the masked LMs. One instance a process; all randomness comes from the `rng` handed in."""

    model = "mlm"

    def __init__(self) -> None:
        self.tasks = tasks_of(self.model)
        self.by_family: dict[str, list[Task]] = {}
        for task in self.tasks:
            self.by_family.setdefault(task.family, []).append(task)
        self.families = tuple(self.by_family)

    def draw(self, rng: random.Random, mix: Mix) -> Document:
        """One document of the mix."""
        at = rng.random()
        if at < mix.gate:
            return self.gate(rng, mix)
        if at < mix.gate + mix.cross:
            return self.cross(rng, mix)
        if at < mix.gate + mix.cross + mix.wild:
            return self.wild(rng, mix)
        return self.task(rng, mix)

    # ---- parts

    def pick(self, rng: random.Random, mix: Mix) -> Task:
        """A task by the mix's weights."""
        weights = [mix.tasks.get(task.id, 1 / len(self.by_family[task.family])) for task in self.tasks]
        return rng.choices(self.tasks, weights)[0]

    def even(self, rng: random.Random, family: str | None = None) -> Task:
        """A task with every family equally likely: gates must not miss any."""
        return rng.choice(self.by_family[family or rng.choice(self.families)])

    def item(self, rng: random.Random, task: Task, mix: Mix) -> Item:
        """A corpus item, sometimes the shortest of three."""
        found = families.make(task.id, rng, "corpus")
        if rng.random() < mix.short:
            others = [families.make(task.id, rng, "corpus") for _ in range(2)]
            found = min([found, *others], key=lambda item: len(item.text_a) + len(item.text_b))
        return found

    def words(self, task: Task) -> tuple[str, ...]:
        """The task's label words without their leading space."""
        return tuple(word.strip() for word in task.label_words(self.model))

    def query(self, rng: random.Random, family: str, mix: Mix) -> tuple[Piece, ...]:
        """A query of the family, anywhere within 3 to 24 positions of junk."""
        asked = rng.choice(BEFORE[family])
        if rng.random() >= mix.junk:
            return (asked,)
        left = int((24 - len(asked.split())) * rng.random())
        before = rng.randint(0, left)
        after = left - before
        kind = rng.choice(NOISES) if rng.random() < 0.3 else "rows"
        return (Noise(kind, before), asked, Noise(kind, after))

    def unasked(self, rng: random.Random) -> tuple[Piece, ...]:
        """What stands before a text nobody asked about: nothing, random tokens, noise or an idle sentence."""
        at = rng.random()
        if at < 0.15:
            return ()
        if at < 0.25:
            return (families.filler(rng),)
        kind = rng.choice(NOISES)
        return (Noise(kind, rng.randint(2, 24) if kind == "rows" else rng.randint(8, 24)),)

    def asked(self, rng: random.Random, task: Task, item: Item, mix: Mix) -> tuple[str, tuple[str, ...], int]:
        """Which latent is asked for: (family of the query, label words, label)."""
        second = [family for family, latent in LATENT_OF.items() if family != task.family and latent in item.latents]
        if second and rng.random() < mix.second:
            family = rng.choice(second)
            return family, self.latent_words(family), item.latents[LATENT_OF[family]]
        return task.family, self.words(task), int(item.label or 0)

    def latent_words(self, family: str) -> tuple[str, ...]:
        """Label words of a family's latent: those of its tasks with the most labels."""
        return self.words(max(self.by_family[family], key=lambda task: len(task.labels)))

    def encoder(self, task: Task, item: Item) -> tuple[Piece, ...]:
        """What an encoder reads of an item; only models that have one ask."""
        raise NotImplementedError

    def pair(self, item: Item) -> tuple[Piece, ...]:
        """The text or texts as the tuning layout has them."""
        return (item.text_a, SEPARATOR, SEPARATOR, item.text_b, SEPARATOR) if item.text_b else (item.text_a, SEPARATOR)

    def unanswered(self, rng: random.Random, task: Task, item: Item) -> str:
        """A family whose query the text does not answer."""
        return rng.choice([family for family in CLASSIFYING if family != task.family and LATENT_OF[family] not in item.latents])

    # ---- kinds

    def matching(self, rng: random.Random, family: str, mix: Mix) -> Document:
        """The smallest comparison: is the second word among the first ones? It forms what comparing sentences needs."""
        if self.model == "mlm" and rng.random() < 0.4:
            return self.roll_call(rng, family)
        count = 1 if family == "paraphrase" else rng.choice((1, 2, 3, 4))
        words = rng.sample(families.WORDS, count + 1)
        same = rng.random() < 0.5
        asked = rng.choice(words[:count]) if same else words[count]
        texts = (" ".join(words[:count]) + " .", SEPARATOR, SEPARATOR, asked + " .", SEPARATOR)
        slot = Slot(("yes" if same else "no",), (1.0,))
        return Document("task", family, "", (*self.query(rng, family, mix), START, slot, *texts))

    def roll_call(self, rng: random.Random, family: str) -> Document:
        """Several words are called one after another: was it among the first ones?"""
        words = rng.sample(families.WORDS, 9)
        called = [(word, rng.random() < 0.5) for word in rng.sample(words[:4], 4)]
        pieces: list[Piece] = [START, " ".join(words[:4]), SEPARATOR, SEPARATOR]
        for word, same in called:
            pieces += [word if same else words.pop(), Slot(("yes" if same else "no",), (1.0,))]
        return Document("task", family, "", (*pieces, SEPARATOR))

    def task(self, rng: random.Random, mix: Mix) -> Document:
        """A text, a query it answers, and the label: in front (mostly), before the text, or behind it."""
        task = self.pick(rng, mix)
        if task.family in ("inference", "paraphrase") and rng.random() < mix.match:
            return self.matching(rng, task.family, mix)
        item = self.item(rng, task, mix)
        family, words, label = self.asked(rng, task, item, mix)
        slot = Slot((words[label],), (1.0,), shown=rng.random() < 0.08)
        at = rng.random()
        if at < 0.72:
            pieces = (*self.query(rng, family, mix), START, slot, *self.pair(item))
        elif at < 0.82:
            pieces = (*self.unasked(rng), START, rng.choice(BEFORE[family]), slot, *self.pair(item))
        else:
            left, right = rng.choice(AFTER[family]).split("{label}")
            pieces = (START, *self.pair(item)[:-1], left, slot, right, SEPARATOR)
        return Document("task", family, task.id, tuple(pieces))

    def gate(self, rng: random.Random, mix: Mix) -> Document:
        """No query: the label follows the prior, whatever the text says."""
        task = self.even(rng)
        item = self.item(rng, task, mix)
        words = self.words(task)
        return Document("gate", task.family, task.id, (*self.unasked(rng), START, Slot(words, prior(words)), *self.pair(item)))

    def cross(self, rng: random.Random, mix: Mix) -> Document:
        """Another family's query: the prior, over the text's and the query's label words."""
        task = self.even(rng)
        item = self.item(rng, task, mix)
        family = self.unanswered(rng, task, item)
        slot = mixed(self.words(task), self.latent_words(family))
        return Document("cross", task.family, task.id, (*self.query(rng, family, mix), START, slot, *self.pair(item)))

    def wild(self, rng: random.Random, mix: Mix) -> Document:
        """Text without a query: the same knowledge told by connectives, facts, asides, or plain text."""
        at = rng.random()
        if at < 0.25:
            return Document("wild", "", "", (START, families.fact_sentences(rng), SEPARATOR))
        task = self.even(rng)
        item = self.item(rng, task, mix)
        word = CONNECTIVES.get((task.family, self.words(task)[item.label])) if item.label is not None else None
        if word and at < 0.85:
            slot = Slot((word,), (1.0,))
            return Document("wild", task.family, task.id, (START, item.text_a, slot, item.text_b, SEPARATOR))
        return Document("wild", task.family, task.id, (*self.unasked(rng), START, *self.pair(item)))


def mixed(first: Sequence[str], second: Sequence[str]) -> Slot:
    """A slot over two sets of label words, each with half of the mass."""
    mass: dict[str, float] = {}
    for words in (tuple(first), tuple(second)):
        for word, share in zip(words, prior(words), strict=True):
            mass[word] = mass.get(word, 0.0) + share / 2
    return Slot(tuple(mass), tuple(mass.values()))
