"""The queue, what counts in the map, the processes behind the app, and how long it all takes."""

import argparse
import time
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import timedelta
from math import ceil

from ptlib.base.errors import BadInput
from ptlib.cli.options import add_device, add_settings, add_verb, names_of, seeds_of, settings_of, task_of
from ptlib.cli.output import emit, note
from ptlib.models.registry import backbone_of
from ptlib.results import own
from ptlib.results.catalogue import Catalogue
from ptlib.results.speeds import speed
from ptlib.runs import queue
from ptlib.runs.cluster import places
from ptlib.runs.cluster.ray_pool import serve_cluster
from ptlib.runs.history import comparison
from ptlib.runs.history.alerts import alerts
from ptlib.runs.kinds import command_line
from ptlib.runs.planning import budget, comparable
from ptlib.runs.planning.matrix import Missing, best_stack, costs_of, jobs_of, scaling
from ptlib.runs.service import serve
from ptlib.runs.worker import work
from ptlib.transfer.matrix import TransferMatrix, build_matrix
from ptlib.transfer.plan import STACK, available_tasks
from ptlib.transfer.spec import TransferSpec

LISTED = (
    "id",
    "kind",
    "state",
    "position",
    "phase",
    "done",
    "total",
    "eta_s",
    "created",
    "started",
    "finished",
    "title",
    "error",
)
SHOWN = ("id", "state", "position", "phase", "progress", "left", "created", "title")


def register(verbs: argparse._SubParsersAction) -> None:
    """Add the verbs."""
    runs = add_verb(verbs, "runs", "the queue and the history", _runs)
    runs.add_argument("run", metavar="RUN", nargs="*", help="one: with alerts and the end of its log; several: compared")
    for name, act, help in (
        ("cancel", _cancel, "stop a run at its next step; what was saved stays"),
        ("resume", _resume, "put a failed, cancelled or lost run back into the queue"),
        ("delete", _delete, "forget a run; prompts and scores stay"),
    ):
        add_verb(verbs, name, help, act, json=False).add_argument("run", metavar="RUN")
    out = add_verb(
        verbs, "leave-out", "let what a run measured count in no map; nothing is deleted; without RUN: list them", _out
    )
    out.add_argument("run", metavar="RUN", nargs="?")
    back = add_verb(verbs, "bring-back", "let what a run measured count again", _back, json=False)
    back.add_argument("run", metavar="RUN")
    worker = add_verb(verbs, "worker", "serve the queue in this process until it was empty for a while", _worker, json=False)
    add_device(worker)
    worker.add_argument("--idle", type=float, default=600.0, metavar="SECONDS", help="end after so long without a run")
    worker.add_argument("--once", action="store_true", help="end as soon as the queue is empty")
    worker.add_argument(
        "--executor",
        choices=("local", "ray"),
        default="local",
        help="ray: every GPU or slice of OMP_NUM_THREADS processors of the cluster at RAY_ADDRESS, or of this machine",
    )
    _register_plan(verbs)
    add_verb(verbs, "predictor", "answer single sentences for the app (started by it)", _predictor, json=False)


def _register_plan(verbs: argparse._SubParsersAction) -> None:
    plan = add_verb(
        verbs, "plan", "how long a whole matrix takes on N devices: tuning, crossing, neurons; launches nothing", _plan
    )
    plan.add_argument("--backbones", metavar="BACKBONE,BACKBONE", required=True)
    plan.add_argument(
        "--tasks", metavar="TASK,TASK", help="default: all that are available; those that a backbone cannot run are left out"
    )
    plan.add_argument("--seeds", default="0", help="comma-separated (default 0)")
    plan.add_argument("--devices", type=int, default=8, metavar="N", help="as fast as this one each (default 8)")
    plan.add_argument(
        "--stack", type=int, metavar="K", help="tune at most K prompts at once (default: what is quickest on N devices)"
    )
    next_ = plan.add_mutually_exclusive_group()
    next_.add_argument("--minutes", type=float, metavar="M", help="what to run next in so many minutes, as commands")
    next_.add_argument("--comparable", action="store_true", help="what to run until all cells have the same seeds, as commands")
    add_settings(plan)


