"""transfer, export: pieces of the map."""

import argparse
from dataclasses import replace
from pathlib import Path

from ptlib.base.errors import BadInput, unknown
from ptlib.cli.hub import export_checked
from ptlib.cli.options import (
    add_data,
    add_device,
    add_settings,
    add_verb,
    check_limit,
    data_of,
    names_of,
    seeds_of,
    settings_of,
    task_of,
    workbench,
)
from ptlib.cli.output import Terminal, emit, new_file, new_folder, note, write_text
from ptlib.prompts.spec import QUICK_EXAMPLES
from ptlib.results.catalogue import Catalogue
from ptlib.results.earlier import backbone_known_as
from ptlib.results.kind import Piece
from ptlib.runs import queue
from ptlib.runs.worker import run_here
from ptlib.tasks.names import REFERENCE_ROWS
from ptlib.tasks.registry import resolve_task
from ptlib.transfer.export import COLUMNS, TOLD, csv_text, html_page, long_rows
from ptlib.transfer.given import measure
from ptlib.transfer.kinds import TRANSFER
from ptlib.transfer.matrix import build_matrix
from ptlib.transfer.plan import available_tasks
from ptlib.transfer.spec import TransferSpec


def register(verbs: argparse._SubParsersAction) -> None:
    """Add the verbs."""
    transfer = add_verb(verbs, "transfer", "every source prompt on every target, with the reference rows", _transfer)
    transfer.add_argument(
        "backbone", metavar="BACKBONE", help="a registered id, a Hub id (owner/model@REVISION pins one) or a folder"
    )
    transfer.add_argument("tasks", metavar="TASK", nargs="*", help="sources and targets; default: all that are available")
    transfer.add_argument("--targets", metavar="TASK,TASK", help="use the sources on these tasks only (default: on each other)")
    transfer.add_argument("--references", metavar="ROW,ROW", help=f"reference rows (default {','.join(REFERENCE_ROWS)})")
    transfer.add_argument("--prompts", metavar="PROMPT", nargs="+", help="use these prompts as sources instead of tuning")
    transfer.add_argument("--no-tune", action="store_true", help="use the prompts that are there and tune none")
    transfer.add_argument("--seeds", default="0", help="comma-separated (default 0)")
    transfer.add_argument("--limit", type=int, help="at most so many examples a target")
    transfer.add_argument(
        "--within",
        type=float,
        metavar="POINTS",
        help="stop at a first look, a fifth of the examples, where its interval (97.5 %%: two looks) is within so many points",
    )
    transfer.add_argument("--warm-start", action="store_true", help="also tune each target starting from each source's prompt")
    transfer.add_argument("--out", type=new_file, metavar="FILE.csv", help="write one row a source, target and seed")
    add_settings(transfer)
    add_data(transfer)
    export = add_verb(verbs, "export", "a prompt as a PEFT adapter, a map as CSV or HTML", _export, json=False)
    export.add_argument("run", metavar="RUN", help="a run id; for csv and html also a backbone, for its whole map")
    export.add_argument("--format", choices=("peft", "csv", "html"), required=True)
    export.add_argument("--out", metavar="PATH")
    add_device(export, "for peft, which is checked on its backbone: ")


def _transfer(options: argparse.Namespace) -> None:
    check_limit(options.limit)
    rows = _given(options) if options.prompts else _mapped(options)
    if options.out:
        write_text(options.out, csv_text(rows))
    if options.json or not options.out:
        emit(rows, COLUMNS if options.json else TOLD, options.json)


def _mapped(options: argparse.Namespace) -> list[dict[str, object]]:
    """Run the piece and read it back."""
    spec = spec_of(options)
    if options.no_tune:
        spec = _only_tuned(spec)
    run_here(spec, options.device, Terminal())
    return _rows_of(Catalogue(), spec.backbone, TRANSFER.piece(spec), looks=spec.within is not None)


def _rows_of(catalogue: Catalogue, backbone: str, piece: Piece, looks: bool = False) -> list[dict[str, object]]:
    """What is measured of a piece of the map, also when it is left out of the map: it was asked for by name."""
    return long_rows(
        catalogue,
        backbone,
        piece.recipe,
        seeds=piece.seeds,
        limit=piece.limit,
        sources=piece.sources,
        targets=piece.targets,
        everything=True,
        looks=looks,
    )


