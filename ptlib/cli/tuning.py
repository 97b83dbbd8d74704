"""tune, evaluate: one soft prompt (or LoRA, or the whole model, on the same data); warm: what a warm start saves."""

import argparse
from pathlib import Path

from ptlib.base.bounds import check_number
from ptlib.base.errors import BadInput, unknown
from ptlib.base.files import write_atomically
from ptlib.base.stats import mean_interval
from ptlib.cli.options import (
    add_data,
    add_settings,
    add_verb,
    check_limit,
    compute,
    data_of,
    names_of,
    settings_of,
    task_of,
    workbench,
)
from ptlib.cli.output import Terminal, emit, emit_json, emit_table, new_file, new_folder, note
from ptlib.finetuning.spec import FULL, LORA, METHODS, PROMPT, RATES, FineTuneSpec, title
from ptlib.finetuning.stored import Fitted, deliver, load
from ptlib.models.spec import BackboneSpec
from ptlib.prompts.spec import TuneSettings, TuneSpec
from ptlib.results.answers import answers_of
from ptlib.results.catalogue import Catalogue
from ptlib.results.earlier import backbone_known_as
from ptlib.results.prompts import soft_prompt
from ptlib.results.store import Store
from ptlib.runs.worker import run_here
from ptlib.tasks.task import Task
from ptlib.transfer import warm as warming
from ptlib.transfer.given import evaluate_prompt
from ptlib.transfer.run import parquet_bytes
from ptlib.transfer.starting import stored as starting
from ptlib.transfer.starting.spec import StartSpec

TUNED = ("run_id", "backbone", "task", "seed", "steps", "seconds", "untrained_score", "validation_score", "path")
EVALUATED = ("task", "n", "score", "low", "high", "metric")
STARTED = ("start", "task", "model", "zero_shot", "score", "warm_steps", "own_steps", "share", "reached", "forgotten")
FINE_TUNING = {
    "rank": (int, "LoRA: rank of its matrices (default 8)"),
    "alpha": (int, "LoRA: its update is scaled by alpha / rank (default 16)"),
    "lora_lr": (float, "peak learning rate of LoRA"),
    "full_lr": (float, "peak learning rate of full fine-tuning"),
}
FITTED = ("method", "trained", "share", "seconds", "best_step", "untrained", "validation", "score", "low", "high", "n")


def register(verbs: argparse._SubParsersAction) -> None:
    """Add the verbs."""
    tune = add_verb(verbs, "tune", "tune one soft prompt; or fit LoRA or the whole model on the same data", _tune)
    tune.add_argument(
        "backbone", metavar="BACKBONE", help="a registered id, a Hub id (owner/model@REVISION pins one) or a folder"
    )
    tune.add_argument("task", metavar="TASK")
    tune.add_argument("--seed", type=int, default=0)
    tune.add_argument(
        "--out", type=new_folder, metavar="DIR", help="also put there what was trained: a stock PEFT adapter, or a model"
    )
    tune.add_argument(
        "--start",
        metavar="NAMES",
        help="tune from these prompts, too, beside an untrained one, and compare: run ids separated by commas, "
        "or FIT:RUN for a prompt of another model carried over by a stored projector",
    )
    _add_methods(tune)
    add_settings(tune)
    add_data(tune)
    evaluate = add_verb(verbs, "evaluate", "score a prompt on a task, with n and the 95 % interval", _evaluate)
    evaluate.add_argument("prompt", metavar="PROMPT", help="a prompt folder or a run id")
    evaluate.add_argument("task", metavar="TASK")
    evaluate.add_argument("--backbone", help="use this model instead of the one the prompt names")
    evaluate.add_argument("--limit", type=int, help="at most so many examples")
    evaluate.add_argument("--predictions", type=new_file, metavar="FILE.parquet", help="write the prediction for every example")
    add_data(evaluate)
    warm = add_verb(verbs, "warm", "how many steps a start from another task's prompt saved", _warm)
    warm.add_argument(
        "backbone", metavar="BACKBONE", help="a registered id, a Hub id (owner/model@REVISION pins one) or a folder"
    )
    warm.add_argument("--recipe", help="settings by their id (default: those of most results); others are never averaged in")
    warm.add_argument("--runs", action="store_true", help="one row a run instead of means")


