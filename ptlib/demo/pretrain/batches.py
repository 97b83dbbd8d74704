"""From documents to tensors: masking, noise positions, and sparse soft targets.

Every target is a row of (position, token, mass): a hard target is one entry of mass 1, a gate's prior one entry a label
word. So the vocabulary's logits are only computed where something is predicted.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass

import torch

from ptlib.demo.pretrain.tokenizer import MASKED_LM_SPECIAL, SENTINELS, T5_SPECIAL, Encoder
from ptlib.demo.world.corpus import SEPARATOR, START, Corpus, Document, Mix, Noise, Slot

LABEL_WEIGHT = 4.0
DEPTHS = (3, 9)
"""Decoder lengths that bound the groups a T5 batch is made of: answers, short texts, longer ones."""
NOISE_CODES = {"normal": 1, "uniform": 2}
FAR = 100
"""Largest shift of the position ids, so that also long prompts and texts meet trained positions."""


@dataclass(slots=True)
class Row:
    """One encoded document. `targets`: (position, token, mass, group); the position counts decoder tokens for T5."""

    ids: list[int]
    scale: list[float]
    noise: list[int]
    targets: list[tuple[int, int, float, str]]
    shift: int = 0
    decoder: tuple[int, ...] = ()


@dataclass(slots=True)
class Batch:
    """Tensors of one update. B documents, T encoder tokens, N predicted positions, E target entries."""

    ids: torch.Tensor
    """[B, T] int64"""
    scale: torch.Tensor
    """[B, T] float32: factor on the word embedding"""
    noise: torch.Tensor
    """[B, T] int64: 0 none, 1 N(0, .02), 2 U[0, 1)"""
    attention: torch.Tensor
    """[B, T] bool"""
    shift: torch.Tensor
    """[B] int64: offset of the position ids"""
    decoder: torch.Tensor | None
    """[B, D] int64: decoder input, starting with the pad token (T5)"""
    where: torch.Tensor
    """[N] int64: predicted positions in the flattened [B, T] (T5: [B, D])"""
    entry: torch.Tensor
    """[E] int64: index into N"""
    token: torch.Tensor
    """[E] int64"""
    mass: torch.Tensor
    """[E] float32: loss weight times probability"""
    group: list[str]
    """Per entry: label, gate, text."""


class Maker:
    """Encodes documents of one model family. All randomness comes from the `rng` handed in."""

    def __init__(self, encoder: Encoder, model: str, common: frozenset[int] = frozenset(), far: int = FAR) -> None:
        self.encoder, self.model, self.common, self.far = encoder, model, common, far
        self.first = len(MASKED_LM_SPECIAL) if model == "mlm" else len(T5_SPECIAL)
        if model == "mlm":
            self.start, self.end, self.mask = (encoder.special(token) for token in (START, SEPARATOR, "<mask>"))
        else:
            self.end = encoder.special("</s>")
            self.sentinels = [encoder.special(f"<extra_id_{i}>") for i in range(SENTINELS)]

    def encode(self, document: Document, rng: random.Random) -> Row:
        """One document as ids and targets."""
        return self._masked(document, rng) if self.model == "mlm" else self._split(document, rng)

    def batches(self, corpus: Corpus, mix: Mix, rng: random.Random, size: int, count: int, *, span: float) -> list[list[Row]]:
        """`count` batches of `size` documents of like length, in random order. `span`: share of span corruption (T5)."""
        self.span = span
        rows = [self.encode(corpus.draw(rng, mix), rng) for _ in range(size * count)]
        rows.sort(key=lambda row: (sum(len(row.decoder) > limit for limit in DEPTHS), len(row.ids)))
        groups = [rows[at : at + size] for at in range(0, len(rows), size)]
        rng.shuffle(groups)
        return groups

    # ---- pieces

    def _noise(self, row: Row, piece: Noise, rng: random.Random) -> None:
        """Positions of an untrained prompt: random rows of the vocabulary, or embeddings drawn in the model."""
        factor = rng.choice((0.5, 1.5, 2.0, 3.0, 4.0)) if piece.kind == "scaled" else 1.0
        row.ids += [rng.randrange(self.first, self.encoder.size) for _ in range(piece.length)]
        row.scale += [factor] * piece.length
        row.noise += [NOISE_CODES.get(piece.kind, 0)] * piece.length

    def _add(self, row: Row, ids: Sequence[int]) -> None:
        row.ids += ids
        row.scale += [1.0] * len(ids)
        row.noise += [0] * len(ids)

    def _label(self, row: Row, slot: Slot, position: int, gate: bool) -> None:
        for word, mass in zip(slot.words, slot.probabilities, strict=True):
            row.targets.append((position, self.encoder.single(word), LABEL_WEIGHT * mass, "gate" if gate else "label"))

    # ---- masked LM

    def _masked(self, document: Document, rng: random.Random) -> Row:
        row = Row([], [], [], [])
        rate = self._rate(document, rng)
        for piece in document.pieces:
            if isinstance(piece, Noise):
                self._noise(row, piece, rng)
            elif isinstance(piece, Slot):
                if piece.shown:
                    self._add(row, [self.encoder.single(piece.words[0])])
                else:
                    self._label(row, piece, len(row.ids), document.kind in ("gate", "cross"))
                    self._add(row, [self.mask])
            elif piece in (START, SEPARATOR):
                self._add(row, [self.start if piece == START else self.end])
            else:
                self._cover(row, self.encoder.ids(piece), rate, rng)
        row.shift = 0 if rng.random() < 0.6 else rng.randint(0, self.far)
        return row

    def _rate(self, document: Document, rng: random.Random) -> float:
        """Share of covered words. Half of the labelled documents keep their text whole, as it is in tuning."""
        if document.kind == "wild" or any(isinstance(piece, Slot) and piece.shown for piece in document.pieces):
            return 0.2
        return 0.0 if rng.random() < 0.5 else 0.12

    def _cover(self, row: Row, ids: Sequence[int], rate: float, rng: random.Random) -> None:
        begin = len(row.ids)
        self._add(row, ids)
        if not rate:
            return
        for at, token in enumerate(ids, begin):
            if rng.random() < (0.04 if token in self.common else rate):
                row.targets.append((at, token, 1.0, "text"))
                if rng.random() < 0.9:
                    row.ids[at] = self.mask

    # ---- T5

    def _split(self, document: Document, rng: random.Random) -> Row:
        row = Row([], [], [], [])
        if not document.target:
            self._plain(row, self.encoder.ids(document.text), rng, document.weight)
            return row
        if document.kind == "task" and rng.random() < self.span and not isinstance(document.target[0], Slot):
            self._plain(row, self.encoder.ids(document.text), rng, document.weight)
            return row
        for piece in document.pieces:
            if isinstance(piece, Noise):
                self._noise(row, piece, rng)
            else:
                self._add(row, self.encoder.ids(str(piece)))
        self._add(row, [self.end])
        self._decode(row, document, rng)
        return row

    def _decode(self, row: Row, document: Document, rng: random.Random) -> None:
        piece = document.target[0]
        if isinstance(piece, Slot):
            self._label(row, piece, 0, document.kind in ("gate", "cross"))
            said = [self.encoder.single(rng.choices(piece.words, piece.probabilities)[0])]
        else:
            said = self.encoder.ids(str(piece))
            group = "answer" if document.kind == "task" else "text"
            row.targets += [(at, token, document.weight, group) for at, token in enumerate(said)]
        row.targets.append((len(said), self.end, 0.3, "text"))
        row.decoder = (0, *said)

    def _plain(self, row: Row, ids: list[int], rng: random.Random, weight: float) -> None:
        """Plain text: half is cut in two (prefix LM), half loses spans (sentinels)."""
        if rng.random() < 0.4 and len(ids) > 6:
            at = rng.randint(len(ids) // 2, len(ids) - 2)
            kept, said = ids[:at], ids[at : at + 8]
        else:
            kept, said = self._spans(ids, rng)
        self._add(row, [*kept, self.end])
        row.targets += [(at, token, 0.1 if token in self.common else weight, "text") for at, token in enumerate(said)]
        row.decoder = (0, *said[:-1])

    def _spans(self, ids: list[int], rng: random.Random) -> tuple[list[int], list[int]]:
        """Cut spans of one to three tokens; the decoder says a sentinel and what was cut, span by span."""
        kept: list[int] = []
        said: list[int] = []
        at, count = 0, 0
        while at < len(ids):
            if count < SENTINELS - 1 and rng.random() < 0.1:
                length = rng.randint(1, 3)
                kept.append(self.sentinels[count])
                said += [self.sentinels[count], *ids[at : at + length]]
                count, at = count + 1, at + length
            else:
                kept.append(ids[at])
                at += 1
        return kept, [*said, self.end]


def collate(rows: Sequence[Row], pad: int, device: str) -> Batch:
    """Pad a list of rows to one batch."""
    longest = max(len(row.ids) for row in rows)
    deepest = max(len(row.decoder) for row in rows)
    width = deepest or longest
    where: list[int] = []
    entry, token, mass, group = list[int](), list[int](), list[float](), list[str]()
    for index, row in enumerate(rows):
        seen: dict[int, int] = {}
        for position, target, weight, kind in row.targets:
            if position not in seen:
                seen[position] = len(where)
                where.append(index * width + position)
            entry.append(seen[position])
            token.append(target)
            mass.append(weight)
            group.append(kind)

    def grid(values: list[list], fill: float, length: int, kind: torch.dtype) -> torch.Tensor:
        return torch.tensor([[*value, *[fill] * (length - len(value))] for value in values], dtype=kind).to(device)

    def line(values: list, kind: torch.dtype) -> torch.Tensor:
        return torch.tensor(values, dtype=kind).to(device)

    return Batch(
        ids=grid([row.ids for row in rows], pad, longest, torch.int64),
        scale=grid([row.scale for row in rows], 1.0, longest, torch.float32),
        noise=grid([row.noise for row in rows], 0, longest, torch.int64),
        attention=grid([[1] * len(row.ids) for row in rows], 0, longest, torch.bool),
        shift=line([row.shift for row in rows], torch.int64),
        decoder=grid([list(row.decoder) for row in rows], 0, deepest, torch.int64) if deepest else None,
        where=line(where, torch.int64),
        entry=line(entry, torch.int64),
        token=line(token, torch.int64),
        mass=line(mass, torch.float32),
        group=group,
    )
