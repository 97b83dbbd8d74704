"""The frozen pass: the label position alone, the published layout, passes within their budget; the whole model is the oracle."""

from dataclasses import replace

import pytest
import torch

from ptlib.models.forward import label_log_probs, passes
from ptlib.models.load import FrozenModel, load_model
from ptlib.models.positions import lay_out
from ptlib.models.published_layout import LAYOUT
from ptlib.models.registry import get_backbone
from ptlib.tasks.task import Example
from tests.fixtures import tiny_models

PAIR = Example("x", "the film was good .", "we loved it .", 1)


SINGLE = Example("y", "the film was good .", "", 1)


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, FrozenModel]:
    root = tmp_path_factory.mktemp("models")
    return {kind: load_model(get_backbone(tiny_models.make(root / kind, kind))) for kind in ("roberta", "bert", "t5")}


def words(frozen: FrozenModel, ids: tuple[int, ...]) -> str:
    return " ".join(frozen.tokenizer.convert_ids_to_tokens(ids)).replace("Ġ", "")


def test_the_label_is_read_at_the_mask(models: dict[str, FrozenModel]) -> None:
    """The whole model's own forward pass, all positions: only the mask's gives our numbers."""
    for kind in ("roberta", "bert"):
        frozen = models[kind]
        rows = lay_out(frozen, tiny_models.task(), [PAIR, SINGLE], 4, 40)
        soft = torch.randn(4, 16, generator=torch.Generator().manual_seed(0))
        ours = label_log_probs(frozen, soft.expand(2, -1, -1), rows)
        for row, found in zip(rows, ours, strict=True):
            embeds = torch.cat([soft, frozen.model.get_input_embeddings()(torch.tensor(row.ids))])[None]
            with torch.no_grad():
                logits = frozen.model(inputs_embeds=embeds, attention_mask=torch.ones(embeds.shape[:2])).logits[0]
            place = 4 + row.ids.index(frozen.tokenizer.mask_token_id)
            picked = torch.log_softmax(logits[:, [ids[0] for ids in row.choices]], -1)
            assert (picked[place] - found).abs().max() < 1e-5
            assert ((picked - found).abs().max(1).values < 1e-5).sum() == 1


def published_by_hand(frozen: FrozenModel, soft: torch.Tensor, ids: list[int], labels: tuple[int, ...]) -> torch.Tensor:
    """The published code's pass for one row, written out: softmax attention over every position, label at slot 0."""
    model, parts = frozen.model.roberta, frozen.model.roberta.embeddings
    embeds = [parts.word_embeddings.weight[frozen.tokenizer.mask_token_id], *soft[1:]]
    embeds = [*embeds, *(parts.word_embeddings.weight[token] for token in ids)]
    hidden = []
    for slot, value in enumerate(embeds):
        position = parts.position_embeddings.weight[slot + 2] if slot >= len(soft) else torch.zeros(16)
        hidden.append(parts.LayerNorm(value + position + parts.token_type_embeddings.weight[0]))
    x = torch.stack(hidden)
    for layer in model.encoder.layer:
        heads = []
        for head in range(2):
            part = slice(8 * head, 8 * head + 8)
            q, k, v = (getattr(layer.attention.self, name)(x)[:, part] for name in ("query", "key", "value"))
            heads.append(torch.softmax(q @ k.T / 8**0.5, dim=-1) @ v)
        after = layer.attention.output.LayerNorm(layer.attention.output.dense(torch.cat(heads, 1)) + x)
        inner = torch.nn.functional.gelu(layer.intermediate.dense(after))
        x = layer.output.LayerNorm(layer.output.dense(inner) + after)
    return torch.log_softmax(frozen.model.lm_head(x[0])[list(labels)], -1)


def test_the_published_layout_equals_a_slow_pass_written_out(models: dict[str, FrozenModel]) -> None:
    frozen = models["roberta"]
    task, ids = replace(tiny_models.task(), id="mnli"), (300, 17)
    rows = lay_out(frozen, task, [PAIR, SINGLE], 6, 40, layout=LAYOUT, label_ids=ids)
    assert words(frozen, rows[0].ids) == "<s> we loved it . </s> the film was good . </s>"  # hypothesis first, one separator
    soft = torch.randn(2, 6, 16, generator=torch.Generator().manual_seed(1))
    ours = label_log_probs(frozen, soft, rows, LAYOUT)
    with torch.no_grad():
        slow = torch.stack([published_by_hand(frozen, soft[n], list(row.ids), ids) for n, row in enumerate(rows)])
    assert (ours - slow).abs().max() < 1e-5
    changed = soft.clone()
    changed[:, 0] += 5  # row 0 is a by-product: the mask stands there
    assert torch.equal(label_log_probs(frozen, changed, rows, LAYOUT), ours)


def test_passes_hold_every_row_once_within_the_budget_and_with_little_padding() -> None:
    draw = torch.Generator().manual_seed(0)
    for count in (1, 16, 500):
        lengths = torch.randint(5, 60, (count,), generator=draw).tolist()
        groups = list(passes(lengths, 20, 2000))
        assert sorted(index for group in groups for index in group) == list(range(count))
        assert all(len(group) * (20 + max(lengths[i] for i in group)) <= 2000 for group in groups)
        padded = sum(len(group) * (20 + max(lengths[i] for i in group)) for group in groups)
        assert padded <= 1.25 * (sum(lengths) + 20 * count)
    assert list(passes([9, 9, 9], 20)) == [[0, 1, 2]] and list(passes([], 20)) == []
    assert list(passes([50, 5, 50], 20, 30)) == [[1], [0], [2]]  # what exceeds the budget alone goes alone
    assert len(list(passes([5] * 20 + [60] * 20, 20))) == 2 and len(list(passes([5] * 20 + [60] * 20, 20, device="cuda"))) == 1
