"""The forms against plain numpy, other lengths, and what anchors leave out."""

import numpy as np
import torch

from ptlib.projection.forms import Anchors, Flattened, PerToken, Residual, Shapes, in_turn

SHAPES = Shapes(3, 4, 5, 6)


def values(rows: int = 2, length: int = 3) -> torch.Tensor:
    return torch.randn(rows, length, 4, generator=torch.Generator().manual_seed(0))


def test_tokens_are_taken_in_turn_or_cut() -> None:
    x = values()
    assert torch.equal(in_turn(x, 5)[:, 3:], x[:, :2]) and torch.equal(in_turn(x, 2), x[:, :2])


def test_per_token_is_a_matrix_product_and_may_set_lengths() -> None:
    form = PerToken(SHAPES)
    torch.nn.init.normal_(form.weight)
    torch.nn.init.normal_(form.bias)
    x = values()
    wanted = x.numpy()[:, [0, 1, 2, 0, 1]] @ form.weight.detach().numpy() + form.bias.detach().numpy()
    assert np.allclose(form(x).detach().numpy(), wanted, atol=1e-6)
    form.rows_to.fill_(7.0)
    assert torch.allclose(form(x).norm(dim=-1), torch.full((2, 5), 7.0), atol=1e-4)


def test_the_papers_form_equals_its_definition() -> None:
    form, x = Flattened(SHAPES, 8), values()
    first, second, norm = form.first, form.second, form.norm
    hidden = x.numpy().reshape(2, 12) @ first.weight.detach().numpy().T + first.bias.detach().numpy()
    hidden = np.where(hidden > 0, hidden, 0.01 * hidden)
    out = (hidden @ second.weight.detach().numpy().T + second.bias.detach().numpy()).reshape(2, 5, 6)
    out = (out - out.mean(-1, keepdims=True)) / np.sqrt(out.var(-1, keepdims=True) + 1e-5)
    assert np.allclose(form(x).detach().numpy(), out * norm.weight.detach().numpy() + norm.bias.detach().numpy(), atol=1e-5)
    assert form(values(length=7)).shape == (2, 5, 6)


def test_the_weights_of_the_papers_form_at_real_size() -> None:
    with torch.device("meta"):
        form = Flattened(Shapes(100, 768, 100, 1024), 768)
    assert round(sum(weight.numel() for weight in form.parameters()) / 1e6) == 138


def test_a_residual_begins_as_the_linear_map() -> None:
    form, x = Residual(SHAPES, 8), values()
    torch.nn.init.normal_(form.linear.weight)
    assert torch.equal(form(x), form.linear(x))


def test_anchors_choose_the_nearest_prompt_and_leave_the_own_task_out() -> None:
    form = Anchors(SHAPES, 3)
    form.means.copy_(torch.eye(3, 4))
    form.prompts.copy_(torch.arange(3.0)[:, None, None].expand(3, 5, 6))
    form.task_of.copy_(torch.tensor([0, 1, -1]))
    asked = form.means[1].expand(1, 3, 4)
    assert abs(float(form(asked).mean()) - 1.0) < 0.01
    assert abs(float(form(asked, without=1).mean()) - 1.0) > 0.5 or form(asked, without=1).unique().numel() == 1
    assert not torch.equal(form(asked), form(asked, without=1))