def _tune(options: argparse.Namespace) -> None:
    check_number("seed", options.seed)
    if options.start is not None:
        _compare_starts(options)
        return
    if (methods := methods_of(options)) != (PROMPT,):
        _fine_tune(options, methods)
        return
    backbone, task, settings, data = _asked(options)
    spec = TuneSpec(backbone.id, task.id, options.seed, settings, data)
    if Catalogue().prompt(spec.id) is None:
        run_here(spec, options.device, Terminal())
    else:
        note(f"Prompt {spec.id} is there already; nothing was tuned.")
    row = Catalogue().prompt(spec.id)
    assert row is not None
    path = _deliver(spec.id, options.out)
    told = {name: getattr(row, name, getattr(row.tuning, name, None)) for name in TUNED}
    values = told | {"run_id": spec.id, "path": path}
    _show(values, TUNED, options.json)


def _asked(options: argparse.Namespace) -> tuple[BackboneSpec, Task, TuneSettings, str | None]:
    """What is tuned, on what, how, and the folder of local data. Raises BadInput."""
    backbone = backbone_known_as(options.backbone)
    settings_of(options, backbone, ())  # before a described task is put into the store
    data, task = data_of(options), task_of(options.task)
    return backbone, task, settings_of(options, backbone, (task,)), data


def _deliver(prompt_id: str, out: str | None) -> str:
    """Copy a prompt to `out`; returns the folder it lies in."""
    if out is None:
        folder = Store().prompt_folder(prompt_id)
        return str(folder if folder.is_dir() else "demo")
    soft_prompt(prompt_id).save(Path(out))
    return str(Path(out))


def _show(values: dict[str, object], names: tuple[str, ...], as_json: bool) -> None:
    if as_json:
        emit_json({name: values[name] for name in names})
    else:
        emit_table([{"": name, "value": values[name]} for name in names], ("", "value"))


def start_spec(options: argparse.Namespace) -> StartSpec:
    """The comparison of starts that the options mean. Raises BadInput."""
    for name in ("out", "data"):
        if getattr(options, name) is not None:
            raise BadInput(f"--{name} does not go with --start. Leave it out; `tune --init NAME` gives one prompt.")
    if methods_of(options) != (PROMPT,):
        raise BadInput("--start is for --method prompt. Leave one of the two out.")
    backbone, task, settings, _ = _asked(options)
    return StartSpec(backbone.id, task.id, options.seed, settings, names_of(options.start))


def _compare_starts(options: argparse.Namespace) -> None:
    """Tune from every start, and say what each saved and forgot."""
    spec = start_spec(options)
    compute(spec, options.device)
    found = starting.load(spec, Catalogue())
    assert found is not None
    table = starting.measured(found)
    rows = table.astype(object).where(table.notna(), None).assign(start=[name or "untrained" for name in table["start"]])
    if options.json:
        emit_json({"run_id": spec.id, "backbone": spec.backbone, "task": spec.task, "starts": rows.to_dict("records")})
        return
    note("steps: until the validation score that the untrained start had converged to; share: of its steps; scores: evaluation.")
    emit_table(rows.to_dict("records"), STARTED)


def _add_methods(parser: argparse.ArgumentParser) -> None:
    """What is trained."""
    group = parser.add_argument_group("method")
    group.add_argument(
        "--method",
        default=PROMPT,
        metavar="NAMES",
        help="prompt (default), lora, full, or several, separated by commas, measured one after another in one run",
    )
    for name, (kind, help) in FINE_TUNING.items():
        group.add_argument(f"--{name.replace('_', '-')}", type=kind, help=help)


def methods_of(options: argparse.Namespace) -> tuple[str, ...]:
    """The methods that are asked for. Raises BadInput for unknown ones, and for options that none of them has."""
    methods = names_of(options.method)
    for method in methods:
        if method not in METHODS:
            raise unknown("method", method, METHODS)
    for name in FINE_TUNING:
        owner = FULL if name == "full_lr" else LORA
        if getattr(options, name) is not None and owner not in methods:
            raise BadInput(f"--{name.replace('_', '-')} is for --method {owner}, which is not asked for. Leave it out.")
    if PROMPT not in methods:
        for name in ("prompt_length", "init", "lr"):
            if getattr(options, name) is not None:
                instead = f"; say --{methods[0]}-lr" if name == "lr" and methods else ""
                raise BadInput(f"--{name.replace('_', '-')} is for --method prompt{instead}. Leave it out.")
    return methods


