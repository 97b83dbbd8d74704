"""project fit, apply, table, published: carry prompts to another model, and see what carries them."""

import argparse
import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ptlib.base.errors import BadInput
from ptlib.base.stats import Interval
from ptlib.cli.options import add_device, add_verb, compute
from ptlib.cli.output import emit_json, emit_table, new_folder, note
from ptlib.cli.published import add_published
from ptlib.projection.carry import carry
from ptlib.projection.methods import methods
from ptlib.projection.spec import DEFAULT, FORMS, METHODS, PROMPTS, RECIPES, STARTS, ProjectSpec, recipe
from ptlib.projection.stored import Projection, load
from ptlib.projection.table import own_family_best, read, split_targets
from ptlib.results import artefacts
from ptlib.results.catalogue import Catalogue
from ptlib.results.earlier import backbone_known_as
from ptlib.results.kind import spec_from
from ptlib.tasks.registry import resolve_task

READ = ("columns", "targets", "own", "family", "other", "random", "tuned_norm", "verdict")
ROWS = ("row", "gain", "low", "high")
STANDING = ("shuffled", "random_projector", "vocabulary", "relative", "anchors")
NUMBERS = (("noise", float), ("steps", int), ("batch-size", int), ("lr", float), ("clip", float), ("hidden", int), ("seed", int))


def register(verbs: argparse._SubParsersAction) -> None:
    """Add the verb with its actions."""
    parser = verbs.add_parser("project", help="carry prompts to another model: fit, apply, table, published")
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True, parser_class=type(parser))
    _add_spec(add_verb(actions, "fit", "fit projectors, every seed held out once, and measure them on all targets", _fit))
    _add_spec(add_verb(actions, "table", "the stored matrix of a projection, as read from own, other and random", _table))
    apply = add_verb(actions, "apply", "carry one prompt over and write it as a prompt of the target", _apply)
    apply.add_argument("projection", metavar="RUN", help="run id of a projection (`project table --json` gives it)")
    apply.add_argument("prompt", metavar="PROMPT", help="a prompt folder or a run id, of the source model")
    apply.add_argument(
        "--held-out", type=int, metavar="SEED", help="use the fit that never saw this seed (default: the prompt's)"
    )
    apply.add_argument("--out", type=new_folder, metavar="DIR", required=True, help="a new folder for the projected prompt")
    add_published(actions)