def _runs(options: argparse.Namespace) -> None:
    if len(options.run) > 1:
        _compare([queue.get(run) for run in dict.fromkeys(options.run)], options.json)
        return
    found = [queue.get(options.run[0])] if options.run else queue.listing()
    for alert in alerts(queue.curves(options.run[0])) if options.run else ():
        value = "" if alert.value is None else f" ({alert.value:.3f})"
        note(f"{alert.series}: {alert.kind}, from step {alert.step}{value}.")
    for row in places.read() if not options.run else ():
        note(f"{row.node}, {row.device}: {f'{row.run_id}, {row.part}' if row.run_id else 'nothing to do'}.")
    if options.json:
        emit([{name: getattr(job, name) for name in LISTED} for job in found], LISTED, True)
        return
    emit([_row(job) for job in found], SHOWN, False)
    for job in found:
        if options.run or (job.error and job.state == "failed"):
            print("\n".join(filter(None, (f"\n{job.id}: {job.error or job.state}", job.log_tail if options.run else ""))))


def _compare(jobs: Sequence[queue.Job], as_json: bool) -> None:
    """Settings that differ as messages; differences of scores on the same examples as rows."""
    for name, values in comparison.settings(jobs).items():
        note(f"{name}: {'; '.join(f'{job.id} {value}' for job, value in zip(jobs, values, strict=True))}")
    found = comparison.differences(jobs, Catalogue())
    if not found:
        note("These runs have no target in common on which both were measured.")
    rows = [asdict(one) | {"targets": len(one.targets), "clear": one.is_clear} for one in found]
    emit(rows, ("first", "second", "value", "low", "high", "p", "clear", "examples", "targets"), as_json)


def _row(job: queue.Job) -> dict[str, object]:
    return {name: getattr(job, name, None) for name in SHOWN} | {
        "left": f"{job.eta_s:.0f} s" if job.eta_s is not None else None,
        "progress": f"{job.done}/{job.total}" if job.total else None,
        "created": time.strftime("%Y-%m-%d %H:%M", time.localtime(job.created)),
    }


def _cancel(options: argparse.Namespace) -> None:
    job = queue.get(options.run)
    if not job.is_active:
        raise BadInput(f"Run '{job.id}' is {job.state}; there is nothing to cancel.")
    job = queue.cancel(job.id)
    note(f"{job.id}: {'stops at its next step' if job.cancelling else job.state}.")


def _resume(options: argparse.Namespace) -> None:
    job = queue.resume(options.run)
    queue.start_worker()
    note(f"{job.id}: {job.state}, place {job.position}. A worker is running.")


def _delete(options: argparse.Namespace) -> None:
    queue.delete(options.run)
    note(f"{options.run}: forgotten.")


def _out(options: argparse.Namespace) -> None:
    if options.run:
        own.leave_out(options.run)
        note(f"{options.run}: left out of every map. `python -m ptlib bring-back {options.run}` brings it back.")
    catalogue = Catalogue()
    rows = [
        {"run": run, "backbone": backbone, "results": count}
        for backbone in catalogue.backbones()
        for run, count in catalogue.left_out(backbone).items()
    ]
    emit(rows, ("run", "backbone", "results"), options.json)


def _back(options: argparse.Namespace) -> None:
    own.bring_back(options.run)
    note(f"{options.run}: counts again.")


def _worker(options: argparse.Namespace) -> None:
    if not options.idle >= 0:
        raise BadInput(f"--idle is {options.idle}, but it must be zero or above. Give seconds.")
    serving = serve_cluster if options.executor == "ray" else work
    note(f"{serving(options.device, options.idle, options.once)} runs carried out.")