def fine_tune_spec(options: argparse.Namespace, methods: tuple[str, ...]) -> FineTuneSpec:
    """The run that the options mean. Raises BadInput."""
    backbone, task, settings, data = _asked(options)
    lora, full = RATES[backbone.is_demo]
    more = {"lora_lr": lora, "full_lr": full} | {
        name: getattr(options, name) for name in FINE_TUNING if getattr(options, name) is not None
    }
    return FineTuneSpec(backbone.id, task.id, options.seed, settings, methods, data=data, **more)


def _fine_tune(options: argparse.Namespace, methods: tuple[str, ...]) -> None:
    """Fit what is missing, and say what each method trained, cost and reached."""
    spec = fine_tune_spec(options, methods)
    if options.out is not None and len(methods) > 1:
        raise BadInput("--out takes what one method trained. Name one: --method lora or --method full.")
    compute(spec, options.device)
    found = load(spec, Catalogue())
    if options.out is not None:
        deliver(spec, methods[0], Path(options.out), Catalogue())
        note(f"Wrote {options.out}.")
    rows = [_fit_row(fitted) for fitted in found.values()]
    if options.json:
        emit_json({"run_id": spec.id, "backbone": spec.backbone, "task": spec.task, "seed": spec.seed, "fits": rows})
    else:
        note(f"{title(spec)} ({spec.id}). score: evaluation split, 95 % interval over its n examples.")
        emit_table(rows, FITTED)


def _fit_row(fitted: Fitted) -> dict[str, object]:
    """A fit in the columns `FITTED`; share: trained numbers in those of the whole model."""
    told = fitted.told
    whole = {"method": fitted.method, "share": told["trained"] / told["total"], **told, **told["evaluation"]}
    return {name: whole[name] for name in FITTED}


def _evaluate(options: argparse.Namespace) -> None:
    check_limit(options.limit)
    task = task_of(options.task)
    backbone = backbone_known_as(options.backbone) if options.backbone else None
    make = workbench(options.device)
    predictions = evaluate_prompt(options.prompt, task, make, backbone=backbone, data=data_of(options), limit=options.limit)
    interval = mean_interval(predictions.score)
    if options.predictions:
        write_atomically(Path(options.predictions), parquet_bytes(predictions))
    told = (predictions.gold, predictions.predicted, predictions.more)
    answers = answers_of(task.id, *told, classes=task.is_classification)
    values: dict[str, object] = {
        "task": task.id,
        "n": len(predictions.score),
        "score": interval.value,
        "low": interval.low,
        "high": interval.high,
        "metric": predictions.metric,
        **answers.second,
    }
    _show(values, (*EVALUATED, *answers.second), options.json)


def _warm(options: argparse.Namespace) -> None:
    backbone = backbone_known_as(options.backbone)
    catalogue = Catalogue()
    known = catalogue.recipes(backbone.id)
    recipe = options.recipe if options.recipe is not None else (catalogue.main_recipe(backbone.id) if known else None)
    if options.recipe is not None and options.recipe not in known:
        raise unknown("recipe", options.recipe, known)
    found = warming.comparisons(catalogue, backbone.id, recipe)
    if found.empty:
        others = [name for name in known if name != recipe and len(warming.comparisons(catalogue, backbone.id, name))]
        raise BadInput(
            f"There are none with recipe {recipe}; ask for --recipe {others[0]}."
            if others
            else f"No prompt of '{backbone.id}' was started from another task's yet. Make some with "
            f"`python -m ptlib transfer {backbone.id} TASK --targets TASK --warm-start`."
        )
    shown = found if options.runs else warming.summary(found)
    rows = shown.astype(object).where(shown.notna(), None).to_dict("records")
    emit(rows, warming.COLUMNS if options.runs else warming.SUMMARY, options.json)
