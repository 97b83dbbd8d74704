"""Fetch everything a run needs before anything is loaded, so that downloads show as progress and fail early."""

from collections.abc import Iterable

from ptlib.base.progress import Progress
from ptlib.hub.cache import Repo
from ptlib.hub.download import model_folder, model_on_disk, on_disk, task_files
from ptlib.hub.remote import offline, offline_error
from ptlib.models.registry import BackboneSpec
from ptlib.tasks.task import Task


def fetch_all(backbone: BackboneSpec, training: Iterable[Task], evaluation: Iterable[Task], progress: Progress) -> None:
    """Bring the backbone and the splits of the Hub's tasks to disk; what is there already is not asked for.

    Args:
        training, evaluation: tasks whose training or evaluation split is needed; tasks from elsewhere are passed over.

    Raises:
        NotAvailable: offline, unreachable, gated, or moved everywhere; what came is kept.
        Cancelled: somebody asked to stop.
    """
    model_folder(backbone, progress)
    for task, split in _splits(training, evaluation):
        if task.source == "hub":
            progress.check()
            task_files(task, split, progress)


def _splits(training: Iterable[Task], evaluation: Iterable[Task]) -> list[tuple[Task, str]]:
    return [*((task, task.train_split) for task in training), *((task, task.evaluation_split) for task in evaluation)]


def refuse_offline(backbone: BackboneSpec, training: Iterable[Task], evaluation: Iterable[Task]) -> None:
    """Raise NotAvailable when the offline switch is on and something of the Hub is not on disk; else do nothing."""
    if not offline():
        return
    if model_on_disk(backbone) is None:
        raise offline_error(Repo(backbone.location, "model", backbone.revision))
    for task, split in _splits(training, evaluation):
        places = [place for place in task.hub if split in place.files]
        if task.source == "hub" and not any(on_disk(place, split) for place in places):
            raise offline_error(Repo(places[0].repo, "dataset", places[0].revision), f"{split} split")
