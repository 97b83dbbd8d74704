"""runs, cancel, resume, delete, worker, predictor: the queue and the processes behind the app."""

import argparse
import time

from ptlib.base.errors import BadInput, NotAvailable
from ptlib.cli.options import add_device, add_verb
from ptlib.cli.output import emit, note
from ptlib.runs import queue as jobs
from ptlib.runs.service import serve
from ptlib.runs.worker import work

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
    runs.add_argument("run", metavar="RUN", nargs="?", help="only this one, with the end of its log")
    for name, act, help in (
        ("cancel", _cancel, "stop a run at its next step; what was saved stays"),
        ("resume", _resume, "put a failed, cancelled or lost run back into the queue"),
        ("delete", _delete, "forget a run; prompts and scores stay"),
    ):
        add_verb(verbs, name, help, act, json=False).add_argument("run", metavar="RUN")
    worker = add_verb(verbs, "worker", "serve the queue in this process until it was empty for a while", _worker, json=False)
    add_device(worker)
    worker.add_argument("--idle", type=float, default=600.0, metavar="SECONDS", help="end after so long without a run")
    worker.add_argument("--once", action="store_true", help="end as soon as the queue is empty")
    worker.add_argument("--executor", choices=("local", "ray"), default="local")
    add_verb(verbs, "predictor", "answer single sentences for the app (started by it)", _predictor, json=False)


def _runs(options: argparse.Namespace) -> None:
    found = [jobs.get(options.run)] if options.run else jobs.listing()
    if options.json:
        emit([{name: getattr(job, name) for name in LISTED} for job in found], LISTED, True)
        return
    emit([_row(job) for job in found], SHOWN, False)
    for job in found:
        if options.run or (job.error and job.state == "failed"):
            print("\n".join(filter(None, (f"\n{job.id}: {job.error or job.state}", job.log_tail if options.run else ""))))


def _row(job: jobs.Job) -> dict[str, object]:
    return {name: getattr(job, name, None) for name in SHOWN} | {
        "left": f"{job.eta_s:.0f} s" if job.eta_s is not None else None,
        "progress": f"{job.done}/{job.total}" if job.total else None,
        "created": time.strftime("%Y-%m-%d %H:%M", time.localtime(job.created)),
    }


def _cancel(options: argparse.Namespace) -> None:
    job = jobs.get(options.run)
    if not job.is_active:
        raise BadInput(f"Run '{job.id}' is {job.state}; there is nothing to cancel.")
    job = jobs.cancel(job.id)
    note(f"{job.id}: {'stops at its next step' if job.cancelling else job.state}.")


def _resume(options: argparse.Namespace) -> None:
    job = jobs.resume(options.run)
    jobs.start_worker()
    note(f"{job.id}: {job.state}, place {job.position}. A worker is running.")


def _delete(options: argparse.Namespace) -> None:
    jobs.delete(options.run)
    note(f"{options.run}: forgotten.")


def _worker(options: argparse.Namespace) -> None:
    if options.executor == "ray":
        raise NotAvailable("The Ray executor is not part of this version. Use --executor local, one worker a device.")
    if not options.idle >= 0:
        raise BadInput(f"--idle is {options.idle}, but it must be zero or above. Give seconds.")
    count = work(options.device, options.idle, options.once)
    note(f"{count} runs carried out.")


def _predictor(options: argparse.Namespace) -> None:
    serve()