def _next(options: argparse.Namespace) -> None:
    """Commands that fill a map: the cells known least exactly within a time, or what its cells lack of the usual seeds."""
    catalogue, rows = Catalogue(), list[dict[str, object]]()
    for name in dict.fromkeys(names_of(options.backbones)):
        spec = _map(name, options, seeds_of(options.seeds))
        matrix = build_matrix(catalogue, spec.backbone, spec.settings.recipe)
        if options.comparable:
            lacking = comparable.lacking(matrix)
            runs = comparable.runs_for(lacking, spec.backbone, spec.settings)
            note(f"{name}: {len(lacking)} cells lack seeds of {', '.join(map(str, comparable.wanted_seeds(matrix)))}.")
        else:
            runs = _within(spec, matrix, 60 * options.minutes)
        runs, cost = comparable.together(runs, catalogue, speed)
        told = f"{cost.prompts_to_tune} prompts to tune and {cost.cells_to_evaluate} results, from {cost.basis}"
        note(f"{name}: about {timedelta(seconds=ceil(cost.seconds))} for {told}.")
        rows += [{"id": run.id, "command": command_line(run)} for run in runs]
    emit(rows, ("id", "command"), options.json)


def _within(spec: TransferSpec, matrix: TransferMatrix, seconds: float) -> tuple[TransferSpec, ...]:
    """One run of the cells that fit: those that nobody ran, else those with the widest intervals."""
    order = budget.not_run(matrix, spec.sources) or budget.widest(matrix, spec.sources)
    chosen = budget.within(order, seconds, budget.Needed.of(spec, Catalogue(), speed))
    note(f"{len(chosen)} of {len(order)} cells fit with seeds {', '.join(map(str, spec.seeds))}.")
    sources, targets = (tuple(dict.fromkeys(pair[side] for pair in chosen)) for side in (0, 1))
    return (replace(spec, sources=sources, targets=targets),) if chosen else ()


def _plan(options: argparse.Namespace) -> None:
    if options.minutes is not None or options.comparable:
        _next(options)
        return
    catalogue, seeds = Catalogue(), seeds_of(options.seeds)
    maps = [Missing.of(_map(name, options, seeds), catalogue) for name in dict.fromkeys(names_of(options.backbones))]
    if not maps:
        raise BadInput("--backbones names none. Give at least one; see `python -m ptlib backbones`.")
    stack = best_stack(maps, speed, options.devices) if options.stack is None else options.stack
    jobs = jobs_of(maps, speed, stack)
    for missing in maps:
        tune, evaluate = speed(missing.spec.backbone, "tune"), speed(missing.spec.backbone, "evaluate")
        note(
            f"{missing.spec.backbone}: {len(missing.plan.prompts)} prompts to tune ({tune.rate:.3g} examples a second), "
            f"{len(missing.plan.cells)} cells ({evaluate.rate:.3g} predictions a second); from {tune.basis}."
        )
    note(
        f"{len(jobs)} jobs, stacks of at most {stack} prompts. A run tunes {STACK} at once: for smaller stacks launch more runs."
    )
    found = scaling(jobs, options.devices, costs_of(maps))
    rows = [asdict(row) | {"time": str(timedelta(seconds=ceil(row.seconds))), "share": f"{row.efficiency:.0%}"} for row in found]
    emit(rows, tuple(asdict(found[0])) if options.json else ("devices", "time", "share", "limit"), options.json)


def _map(name: str, options: argparse.Namespace, seeds: tuple[int, ...]) -> TransferSpec:
    """The map of one backbone, of those tasks that it can run."""
    backbone = backbone_of(name)
    asked = [task_of(task) for task in names_of(options.tasks) or available_tasks(backbone)]
    tasks = [task for task in asked if task.supports(backbone.family)]
    if not tasks:
        raise BadInput(f"{name} cannot run any of these tasks. Name others, or another backbone.")
    if len(tasks) < len(asked):
        note(f"{name} cannot run {', '.join(task.id for task in asked if task not in tasks)}: left out.")
    names = tuple(task.id for task in tasks)
    return TransferSpec(backbone.id, names, names, seeds, settings_of(options, backbone, tasks))


def _predictor(options: argparse.Namespace) -> None:
    serve()
