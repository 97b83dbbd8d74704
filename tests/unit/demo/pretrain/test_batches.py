"""From documents to tensors: what is covered is predicted, what was cut can be put back, padding counts for nothing."""

import random

import torch

from ptlib.demo.pretrain.batches import LABEL_WEIGHT, Maker, Row, collate
from ptlib.demo.pretrain.tokenizer import MASKED_LM_SPECIAL, SENTINELS, T5_SPECIAL
from ptlib.demo.world.corpus import SEPARATOR, START, Document, Noise, Slot


class Words:
    """An encoder that numbers words as they come."""

    def __init__(self, special: tuple[str, ...]) -> None:
        self.known = {word: place for place, word in enumerate(special)}
        self.size = 500

    def special(self, token: str) -> int:
        return self.known[token]

    def ids(self, text: str) -> list[int]:
        return [self.known.setdefault(word, len(self.known)) for word in text.split()]

    def single(self, word: str) -> int:
        (found,) = self.ids(word)
        return found


def test_a_label_stands_under_the_mask_with_its_share_and_covered_words_are_predicted() -> None:
    encoder = Words(MASKED_LM_SPECIAL)
    maker, text = Maker(encoder, "mlm"), " ".join(f"w{number}" for number in range(40))
    slot = Slot(("yes", "no"), (0.75, 0.25))
    document = Document("gate", "f", "t", (Noise("uniform", 3), START, slot, text, SEPARATOR))
    rows = [maker.encode(document, random.Random(seed)) for seed in range(40)]
    plain = [*encoder.ids(text)]
    for row in rows:
        assert len(row.ids) == len(row.scale) == len(row.noise) == 3 + 1 + 1 + 40 + 1
        assert row.noise[:4] == [2, 2, 2, 0] and row.ids[4] == encoder.special("<mask>")
        labels = [target for target in row.targets if target[3] == "gate"]
        assert [(at, mass) for at, _, mass, _ in labels] == [(4, LABEL_WEIGHT * 0.75), (4, LABEL_WEIGHT * 0.25)]
        assert all(plain[at - 5] == token for at, token, _, kind in row.targets if kind == "text")
        hidden = {at for at, token in enumerate(row.ids[5:45], 5) if token == encoder.special("<mask>")}
        assert hidden <= {at for at, *_ in row.targets}
    assert any(len(row.targets) == 2 for row in rows) and any(len(row.targets) > 4 for row in rows)


def test_spans_that_were_cut_out_can_be_put_back() -> None:
    encoder = Words(T5_SPECIAL)
    maker, ids = Maker(encoder, "t5"), list(range(100, 180))
    sentinels = {encoder.special(f"<extra_id_{number}>") for number in range(SENTINELS)}
    for seed in range(30):
        kept, said = maker._spans(ids, random.Random(seed))
        assert said[-1] == encoder.special("</s>")
        spans: dict[int, list[int]] = {}
        for token in said[:-1]:
            if token in sentinels:
                last = spans.setdefault(token, [])
            else:
                last.append(token)
        assert [token for one in kept for token in (spans[one] if one in sentinels else [one])] == ids


def test_a_batch_pads_and_entries_of_one_position_share_its_place() -> None:
    long = Row([7, 8, 9], [1.0, 2.0, 1.0], [0, 1, 0], [(1, 5, 3.0, "label"), (1, 6, 1.0, "label"), (2, 4, 1.0, "text")])
    short = Row([3], [1.0], [0], [(0, 2, 1.0, "text")], shift=4)
    batch = collate([long, short], 1, "cpu")
    assert batch.ids.tolist() == [[7, 8, 9], [3, 1, 1]] and batch.attention.tolist() == [[True] * 3, [True, False, False]]
    assert batch.where.tolist() == [1, 2, 3] and batch.entry.tolist() == [0, 0, 1, 2] and batch.token.tolist() == [5, 6, 4, 2]
    assert batch.mass.tolist() == [3, 1, 1, 1] and batch.shift.tolist() == [0, 4] and batch.decoder is None
    told = collate([Row([1, 2], [1.0] * 2, [0] * 2, [(1, 9, 1.0, "text")], decoder=(0, 9))] * 2, 0, "cpu")
    assert torch.equal(told.where, torch.tensor([1, 3])) and told.decoder.tolist() == [[0, 9]] * 2
