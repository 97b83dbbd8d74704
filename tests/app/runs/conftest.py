"""Runs of one's own on the synthetic demo, carried out without a model."""

import time
from collections.abc import Callable

import pytest

from ptlib.base.progress import Silent
from ptlib.models.registry import get_backbone
from ptlib.prompts.spec import default_settings
from ptlib.results.store import Store
from ptlib.runs import execution, queue
from ptlib.runs.queue import Job
from ptlib.transfer.spec import TransferSpec
from tests.app.conftest import Open
from tests.fixtures import fake_demo, fakes

BACKBONE = "demo/roberta-small"
FIRST, SECOND, THIRD = fake_demo.family_of_three()

Finish = Callable[..., Job]


def spec(source: str = FIRST, target: str | tuple[str, ...] = SECOND, seed: int = 7, **more: object) -> TransferSpec:
    """A run of one cell, or of a source on several targets."""
    targets = (target,) if isinstance(target, str) else target
    return TransferSpec(BACKBONE, (source,), targets, (seed,), default_settings(get_backbone(BACKBONE)), **more)


@pytest.fixture
def finish(open_page: Open) -> Finish:
    """Put a run into the queue, carry it out, say that it took a minute."""

    def finished(*cell: object, title: str | None = None) -> Job:
        job = queue.enqueue(spec(*cell), title)
        execution.execute(job.spec, Silent(), make=fakes.Work)
        with Store().writing() as connection:
            now = time.time()
            connection.execute("UPDATE runs SET state = 'done', started = ?, finished = ? WHERE id = ?", (now - 60, now, job.id))
        return queue.get(job.id)

    return finished