def spec_of(options: argparse.Namespace) -> TransferSpec:
    """What `transfer` computes with these options."""
    backbone = backbone_known_as(options.backbone)
    sources = tuple(task_of(name).id for name in options.tasks) or available_tasks(backbone)
    targets = tuple(task_of(name).id for name in names_of(options.targets)) or sources
    return TransferSpec(
        backbone.id,
        sources,
        targets,
        seeds_of(options.seeds),
        settings_of(options, backbone, map(resolve_task, (*sources, *targets))),
        references=_references(options.references),
        warm_start=options.warm_start,
        limit=options.limit or (QUICK_EXAMPLES if options.quick else None),
        data=data_of(options),
        within=options.within,
    )


def _references(text: str | None) -> tuple[str, ...]:
    names = REFERENCE_ROWS if text is None else names_of(text)
    for name in names:
        if name not in REFERENCE_ROWS:
            raise unknown("reference row", name, REFERENCE_ROWS)
    return names


def _only_tuned(spec: TransferSpec) -> TransferSpec:
    """The part of a piece that needs no tuning."""
    lacking = {prompt.task for prompt in TRANSFER.missing(spec, Catalogue()).prompts}
    kept = tuple(name for name in spec.sources if name not in lacking)
    if not kept:
        raise BadInput("No task has all its prompts, and --no-tune forbids tuning them. Leave --no-tune out, or tune first.")
    if lacking:
        note(f"Left out for want of prompts: {', '.join(sorted(lacking))}.")
    return replace(spec, sources=kept, targets=tuple(name for name in spec.targets if name not in lacking), warm_start=False)


def _given(options: argparse.Namespace) -> list[dict[str, object]]:
    """Measure given prompts, without tuning and without the store."""
    backbone = backbone_known_as(options.backbone)
    targets = tuple(task_of(name) for name in (*options.tasks, *names_of(options.targets)))
    make = workbench(options.device)
    return measure(backbone, options.prompts, targets, make, data=data_of(options), limit=options.limit)


def _export(options: argparse.Namespace) -> None:
    catalogue = Catalogue()
    if options.out is not None:
        (new_folder if options.format == "peft" else new_file)(options.out)
    if options.format == "peft":
        out = Path(options.out or options.run)
        note(f"{export_checked(options.run, out, options.device)} Wrote {out}.")
        return
    text = _csv(catalogue, options.run) if options.format == "csv" else _html(catalogue, options.run)
    if options.out:
        write_text(options.out, text)
    else:
        print(text, end="")


def _csv(catalogue: Catalogue, name: str) -> str:
    if name in catalogue.backbones():
        recipe = catalogue.main_recipe(name)
        for run, count in catalogue.left_out(name, recipe).items():
            note(f"{count} results of {run} are left out; `python -m ptlib bring-back {run}` counts them again.")
        return csv_text(long_rows(catalogue, name, recipe))
    return csv_text(_rows_of(catalogue, *_piece(catalogue, name)))


def _html(catalogue: Catalogue, name: str) -> str:
    if name in catalogue.backbones():
        return html_page(build_matrix(catalogue, name), catalogue)
    backbone, piece = _piece(catalogue, name)
    matrix = build_matrix(catalogue, backbone, piece.recipe, limit=piece.limit)
    return html_page(matrix.part(piece.sources, piece.targets), catalogue)


def _piece(catalogue: Catalogue, name: str) -> tuple[str, Piece]:
    """The backbone and the piece of the map that a run fills; a demo prompt counts as the run that tuned it."""
    row = catalogue.prompt(name)
    if row is not None and row.origin == "demo":
        return row.backbone, Piece((row.task,), (row.task,), (row.seed,), row.recipe)
    job = queue.get(name)
    if job.piece is None:
        raise BadInput(
            f"Run '{name}' is no piece of the map. `python -m ptlib {job.kind} ... --out FILE.csv` "
            "writes its table; a stored result is not computed again."
        )
    return job.spec.backbone, job.piece
