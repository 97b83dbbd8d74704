"""The worker process: claims runs one after another, keeps the last backbone loaded, ends when idle.

One process a device (file lock). A failed run does not stop the queue. The command line uses `perform` for runs
in its own process, so both write the same rows.
"""

import os
import sys
import time
import traceback
from collections.abc import Collection, Iterator
from contextlib import contextmanager

from ptlib.base import files
from ptlib.base.errors import OUT_OF_MEMORY, BadInput, Cancelled, Damaged, PtlibError, RunFailed, is_out_of_memory
from ptlib.base.files import lock
from ptlib.base.progress import Fan, Progress
from ptlib.results.kind import Spec
from ptlib.results.store import Store
from ptlib.results.verify import sweep
from ptlib.runs import queue
from ptlib.runs.execution import MakeWork, execute, release
from ptlib.runs.lost import reconcile
from ptlib.runs.processes import IS_WORKER, identity_path
from ptlib.runs.queue import Job, claim
from ptlib.runs.reporter import Reporter

IDLE_S, POLL_S, TURN_S = 600.0, 0.5, 30.0


def perform(
    store: Store,
    run_id: str,
    device: str,
    also: Progress | None = None,
    make: MakeWork | None = None,
    *,
    wrong: list[PtlibError] | None = None,
) -> str:
    """Carry out a claimed run and record its end. Returns the final state; never raises for a run that fails.

    `also` is told the progress, too; `wrong` gets the error when it was the request that is wrong, or a file it needs damaged.
    """
    with Reporter(store, run_id) as reporter:
        error: str | None = None
        try:
            reporter.begin()
            execute(spec_of(run_id), Fan(reporter, also) if also else reporter, device, make=make)
            state = "done"
        except Cancelled:
            state = "cancelled"
        except PtlibError as problem:
            state, error = "failed", str(problem)
            if wrong is not None and isinstance(problem, (BadInput, Damaged)):
                wrong.append(problem)
        except KeyboardInterrupt:
            reporter.finish("cancelled")
            raise
        except Exception as problem:
            state, error = "failed", told(problem, run_id)
            reporter.log(traceback.format_exc())
        release()
        return _record(reporter, state, error)


def spec_of(run_id: str) -> Spec:
    """What was queued under this id. Raises BadInput where the database says something else now."""
    spec = queue.get(run_id).spec
    if spec.id != run_id:
        raise BadInput(
            f"What the database says of run {run_id} is not what was queued: it was changed, or another version of the tool "
            "queued it. Delete the run and start it again."
        )
    return spec


def told(problem: Exception, run_id: str) -> str:
    """What to say about an error that has no text for the user."""
    if is_out_of_memory(problem):
        return OUT_OF_MEMORY
    return (
        f"A defect in ptlib stopped this run ({type(problem).__name__}: {problem}). Please report it with the log of "
        f"run {run_id}."
    )


def _record(reporter: Reporter, state: str, error: str | None) -> str:
    try:
        reporter.finish(state, error)
    except PtlibError as problem:  # e.g. the disk is full: the row stays, and is found lost once this process ends
        print(f"{reporter.run_id}: {state}, but it could not be recorded: {problem}", file=sys.stderr)
        return "failed"
    return state


def run_here(spec: Spec, device: str = "auto", also: Progress | None = None) -> Job:
    """Queue a run and carry it out in this process; follow it when a worker has it already.

    Raises:
        BadInput, Damaged: the spec cannot run, or the cache cannot be written. What only the run could find leaves no failed run.
        RunFailed, Cancelled: the run did not come to its end.
    """
    store, job, wrong = Store(), queue.enqueue(spec), list[PtlibError]()
    if job.state != "done":
        if claim(store, device, spec.id):
            perform(store, spec.id, device, also, wrong=wrong)
            if wrong:
                queue.delete(spec.id)
                raise wrong[0]
        else:
            _follow(spec.id, also)
        job = queue.get(spec.id)
    if job.state == "cancelled":
        raise Cancelled(f"Run {job.id} was cancelled. Start the same command again to resume it.")
    if job.state != "done":
        raise RunFailed(job.error or f"Run {job.id} ended as {job.state}. Start the same command again to resume it.")
    return job


def _follow(run_id: str, also: Progress | None) -> None:
    """Wait for a run that another process works on."""
    while (job := queue.get(run_id)).is_active:
        if also:
            also.phase(job.phase or job.state, job.done, job.total)
        time.sleep(POLL_S)


def work(device: str = "auto", idle_s: float = IDLE_S, once: bool = False, make: MakeWork | None = None) -> int:
    """Serve the queue until it was empty for `idle_s` seconds, or `once` empty. Returns how many runs were carried out."""
    store = Store()
    store.open_for_writing().close()
    sweep(store)
    with in_charge(store, device, once) as held:
        if not held:
            return 0
        os.environ[IS_WORKER] = device
        try:
            return _serve(store, device, 0.0 if once else idle_s, make)
        finally:
            del os.environ[IS_WORKER]


@contextmanager
def in_charge(store: Store, device: str, once: bool) -> Iterator[bool]:
    """Be the worker of a device; yields False when there is one already, and says so."""
    path = identity_path(store, device)
    with lock(path.with_suffix(".lock"), wait_s=0.0 if once else TURN_S) as held:
        if not held:
            print(f"A worker for '{device}' is running already.", file=sys.stderr)
            yield False
            return
        files.name_process(path, device=device)
        try:
            yield True
        finally:
            path.unlink(missing_ok=True)


def _close_left_open(store: Store, going_on: Collection[str]) -> None:
    """End rows of this process whose end could not be recorded, e.g. because the disk was full."""
    with store.writing() as connection:
        connection.execute(
            "UPDATE runs SET state = 'failed', finished = ?, error = ? WHERE pid = ? AND state IN ('starting', 'running') "
            f"AND id NOT IN ({', '.join('?' * len(going_on))})",
            (time.time(), "The end of this run could not be recorded (disk full?). Resume it.", os.getpid(), *going_on),
        )


def next_run(store: Store, device: str, going_on: Collection[str] = ()) -> str | None:
    """The next run for this process; none while the database cannot be written (full disk, held by others): it is asked again.

    going_on: runs that this process works on.
    """
    try:
        reconcile(store)
        _close_left_open(store, going_on)
        return claim(store, device)
    except PtlibError as problem:
        print(f"The queue waits: {problem}", file=sys.stderr)
        return None


def _serve(store: Store, device: str, idle_s: float, make: MakeWork | None) -> int:
    count, quiet_since = 0, time.monotonic()
    while True:
        run_id = next_run(store, device)
        if run_id:
            perform(store, run_id, device, make=make)
            count, quiet_since = count + 1, time.monotonic()
        elif time.monotonic() - quiet_since >= idle_s:
            return count
        else:
            time.sleep(POLL_S)
