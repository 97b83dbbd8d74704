"""alone: what the frozen model predicts at the label position with a soft prompt and no text."""

import argparse
from dataclasses import asdict
from typing import TYPE_CHECKING

from ptlib.analysis.alone import MOST_WORDS, WORDS
from ptlib.base.errors import BadInput
from ptlib.cli.options import add_verb
from ptlib.cli.output import Terminal, emit_json, emit_table, note
from ptlib.models.registry import backbone_of

if TYPE_CHECKING:
    from ptlib.analysis.alone import Alone

LISTED = ("word", "probability", "untrained")
ANSWERED = ("label", "word", "share", "untrained_share", "probability", "untrained_probability")


def register(verbs: argparse._SubParsersAction) -> None:
    """Add the verb."""
    alone = add_verb(verbs, "alone", "what the model predicts with a prompt and no text, the untrained prompt beside it", _alone)
    alone.add_argument("prompt", metavar="PROMPT", help="a prompt folder or a run id")
    alone.add_argument("--words", type=int, default=WORDS, help=f"words of the vocabulary to list, 1 to {MOST_WORDS}")
    alone.add_argument("--backbone", help="the model of a prompt that names none")
    alone.add_argument("--device", default="auto", help="auto, cpu, cuda, cuda:1, mps")


def _alone(options: argparse.Namespace) -> None:
    found = read(options.prompt, options.words, options.backbone, options.device)
    if options.json:
        emit_json(asdict(found))
        return
    note(
        f"{found.backbone}, tuned on {found.task}, seed {found.seed}; read at the {found.position}, no text. "
        f"{found.no_untrained}".strip()
    )
    emit_table([asdict(word) for word in found.words], LISTED)
    if found.answers:
        print()
        emit_table([asdict(answer) for answer in found.answers], ANSWERED)
    if found.continuation:
        print(f"\ngoes on     {found.continuation}\nuntrained   {found.untrained_continuation or '–'}")


def read(name: str, count: int, backbone: str | None, device: str) -> "Alone":
    """Load the prompt and its model, and read it.

    Raises:
        BadInput: no such prompt, a number of words that cannot be listed, or a prompt of another backbone.
    """
    from ptlib.analysis.alone.reading import check_count, check_tuned_on, read_alone
    from ptlib.models.fetch import fetch_all
    from ptlib.models.load import load_model, resolve_device
    from ptlib.results.prompts import soft_prompt

    check_count(count)
    prompt = soft_prompt(name)
    on = backbone or prompt.info.backbone
    if not on:
        raise BadInput(f"Which backbone '{name}' belongs to is not known. Name it with --backbone.")
    spec = backbone_of(on)
    check_tuned_on(prompt, spec)  # before anything is fetched or loaded
    fetch_all(spec, (), (), Terminal())
    return read_alone(load_model(spec, resolve_device(device)), prompt, count)
