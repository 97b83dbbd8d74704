"""Options that several commands share, and how they become settings."""

import argparse
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

from ptlib.base.bounds import check_number
from ptlib.base.device import device_name
from ptlib.base.errors import BadInput
from ptlib.base.identity import named
from ptlib.cli.output import Terminal, note
from ptlib.models.spec import BackboneSpec
from ptlib.prompts.soft import SoftPrompt
from ptlib.prompts.spec import QUICK_EXAMPLES, TuneSettings, default_settings, quick
from ptlib.prompts.start import PROMPT, TEXT, Start
from ptlib.results.catalogue import Catalogue
from ptlib.results.earlier import known_as
from ptlib.results.kind import Spec, Work
from ptlib.results.store import Store
from ptlib.runs import execution
from ptlib.runs.kinds import left_of
from ptlib.runs.worker import run_here
from ptlib.tasks.own.stored import own_findings
from ptlib.tasks.registry import resolve_task
from ptlib.tasks.task import Task
from ptlib.transfer.starting.stored import origin_of

SETTINGS = {
    "prompt_length": (int, "soft tokens"),
    "steps": (int, "optimiser steps"),
    "lr": (float, "peak learning rate"),
    "batch_size": (int, "examples a step"),
    "init": (str, "random, vocab, labels, text:WORDS, a prompt folder, a run id, or FIT:RUN (projected)"),
    "train_size": (int, "use at most so many training examples"),
    "validation_size": (int, "examples held out of train"),
    "eval_every": (int, "steps between validations"),
    "patience": (int, "once something was learned, stop after so many validations without gain; 0 = never"),
    "fitted": (float, "patience begins once the training loss is below so large a share of the untrained prompt's"),
    "max_tokens": (int, "longest text in tokens"),
    "dtype": (str, "fp32 or bf16"),
}


def add_verb(
    verbs: argparse._SubParsersAction, name: str, help: str, act: Callable[[argparse.Namespace], None], *, json: bool = True
) -> argparse.ArgumentParser:
    """A new verb, with `--json` unless it prints nothing."""
    shown = help.replace("%", "%%")
    parser = verbs.add_parser(name, help=shown, description=shown, allow_abbrev=False)
    parser.set_defaults(act=act)
    if json:
        parser.add_argument("--json", action="store_true", help="print one JSON document")
    return parser


def add_settings(parser: argparse.ArgumentParser) -> None:
    """How a prompt is tuned."""
    group = parser.add_argument_group("tuning (defaults depend on the backbone)")
    group.add_argument(
        "--quick",
        action="store_true",
        help="a recipe cut short: a prompt that fits its training examples stops after two validations without gain; "
        f"maps are measured on {QUICK_EXAMPLES} examples a cell",
    )
    for name, (kind, help) in SETTINGS.items():
        group.add_argument(f"--{name.replace('_', '-')}", type=kind, help=help)


def add_data(parser: argparse.ArgumentParser) -> None:
    """Where examples come from, and where the work is done."""
    parser.add_argument(
        "--data", metavar="DIR", help="read DIR/<task>/{train,validation}.{parquet,jsonl,csv,tsv} instead of the Hub"
    )
    add_device(parser)


def add_device(parser: argparse.ArgumentParser, what: str = "", default: str = "auto") -> None:
    """Where the work is done; `what` is said in front of the names."""
    parser.add_argument("--device", type=device_name, default=default, help=f"{what}auto, cpu, cuda, cuda:1, mps")


def settings_of(options: argparse.Namespace, backbone: BackboneSpec, tasks: Iterable[Task] = ()) -> TuneSettings:
    """The defaults of the backbone and the tasks with the given options in place."""
    given = {name: getattr(options, name) for name in SETTINGS if getattr(options, name) is not None}
    if "init" in given:
        given["init"] = _init(given["init"])
    usual = default_settings(backbone, tasks)
    return replace(quick(usual) if options.quick else usual, **given)


def _init(value: str) -> str:
    """A prompt is given plainly on the command line, as `prompt:...` in a spec."""
    start = Start.of(value)
    if start.kind == TEXT and not start.value.strip():
        raise BadInput("--init text: names no words. Give some, for example --init 'text:is it good'.")
    if start.is_untrained:
        return value
    value = start.value or value
    if value.strip() and Path(value).is_dir():
        SoftPrompt.load(Path(value))  # is it one, and sound?
        return str(Start(PROMPT, known_as(named(Path(value)))))
    missing = origin_of(value, Catalogue()).missing
    if missing and Start(PROMPT, value).carried_by:
        raise BadInput(f"Nothing can start from '{value}': {missing}. Fit it with `project fit`, or name another prompt.")
    if missing:
        raise BadInput(
            f"Unknown initialisation '{value}': not random, vocab, labels or text:WORDS, no folder and no known run. "
            "See `python -m ptlib runs`."
        )
    return str(Start(PROMPT, value))


def task_of(text: str) -> Task:
    """A task by id, or a file that describes one; what the check of one's own task found is said."""
    task = resolve_task(text)
    for finding in own_findings(task.id) if task.source == "own" else ():
        note(f"{task.id}: {finding.message}")
    return task


def data_of(options: argparse.Namespace) -> str | None:
    """The folder of local data, spelled in one way. Raises BadInput when there is none."""
    if options.data is None:
        return None
    if not options.data.strip() or not Path(options.data).is_dir():
        raise BadInput(f"No folder '{options.data}' for --data. Give the folder that holds one folder a task.")
    return known_as(named(Path(options.data)))


def compute(spec: Spec, device: str) -> None:
    """Carry out what is not stored yet."""
    if left_of(spec):
        run_here(spec, device, Terminal())
    else:
        note("This is stored already; nothing was computed.")


def workbench(device: str) -> Callable[[], Work]:
    """What work on a prompt given by hand is done with, outside the queue."""
    return lambda: execution.torch_work(Terminal(), device, Store(), Catalogue())


def names_of(text: str | None) -> tuple[str, ...]:
    """ "a,b" as names."""
    return tuple(part.strip() for part in (text or "").split(",") if part.strip())


def seeds_of(text: str) -> tuple[int, ...]:
    """ "0,1,2" as numbers."""
    try:
        return tuple(dict.fromkeys(int(part) for part in text.split(",")))
    except ValueError:
        raise BadInput(f"'{text}' is no list of seeds. Give numbers separated by commas, e.g. 0,1,2.") from None


def check_limit(limit: int | None) -> None:
    """Refuse sizes that are not positive, or beyond any data. Raises BadInput."""
    if limit is not None:
        check_number("limit", limit, above=True)