def _add_spec(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("source", metavar="SOURCE", help="backbone the prompts were tuned on")
    parser.add_argument("target", metavar="TARGET", help="backbone they are carried to")
    parser.add_argument("--recipe", choices=RECIPES, help="a rung of the ladder of task tuning (default: per token)")
    parser.add_argument("--method", choices=METHODS, default="task")
    parser.add_argument("--tasks", metavar="TASK", nargs="+", default=[], help="training tasks")
    parser.add_argument("--seeds", metavar="N", nargs="+", type=int, help="prompt seeds, each held out once (default 0 1 2)")
    parser.add_argument("--columns", metavar="TASK", nargs="+", help="targets to measure (default: all common tasks)")
    parser.add_argument("--form", choices=FORMS)
    parser.add_argument("--start", choices=STARTS)
    parser.add_argument("--prompts", choices=PROMPTS)
    for name, kind in NUMBERS:
        parser.add_argument(f"--{name}", type=kind, metavar="N")
    parser.add_argument("--limit", metavar="N", help="examples a target, or all (default 24)")
    parser.add_argument("--no-untrained", action="store_true", help="no untrained prompts as negatives or pairs")
    parser.add_argument("--no-others", action="store_true", help="no prompts of other families as negatives")
    add_device(parser)


def spec_of(options: argparse.Namespace) -> ProjectSpec:
    """The projection that the options mean. Raises BadInput."""
    more: dict[str, Any] = {name: getattr(options, name) for name in ("form", "start", "prompts")}
    more |= {name.replace("-", "_"): getattr(options, name.replace("-", "_")) for name, _ in NUMBERS}
    more |= {"seeds": tuple(options.seeds) if options.seeds else None}
    more |= {"columns": tuple(resolve_task(name).id for name in options.columns) if options.columns else None}
    more = {name: value for name, value in more.items() if value is not None}
    if options.limit is not None:
        more["limit"] = None if options.limit == "all" else _whole(options.limit)
    more |= {name: False for name in ("untrained", "others") if getattr(options, f"no_{name}")}
    tasks = tuple(resolve_task(name).id for name in options.tasks)
    source, target = backbone_known_as(options.source).id, backbone_known_as(options.target).id
    if options.method == "task":
        return recipe(source, target, tasks, options.recipe or DEFAULT, **more)
    return ProjectSpec(source, target, options.method, tasks, **more)


def _whole(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise BadInput(f"--limit is '{text}', but it must be a whole number or all. Give one of these.") from None


def _fit(options: argparse.Namespace) -> None:
    spec = spec_of(options)
    compute(spec, options.device)
    _show(spec, options.json)


def _table(options: argparse.Namespace) -> None:
    _show(spec_of(options), options.json)


def _show(spec: ProjectSpec, as_json: bool) -> None:
    projection = load(spec, Catalogue())
    if projection is None:
        raise BadInput("This projection was not fitted yet. Fit it with `project fit` and the same options.")
    readings, rows = list(_readings(projection)), list(_standing(projection))
    if as_json:
        told = {"id": spec.id, "spec": asdict(spec), "complete": projection.is_complete, "readings": readings, "rows": rows}
        told |= {"own_family_best": own_family_best(projection.matrix), "fits": projection.told, "methods": methods(projection)}
        emit_json(told)
        return
    note(
        "Gain kept = (score - untrained) / (own - untrained); 95 % over seeds and examples; the held-out seed is never fitted on."
    )
    emit_table(readings, READ)
    emit_table(rows, ROWS)


def _readings(projection: Projection) -> Iterator[dict[str, Any]]:
    """What the projector does on trained, related and other targets."""
    for name, targets in split_targets(projection.matrix, projection.spec.tasks).items():
        one = read(projection.matrix, targets)
        parts = {key: _words(getattr(one, key)) for key in ("own", "family", "other", "random", "tuned_norm")}
        yield {"columns": name, "targets": len(targets), **parts, "verdict": one.verdict or "not known"}


def _standing(projection: Projection) -> Iterator[dict[str, Any]]:
    """Own prompts through other maps, over all targets; what was not measured is left out."""
    matrix = projection.matrix
    own = [cell for target in matrix.targets for cell in matrix.rows("task", target) if cell.name == target]
    groups = {"own prompts": own} | {
        group: [cell for target in matrix.targets for cell in matrix.rows(group, target)] for group in STANDING
    }
    for group, cells in groups.items():
        if cells:
            gain = matrix.gain(cells)
            yield {"row": group, "gain": gain.value, "low": gain.low, "high": gain.high}


def _words(interval: Interval) -> str:
    if interval.value is None:
        return "not known"
    return f"{interval.value:.2f} ({interval.low:.2f} to {interval.high:.2f})"


def _apply(options: argparse.Namespace) -> None:
    catalogue = Catalogue()
    spec = _stored_spec(options.projection)
    prompt = carry(spec, options.prompt, catalogue, options.held_out)
    out = Path(options.out)
    if out.exists():
        raise BadInput(f"{out} exists already. Nothing was replaced; choose another folder.")
    prompt.save(out)
    if options.json:
        emit_json(
            {"prompt": prompt.info.id, "backbone": prompt.info.backbone, "shape": list(prompt.values.shape), "out": str(out)}
        )
    else:
        note(f"Wrote {out}: {list(prompt.values.shape)} for {prompt.info.backbone}. Nothing was tuned on the target's task.")


def _stored_spec(run_id: str) -> ProjectSpec:
    for item in Catalogue().artefacts(artefacts.PROJECT):
        if item.id.rpartition("-")[0] == run_id:
            return spec_from(ProjectSpec, json.loads(item.spec_json))
    raise BadInput(f"There is no projection '{run_id}'. `python -m ptlib project table SOURCE TARGET ... --json` gives its id.")
