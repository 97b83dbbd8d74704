"""project published: does distance minimising generalise on prompts that others published?"""

import argparse
from typing import TYPE_CHECKING, Any

import numpy as np

from ptlib.base.errors import BadInput
from ptlib.base.stats import mean_interval
from ptlib.cli.options import add_verb
from ptlib.cli.output import Terminal, emit_json, emit_table, note
from ptlib.models.registry import backbone_of
from ptlib.projection.fitting.published import PublishedPairs, published_pairs
from ptlib.projection.spec import ProjectSpec
from ptlib.projection.words import vocabulary_of
from ptlib.prompts.importing import find_prompts

if TYPE_CHECKING:
    from ptlib.projection.fitting.left_out import LeftOut, Pairs

COLUMNS = ("form", "size", "left out", "low", "high", "better on", "fitted")
SIZES = {False: "as published", True: "made equal"}
STEPS, HIDDEN, RATE = 60, 64, 5e-3
"""Of the trained forms; chosen by how well they fit the prompts they are fitted on."""


def add_published(actions: argparse._SubParsersAction) -> None:
    """Add the action."""
    parser = add_verb(actions, "published", "distance minimising on published prompts, every task left out once", _published)
    parser.add_argument("prompts", metavar="PATH", nargs="+", help="a checkout of the published code, or files of prompts")
    parser.add_argument("--source", metavar="SET", required=True, help="set to carry from, e.g. t5_base")
    parser.add_argument("--target", metavar="SET", required=True, help="set to carry to, e.g. roberta_base")
    parser.add_argument(
        "--untrained", action="store_true", help="pairs of untrained prompts too; needs both models on this machine"
    )
    parser.add_argument("--steps", type=int, default=STEPS, metavar="N", help=f"of the forms that are trained (default {STEPS})")
    parser.add_argument("--lr", type=float, default=RATE, metavar="N", help=f"their peak learning rate (default {RATE})")
    parser.add_argument(
        "--hidden", type=int, default=HIDDEN, metavar="N", help=f"hidden units (default {HIDDEN}; the paper: 768)"
    )


def _published(options: argparse.Namespace) -> None:
    from ptlib.projection.fitting.left_out import left_out

    found = [find_prompts(path) for path in options.prompts]
    for name, reason in (refused for one in found for refused in one.refused):
        note(f"Refused {name}: {reason}")
    pairs = published_pairs([prompt for one in found for prompt in one.prompts], options.source, options.target)
    for message in pairs.notes:
        note(message)
    spec = ProjectSpec(
        options.source, options.target, "distance", pairs.tasks, steps=options.steps, lr=options.lr, hidden=options.hidden
    )
    untrained = _untrained(pairs, spec) if options.untrained else None
    rows = [
        _row(one, same_size)
        for same_size in SIZES
        for one in left_out((pairs.first, pairs.second), spec, Terminal(), untrained=untrained, same_size=same_size)
    ]
    if options.json:
        told = {
            "tasks": list(pairs.tasks),
            "steps": spec.steps,
            "lr": spec.lr,
            "hidden": spec.hidden,
            "untrained": bool(untrained),
        }
        emit_json({**told, "rows": rows})
        return
    note(
        f"{len(pairs.tasks)} tasks, each left out once. Squared distance to the left-out prompt over that of the mean of the "
        "others: below 1 is better than the mean. 95 % over tasks."
    )
    emit_table(rows, COLUMNS)


def _row(one: "LeftOut", same_size: bool) -> dict[str, Any]:
    mean, count = mean_interval(one.errors), len(one.errors)
    better = f"{int((one.errors < 1).sum())} of {count}"
    values = (one.form, SIZES[same_size], mean.value, mean.low, mean.high, better, one.fitted)
    return dict(zip(COLUMNS, values, strict=True))


def _untrained(pairs: PublishedPairs, spec: ProjectSpec) -> "Pairs":
    """Pairs of the same words in both models."""
    from ptlib.models.load import load_model
    from ptlib.projection.fitting.pairs import word_pairs
    from ptlib.projection.forms import Shapes

    if not all(pairs.backbones):
        raise BadInput("Which models these prompts belong to is not known, so neither are their words. Leave --untrained out.")
    words = [vocabulary_of(load_model(backbone_of(name))) for name in pairs.backbones]
    shapes = Shapes(*pairs.first.shape[1:], *pairs.second.shape[1:])
    first, second = word_pairs((words[0], words[1]), shapes, [spec.seed, 31])
    return np.stack(first), np.stack(second)
