"""The T5's own ways: the library's loss and its greedy generation are the oracles."""

from pathlib import Path

import pytest
import torch

from ptlib.models.load import FrozenModel, load_model
from ptlib.models.positions import lay_out
from ptlib.models.registry import get_backbone
from ptlib.models.t5 import generate, sequence_log_probs, t5_encode
from ptlib.tasks.task import Example
from tests.fixtures import tiny_models

TEXTS = [Example("x", "the film was good .", "we loved it .", 1), Example("y", "the film was bad .", "", 0)]


@pytest.fixture(scope="module")
def t5(tmp_path_factory: pytest.TempPathFactory) -> FrozenModel:
    folder: Path = tmp_path_factory.mktemp("t5") / "t5"
    return load_model(get_backbone(tiny_models.make(folder, "t5")))


def soft(rows: int) -> torch.Tensor:
    return torch.randn(4, 16, generator=torch.Generator().manual_seed(0)).expand(rows, -1, -1)


def test_a_sequence_has_the_librarys_loss(t5: FrozenModel) -> None:
    rows = lay_out(t5, tiny_models.task(), TEXTS, 4, 40)
    hidden, mask = t5_encode(t5, soft(2), rows)
    targets = [(7, 8, 9, 1), (5, 1)]
    total, lengths = sequence_log_probs(t5, hidden, mask, targets)
    assert lengths.tolist() == [4, 2]
    for number, target in enumerate(targets):
        with torch.no_grad():
            whole = t5.model(
                encoder_outputs=(hidden[number : number + 1],),
                attention_mask=mask[number : number + 1],
                labels=torch.tensor([target]),
            )
        assert abs(float(total[number]) / len(target) + float(whole.loss)) < 1e-5


def test_a_row_that_is_padded_answers_as_it_does_alone(t5: FrozenModel) -> None:
    rows = lay_out(t5, tiny_models.task(), TEXTS, 4, 40)
    assert len({len(row.ids) for row in rows}) == 2
    assert generate(t5, soft(2), rows, 5) == [generate(t5, soft(1), [row], 5)[0] for row in rows]
