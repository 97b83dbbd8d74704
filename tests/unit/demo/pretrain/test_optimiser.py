"""Vectors step as torch's AdamW does, matrices by the orthogonal part of their momentum."""

import torch

from ptlib.demo.pretrain.optimiser import MixedOptimiser, orthogonal


def test_singular_values_go_towards_one_and_directions_stay() -> None:
    torch.manual_seed(0)
    for shape in ((2, 6, 4), (1, 3, 8)):
        values = torch.randn(shape)
        found = orthogonal(values)
        left, _, right = torch.linalg.svd(values, full_matrices=False)
        assert ((torch.linalg.svdvals(found) > 0.3) & (torch.linalg.svdvals(found) < 1.4)).all()
        turned = left.transpose(1, 2) @ found @ right.transpose(1, 2)  # diagonal: the same singular vectors
        assert (turned - torch.diag_embed(turned.diagonal(dim1=1, dim2=2))).abs().max() < 1e-4


def test_plain_groups_equal_the_adamw_of_torch() -> None:
    torch.manual_seed(0)
    mine, theirs = (torch.nn.Parameter(torch.ones(5)) for _ in range(2))
    ours = MixedOptimiser([{"params": [mine], "weight_decay": 0.1}], lr=0.05)
    other = torch.optim.AdamW([theirs], lr=0.05, betas=(0.9, 0.98), eps=1e-8, weight_decay=0.1)
    for step in range(6):
        for value, optimiser in ((mine, ours), (theirs, other)):
            value.grad = torch.sin(torch.arange(5.0) + step)
            optimiser.step()
    assert torch.allclose(mine, theirs, atol=1e-6) and not torch.allclose(mine, torch.ones(5))


def test_a_matrix_moves_equally_far_in_all_directions() -> None:
    torch.manual_seed(0)
    weight = torch.nn.Parameter(torch.zeros(4, 4))
    optimiser = MixedOptimiser([{"params": [weight], "matrix": True}], lr=0.1)
    weight.grad = torch.diag(torch.tensor([100.0, 10.0, 5.0, 2.0]))
    optimiser.step()
    moved = -weight.detach().diagonal() / (0.1 * 0.2 * 2)  # lr, AdamW's step size, root of the longer side
    assert moved.min() > 0.2 and moved.max() < 1.4
