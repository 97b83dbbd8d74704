"""tune --method lora, full, or several: what other methods reach on the same backbone and data, and what they cost."""

import argparse
from pathlib import Path

from ptlib.base.errors import BadInput, unknown
from ptlib.cli.options import compute, data_of, names_of, settings_of, task_of
from ptlib.cli.output import emit_json, emit_table, note
from ptlib.finetuning.spec import FULL, LORA, METHODS, PROMPT, RATES, FineTuneSpec, title
from ptlib.finetuning.stored import Fitted, deliver, load
from ptlib.models.registry import backbone_of
from ptlib.results.catalogue import Catalogue

OPTIONS = {
    "rank": (int, "LoRA: rank of its matrices (default 8)"),
    "alpha": (int, "LoRA: its update is scaled by alpha / rank (default 16)"),
    "lora_lr": (float, "peak learning rate of LoRA"),
    "full_lr": (float, "peak learning rate of full fine-tuning"),
}
SHOWN = ("method", "trained", "share", "seconds", "best_step", "untrained", "validation", "score", "low", "high", "n")


def add_methods(parser: argparse.ArgumentParser) -> None:
    """What is trained."""
    group = parser.add_argument_group("method")
    group.add_argument(
        "--method",
        default=PROMPT,
        metavar="NAMES",
        help="prompt (default), lora, full, or several, separated by commas, measured one after another in one run",
    )
    for name, (kind, help) in OPTIONS.items():
        group.add_argument(f"--{name.replace('_', '-')}", type=kind, help=help)


def methods_of(options: argparse.Namespace) -> tuple[str, ...]:
    """The methods that are asked for. Raises BadInput for unknown ones, and for options that none of them has."""
    methods = names_of(options.method)
    for method in methods:
        if method not in METHODS:
            raise unknown("method", method, METHODS)
    for name in OPTIONS:
        owner = FULL if name == "full_lr" else LORA
        if getattr(options, name) is not None and owner not in methods:
            raise BadInput(f"--{name.replace('_', '-')} is for --method {owner}, which is not asked for. Leave it out.")
    if PROMPT not in methods:
        for name in ("prompt_length", "init", "lr"):
            if getattr(options, name) is not None:
                instead = f"; say --{methods[0]}-lr" if name == "lr" and methods else ""
                raise BadInput(f"--{name.replace('_', '-')} is for --method prompt{instead}. Leave it out.")
    return methods


def spec_of(options: argparse.Namespace, methods: tuple[str, ...]) -> FineTuneSpec:
    """The run that the options mean. Raises BadInput."""
    backbone = backbone_of(options.backbone)
    settings_of(options, backbone, ())  # before a described task is put into the store
    data, task = data_of(options), task_of(options.task)
    lora, full = RATES[backbone.is_demo]
    more = {"lora_lr": lora, "full_lr": full} | {
        name: getattr(options, name) for name in OPTIONS if getattr(options, name) is not None
    }
    settings = settings_of(options, backbone, (task,))
    return FineTuneSpec(backbone.id, task.id, options.seed, settings, methods, data=data, **more)


def fine_tune(options: argparse.Namespace, methods: tuple[str, ...]) -> None:
    """Fit what is missing, and say what each method trained, cost and reached."""
    spec = spec_of(options, methods)
    if options.out is not None and len(methods) > 1:
        raise BadInput("--out takes what one method trained. Name one: --method lora or --method full.")
    compute(spec, options.device)
    found = load(spec, Catalogue())
    if options.out is not None:
        deliver(spec, methods[0], Path(options.out), Catalogue())
        note(f"Wrote {options.out}.")
    rows = [_row(fitted) for fitted in found.values()]
    if options.json:
        emit_json({"run_id": spec.id, "backbone": spec.backbone, "task": spec.task, "seed": spec.seed, "fits": rows})
    else:
        note(f"{title(spec)} ({spec.id}). score: evaluation split, 95 % interval over its n examples.")
        emit_table(rows, SHOWN)


def _row(fitted: Fitted) -> dict[str, object]:
    """A fit in the columns `SHOWN`; share: trained numbers in those of the whole model."""
    told = fitted.told
    whole = {"method": fitted.method, "share": told["trained"] / told["total"], **told, **told["evaluation"]}
    return {name: whole[name] for name in SHOWN}
